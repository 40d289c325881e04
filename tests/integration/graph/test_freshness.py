"""How old data may be is configured per field and bounded per kind of caller."""

from typing import Any

import pytest

from .stage import Stage, an_order, staged

KINDS = ("availability", "inventory_item", "order", "customer")
ASK = """{
    availability(skus: ["SKU-1"]) { freshness { isStale } }
    inventoryItem(sku: "SKU-1") { availability { freshness { isStale } } }
    order(by: {number: "1"}) { freshness { isStale source { id } } }
    customers { nodes { freshness { isStale } } } }"""


def _rules(stale: str) -> dict[str, Any]:
    """Answer rules by which nothing is stale but one kind of data."""
    return {
        each: {"max_age_seconds": 0 if each == stale else 86_400, "on_stale": "SERVE"}
        for each in KINDS
    }


@pytest.mark.parametrize("stale", KINDS)
async def test_each_kind_of_data_has_its_own_age(database: str, stale: str) -> None:
    async with staged(database, freshness={"defaults": _rules(stale)}) as stage:
        await stage.put("orders", an_order("1"))
        data = await stage.data(ASK)
        (channel,) = [
            each for each in data["order"]["freshness"] if each["source"]["id"] == "market"
        ]
        told = (
            data["availability"][0]["freshness"],
            data["inventoryItem"]["availability"]["freshness"],
            channel,
            data["customers"]["nodes"][0]["freshness"][0],
        )
        assert [each["isStale"] for each in told] == [stale == kind for kind in KINDS]


FLOORED = """{ availability(skus: ["SKU-1"], freshness: {maxAge: "PT0S", onStale: SERVE}) {
    freshness { isStale } } }"""


@pytest.mark.parametrize("kind", ["storefront", "customer", "partner", "operator"])
async def test_each_kind_of_caller_has_its_own_floor(database: str, kind: str) -> None:
    callers = ("storefront", "customer", "partner", "operator")
    floors = {each: 86_400 if each == kind else 0 for each in callers}
    async with staged(database, freshness={"floors": floors}) as stage:
        for each in callers:
            data = await stage.data(FLOORED, **_who(stage, each))
            assert data["availability"][0]["freshness"]["isStale"] is (each != kind), each


def _who(stage: Stage, kind: str) -> dict[str, str]:
    return {"token": stage.token("c-1")} if kind == "customer" else {"kind": kind}
