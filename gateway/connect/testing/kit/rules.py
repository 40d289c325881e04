"""The rules: what each is called, when it applies, and how it is tried."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from gateway.connect.manifest import Capability
from gateway.connect.testing.kit.subject import Subject

Try = Callable[[Subject], Awaitable[None]]


class Violation(AssertionError):
    """The connector does not keep a rule; the text says where."""


@dataclass(frozen=True)
class Rule:
    """One rule; `needs` are the capabilities of which one implies it, none is always.

    With `renews` it is implied by a manifest with tokens.
    """

    id: str
    title: str
    attempt: Try
    needs: tuple[Capability, ...] = ()
    renews: bool = False

    def applies_to(self, subject: Subject) -> bool:
        """Answer whether the connector's manifest implies the rule."""
        manifest = subject.definition.manifest
        if self.renews and manifest.tokens is None:
            return False
        return not self.needs or any(each in manifest.capabilities for each in self.needs)

    @property
    def implied_by(self) -> str:
        """Answer what implies the rule, in words."""
        usual = "a manifest with tokens" if self.renews else "every connector"
        return " or ".join(each.value for each in self.needs) or usual


RULES: dict[str, Rule] = {}


def rule(key: str, title: str, *needs: Capability, renews: bool = False) -> Callable[[Try], Try]:
    """Register a rule under its id."""

    def register(attempt: Try) -> Try:
        RULES[key] = Rule(key, title, attempt, needs, renews)
        return attempt

    return register


def hold(is_kept: object, where: str) -> None:
    """Go on only if the rule is kept; raises Violation."""
    if not is_kept:
        raise Violation(where)
