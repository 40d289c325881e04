"""The conformance kit on the connector, and its tier as it is kept beside the code."""

from gateway.connect.testing.kit import find_subject, run_rules, scale_of, scale_path

SUBJECT = find_subject("square")


async def test_every_rule_is_kept_and_the_tier_that_is_kept_is_the_computed_one() -> None:
    computed = scale_of(SUBJECT, await run_rules(SUBJECT))
    assert computed.broken == {}
    assert scale_path("connectors.square").read_text("utf-8") == computed.text()
