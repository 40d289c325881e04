"""The rules: what each is called, when it applies, and how it is tried."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from gateway.connect.manifest import Capability, Manifest
from gateway.connect.testing.kit.subject import Subject

Try = Callable[[Subject], Awaitable[None]]


class Violation(AssertionError):
    """The connector does not keep a rule; the text says where."""


@dataclass(frozen=True)
class Part:
    """One trial of a rule; `needs` are the capabilities of which one implies it, none is always."""

    attempt: Try
    needs: tuple[Capability, ...] = ()

    def applies_to(self, manifest: Manifest) -> bool:
        """Answer whether a manifest implies the trial."""
        return not self.needs or any(each in manifest.capabilities for each in self.needs)


@dataclass(frozen=True)
class Rule:
    """One rule, in one part or several; with `renews` it is implied by a manifest with tokens."""

    id: str
    title: str
    parts: tuple[Part, ...]
    renews: bool = False

    def applies_to(self, subject: Subject) -> bool:
        """Answer whether the connector's manifest implies the rule."""
        manifest = subject.definition.manifest
        if self.renews and manifest.tokens is None:
            return False
        return any(part.applies_to(manifest) for part in self.parts)

    async def attempt(self, subject: Subject) -> None:
        """Try every part that the connector's manifest implies; raises Violation."""
        for part in self.parts:
            if part.applies_to(subject.definition.manifest):
                await part.attempt(subject)

    @property
    def implied_by(self) -> str:
        """Answer what implies the rule, in words."""
        usual = "a manifest with tokens" if self.renews else "every connector"
        needs = dict.fromkeys(each.value for part in self.parts for each in part.needs)
        return " or ".join(needs) or usual


RULES: dict[str, Rule] = {}


def rule(key: str, title: str, *needs: Capability, renews: bool = False) -> Callable[[Try], Try]:
    """Register a rule under its id."""

    def register(attempt: Try) -> Try:
        RULES[key] = Rule(key, title, (Part(attempt, needs),), renews)
        return attempt

    return register


def also(key: str, *needs: Capability) -> Callable[[Try], Try]:
    """Register a further part of a rule that is there."""

    def register(attempt: Try) -> Try:
        told = RULES[key]
        RULES[key] = replace(told, parts=(*told.parts, Part(attempt, needs)))
        return attempt

    return register


def hold(is_kept: object, where: str) -> None:
    """Go on only if the rule is kept; raises Violation."""
    if not is_kept:
        raise Violation(where)
