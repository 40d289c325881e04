"""The honest connectors keep every rule; each broken one fails its own, and nothing else."""

from typing import Any

import pytest

from gateway.connect.definition import ConnectorDefinition
from gateway.connect.testing.kit import RULES, rules_of, run_rules

from .broken import BROKEN, ENTAILED
from .toy import HONEST, RENEWING, subject_of


async def _failing(definition: ConnectorDefinition[Any]) -> dict[str, str]:
    subject = subject_of(definition)
    results = await run_rules(subject)
    assert [each.rule for each in results] == rules_of(subject)
    return {each.rule.id: each.fault for each in results if each.fault is not None}


@pytest.mark.parametrize("definition", [HONEST, RENEWING], ids=["key", "tokens"])
async def test_an_honest_connector_keeps_every_rule(definition: ConnectorDefinition[Any]) -> None:
    assert await _failing(definition) == {}


def test_every_rule_is_implied_by_an_honest_connector() -> None:
    assert rules_of(subject_of(RENEWING)) == [RULES[key] for key in sorted(RULES)]
    without = {each.id for each in rules_of(subject_of(HONEST))}
    assert set(RULES) - without == {"K26"}


def test_every_rule_has_its_broken_connector() -> None:
    assert {key[:3] for key in BROKEN} == set(RULES)


@pytest.mark.parametrize("key", sorted(BROKEN))
async def test_a_broken_connector_fails_its_rule_and_nothing_else(key: str) -> None:
    failing = await _failing(BROKEN[key])
    assert set(failing) == {key[:3]} | ENTAILED.get(key, set()), failing
