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
    """One rule; `needs` are the capabilities of which one implies it, none is always."""

    id: str
    title: str
    attempt: Try
    needs: tuple[Capability, ...] = ()

    def applies_to(self, subject: Subject) -> bool:
        """Answer whether the connector's capabilities imply the rule."""
        offered = subject.definition.manifest.capabilities
        return not self.needs or any(each in offered for each in self.needs)


RULES: dict[str, Rule] = {}


def rule(key: str, title: str, *needs: Capability) -> Callable[[Try], Try]:
    """Register a rule under its id."""

    def register(attempt: Try) -> Try:
        RULES[key] = Rule(key, title, attempt, needs)
        return attempt

    return register


def hold(is_kept: object, where: str) -> None:
    """Go on only if the rule is kept; raises Violation."""
    if not is_kept:
        raise Violation(where)
