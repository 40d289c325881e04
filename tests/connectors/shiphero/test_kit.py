"""The conformance kit on the connector, and its tier as it is kept beside the code."""

import pytest

from gateway.connect.testing.kit import (
    Rule,
    find_subject,
    rules_of,
    run_rules,
    scale_of,
    scale_path,
)

SUBJECT = find_subject("shiphero")


@pytest.mark.parametrize("rule", rules_of(SUBJECT), ids=lambda rule: rule.id)
async def test_the_connector_keeps(rule: Rule) -> None:
    await rule.attempt(SUBJECT)


async def test_the_tier_that_is_kept_is_the_computed_one() -> None:
    computed = scale_of(SUBJECT, await run_rules(SUBJECT))
    assert scale_path("connectors.shiphero").read_text("utf-8") == computed.text()
