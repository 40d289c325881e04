"""The honest connector keeps every rule; each broken one fails its own, and nothing else."""

from typing import Any

import pytest

from gateway.connect.definition import ConnectorDefinition
from gateway.connect.testing.kit import RULES, run_rules

from .broken import BROKEN, ENTAILED
from .toy import HONEST, subject_of


async def _failing(definition: ConnectorDefinition[Any]) -> dict[str, str]:
    results = await run_rules(subject_of(definition))
    assert len(results) == len(RULES)
    return {each.rule.id: each.fault for each in results if each.fault is not None}


async def test_the_honest_connector_keeps_every_rule() -> None:
    assert await _failing(HONEST) == {}


def test_every_rule_has_its_broken_connector() -> None:
    assert {key[:3] for key in BROKEN} == set(RULES)


@pytest.mark.parametrize("key", sorted(BROKEN))
async def test_a_broken_connector_fails_its_rule_and_nothing_else(key: str) -> None:
    failing = await _failing(BROKEN[key])
    assert set(failing) == {key[:3]} | ENTAILED.get(key, set()), failing
