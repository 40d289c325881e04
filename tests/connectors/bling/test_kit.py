"""The conformance kit on the connector, and its tier as it is kept beside the code."""

from gateway.connect.testing.kit import (
    Rule,
    RuleResult,
    find_subject,
    rules_of,
    run_rules,
    scale_of,
    scale_path,
)

SUBJECT = find_subject("bling")
_KEPT: set[str] = set()


async def test_the_connector_keeps(connector_rule: Rule) -> None:
    await connector_rule.attempt(SUBJECT)
    _KEPT.add(connector_rule.id)


async def test_the_tier_that_is_kept_is_the_computed_one() -> None:
    """What was tried above is not tried again: the vendor's limits make it long."""
    rules = rules_of(SUBJECT)
    tried = [RuleResult(each, None) for each in rules if each.id in _KEPT]
    left = {each.id for each in rules} - _KEPT
    computed = scale_of(SUBJECT, [*tried, *await run_rules(SUBJECT, left)])
    assert scale_path("connectors.bling").read_text("utf-8") == computed.text()
