"""The conformance kit on the connector, and its tier as it is kept beside the code."""

from gateway.connect.testing.kit import Rule, find_subject, run_rules, scale_of, scale_path

SUBJECT = find_subject("shiphero")


async def test_the_connector_keeps(connector_rule: Rule) -> None:
    await connector_rule.attempt(SUBJECT)


async def test_the_tier_that_is_kept_is_the_computed_one() -> None:
    computed = scale_of(SUBJECT, await run_rules(SUBJECT))
    assert scale_path("connectors.shiphero").read_text("utf-8") == computed.text()
