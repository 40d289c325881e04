"""Runs the rules that a connector's capabilities imply."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gateway.connect.testing.kit.rules import RULES, Rule
from gateway.connect.testing.kit.subject import Subject


@dataclass(frozen=True)
class RuleResult:
    """How one rule ended; `fault` is None where it is kept."""

    rule: Rule
    fault: str | None


def rules_of(subject: Subject) -> list[Rule]:
    """Answer the rules that apply to a connector, in the order of their ids."""
    return [RULES[key] for key in sorted(RULES) if RULES[key].applies_to(subject)]


async def run_rules(
    subject: Subject,
    only: Iterable[str] | None = None,
    on_result: Callable[[RuleResult], None] | None = None,
) -> list[RuleResult]:
    """Try the rules one after the other; an unforeseen error counts as a violation."""
    chosen = None if only is None else set(only)
    results = []
    for each in rules_of(subject):
        if chosen is None or each.id in chosen:
            result = RuleResult(each, await _attempt(each, subject))
            results.append(result)
            if on_result is not None:
                on_result(result)
    return results


async def _attempt(rule: Rule, subject: Subject) -> str | None:
    try:
        await rule.attempt(subject)
    except Exception as error:  # noqa: BLE001
        return f"{type(error).__name__}: {error}"
    return None
