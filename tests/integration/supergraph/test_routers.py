"""A router answers out of Trama and a foreign subgraph, to each caller what that caller may see."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.integration.graph.stage import KEYS
from tests.integration.supergraph.routers import Router, apollo_gateway, hive_gateway
from tests.integration.supergraph.scene import Scene, two_subgraphs

FROM_TRAMA = """query { orders(first: 10) { nodes {
  number
  gifts { value { amount currency } item { sku stars availability { availableToSell } } }
} } }"""
FROM_LOYALTY = """query { rewardedOrders {
  number total { amount } lines { sku } customer { name } gifts { item { stars } }
} }"""
OPERATOR = {"Authorization": f"Bearer {KEYS['operator']}"}
STOREFRONT = {"X-Api-Key": KEYS["storefront"]}
GIFTS: dict[str, list[dict[str, Any]]] = {
    sku: [{"value": {"amount": "1.50", "currency": "BRL"},
           "item": {"sku": sku, "stars": len(sku), "availability": {"availableToSell": sells}}}]
    for sku, sells in (("SKU-1", 3), ("007", 9))
}  # fmt: skip
BOUGHT = {
    "3": {"number": "3", "gifts": GIFTS["SKU-1"]},
    "2": {"number": "2", "gifts": GIFTS["007"]},
    "1": {"number": "1", "gifts": GIFTS["SKU-1"]},
}


@pytest.fixture
async def scene(database: str) -> AsyncIterator[Scene]:
    async with two_subgraphs(database) as scene:
        yield scene


@pytest.mark.parametrize("router", [apollo_gateway, hive_gateway])
async def test_a_router_crosses_both_subgraphs_in_batches_and_mixes_no_callers(
    scene: Scene, router: Router
) -> None:
    scene.forget()
    async with router(scene.environ) as url:
        assert {each.credential for each in scene.trama.asked} == {f"Bearer {KEYS['router']}"}
        assert {each.credential for each in scene.loyalty.asked} == {""}
        await _crosses_from_trama(scene, url)
        await _crosses_from_loyalty(scene, url)
        await _mixes_no_callers(scene, url)


async def _crosses_from_trama(scene: Scene, url: str) -> None:
    scene.forget()
    answer = await scene.ask(url, FROM_TRAMA, OPERATOR)
    assert answer == {"data": {"orders": {"nodes": list(BOUGHT.values())}}}
    root, items = scene.trama.asked
    assert "_entities" not in root.query
    assert set(items.representations) == {("InventoryItem", "SKU-1"), ("InventoryItem", "007")}
    (orders,) = scene.loyalty.asked
    assert sorted(orders.representations) == sorted(("Order", key) for key in scene.ids)


async def _crosses_from_loyalty(scene: Scene, url: str) -> None:
    scene.forget()
    answer = await scene.ask(url, FROM_LOYALTY, OPERATOR)
    assert answer == {"data": {"rewardedOrders": [_rewarded(number) for number in "123"]}}
    (orders,) = scene.trama.asked
    assert orders.representations == [("Order", key) for key in scene.ids]


def _rewarded(number: str) -> dict[str, Any]:
    stars = GIFTS["007" if number == "2" else "SKU-1"][0]["item"]["stars"]
    return {
        "number": number, "total": {"amount": "24.25"}, "lines": [{"sku": "SKU-1"}],
        "customer": {"name": "Cliente c-2" if number == "2" else "Cliente c-1"},
        "gifts": [{"item": {"stars": stars}}],
    }  # fmt: skip


async def _mixes_no_callers(scene: Scene, url: str) -> None:
    """Let four callers ask the same thing at the same time, again and again."""
    first, second = scene.stage.token("c-1"), scene.stage.token("c-2")
    sees: list[tuple[dict[str, str], list[str]]] = [
        (OPERATOR, ["3", "2", "1"]), ({"Authorization": f"Bearer {first}"}, ["3", "1"]),
        ({"Authorization": f"Bearer {second}"}, ["2"]), (STOREFRONT, []),
    ]  # fmt: skip
    scene.forget()
    callers = sees * 5
    answers = await asyncio.gather(*(scene.ask(url, FROM_TRAMA, who) for who, _ in callers))
    for (who, numbers), answer in zip(callers, answers, strict=True):
        if who is STOREFRONT:
            assert answer["data"] == {"orders": None}
            assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        else:
            assert answer == {"data": {"orders": {"nodes": [BOUGHT[each] for each in numbers]}}}
    found = await asyncio.gather(*(scene.ask(url, FROM_LOYALTY, who) for who, _ in callers))
    for (_, numbers), answer in zip(callers, found, strict=True):
        assert answer["data"]["rewardedOrders"] == [
            _rewarded(number) if number in numbers else None for number in "123"
        ]
    assert {each.credential for each in scene.trama.asked} == {
        f"Bearer {KEYS['operator']}", f"Bearer {first}", f"Bearer {second}", KEYS["storefront"],
    }  # fmt: skip
    assert {each.credential for each in scene.loyalty.asked} == {""}
