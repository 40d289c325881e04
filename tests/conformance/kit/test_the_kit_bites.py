"""The honest connectors keep every rule; each broken one fails its own, and nothing else."""

import pytest

from gateway.connect.testing.kit import RULES, Subject, rules_of, run_rules

from . import selling, toy
from .broken import BROKEN, ENTAILED
from .broken_sellers import BROKEN_SELLERS

HONEST = {
    "key": toy.subject_of(toy.HONEST),
    "tokens": toy.subject_of(toy.RENEWING),
    "sink": selling.subject_of(selling.SELLING),
}
DISHONEST = {
    **{key: toy.subject_of(each) for key, each in BROKEN.items()},
    **{key: selling.subject_of(each) for key, each in BROKEN_SELLERS.items()},
}


async def _failing(subject: Subject) -> dict[str, str]:
    results = await run_rules(subject)
    assert [each.rule for each in results] == rules_of(subject)
    return {each.rule.id: each.fault for each in results if each.fault is not None}


@pytest.mark.parametrize("key", HONEST)
async def test_an_honest_connector_keeps_every_rule(key: str) -> None:
    assert await _failing(HONEST[key]) == {}


def test_every_rule_is_implied_by_an_honest_connector() -> None:
    implied = {name: {each.id for each in rules_of(it)} for name, it in HONEST.items()}
    assert set(RULES) - implied["key"] == {"K24", "K26"}
    assert set(RULES) - implied["tokens"] == {"K24"}
    assert implied["sink"] == {
        "K01", "K02", "K03", "K04", "K06", "K09", "K10", "K11", "K12", "K13", "K14", "K15", "K24",
        "K25",
    }  # fmt: skip


def test_every_rule_has_its_broken_connector() -> None:
    assert {key[:3] for key in DISHONEST} == set(RULES)


def test_every_rule_of_a_sink_has_its_broken_sink() -> None:
    for_all = {"K02", "K03", "K04"}
    broken = {key[:3] for key in BROKEN_SELLERS}
    assert broken == {each.id for each in rules_of(HONEST["sink"])} - for_all


@pytest.mark.parametrize("key", sorted(DISHONEST))
async def test_a_broken_connector_fails_its_rule_and_nothing_else(key: str) -> None:
    failing = await _failing(DISHONEST[key])
    assert set(failing) == {key[:3]} | ENTAILED.get(key, set()), failing
