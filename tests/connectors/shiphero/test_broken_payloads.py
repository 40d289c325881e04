"""Every way a record can be broken ends in a ContractError with the place, or maps."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.shiphero import wire
from gateway.connect.decoding import decode
from gateway.connect.errors import ContractError, MalformedPayload, UpstreamFault
from tests.connectors.staging import a_line

from .payloads import (
    a_level,
    a_warehouse,
    map_level,
    map_order,
    map_warehouse,
    order_payload,
    put,
)
from .retail import an_order

LINE = ["line_items", "edges", 0, "node"]
SENT = ["shipments", 0, "line_items", "edges", 0, "node"]


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        (["id"], None, "id"),
        (["partner_order_id"], "", "partner_order_id"),
        (["partner_order_id"], None, "partner_order_id"),
        (["fulfillment_status"], 3, "fulfillment_status"),
        (["updated_at"], "yesterday", "updated_at"),
        (["updated_at"], "0001-01-01T00:00:00+03:00", "updated_at"),
        (["line_items"], None, "line_items"),
        ([*LINE, "sku"], None, "line_items.edges[0].node.sku"),
        ([*LINE, "quantity"], "2", "line_items.edges[0].node.quantity"),
        ([*LINE, "quantity"], -2, "line_items.edges[0].node.quantity"),
        ([*LINE, "quantity"], 2.5, "line_items.edges[0].node.quantity"),
        (["line_items", "pageInfo", "hasNextPage"], True, "line_items.pageInfo.hasNextPage"),
        (["shipments", 0, "warehouse_id"], None, "shipments[0].warehouse_id"),
        (["shipments", 0, "created_date"], "soon", "shipments[0].created_date"),
        ([*SENT, "line_item_id"], "other", "shipments[0].line_items.edges[0].node.line_item_id"),
        (
            ["shipments", 0, "line_items", "pageInfo", "hasNextPage"],
            True,
            "shipments[0].line_items.pageInfo.hasNextPage",
        ),
        (["shipments", 0, "shipping_labels", 0, "id"], 5, "shipments[0].shipping_labels[0].id"),
    ],
)
def test_a_broken_field_of_an_order_is_named(
    path: list[str | int], value: object, where: str
) -> None:
    payload = order_payload(an_order(word="delivered"))
    put(payload, path, value)
    with pytest.raises(MalformedPayload) as caught:
        map_order(payload)
    assert caught.value.path == where


def test_an_allocation_of_a_line_that_is_not_there_is_named() -> None:
    payload = order_payload(an_order())
    put(payload, ["allocations", 0, "line_items", 0, "line_item_id"], "other")
    with pytest.raises(MalformedPayload) as caught:
        map_order(payload)
    assert caught.value.path == "allocations[0].line_items[0].line_item_id"


@pytest.mark.parametrize("name", ["sku", "warehouse_id", "on_hand", "allocated"])
def test_a_missing_field_of_a_level_is_named(name: str) -> None:
    level = a_level()
    del level[name]
    with pytest.raises(MalformedPayload) as caught:
        map_level(level)
    assert caught.value.path == name


def test_cut_json_is_no_answer() -> None:
    with pytest.raises(UpstreamFault):
        decode(b'{"data": {"orders"', wire.Answer)
    with pytest.raises(UpstreamFault):
        decode(b"<html></html>", wire.Answer)


Step = str | int
WRONG: list[Any] = [
    None,
    "x",
    "",
    7,
    -1,
    2**70,
    1.5,
    True,
    [],
    {},
    [None],
    "2026-13-45",
    "\x00",
    "ÿ",
]


def places(node: Any, so_far: tuple[Step, ...] = ()) -> list[tuple[Step, ...]]:
    keys: list[Step] = list(node) if isinstance(node, dict) else []
    if isinstance(node, list):
        keys = list(range(len(node)))
    found = []
    for key in keys:
        found += [(*so_far, key), *places(node[key], (*so_far, key))]
    return found


def drop(node: Any, path: tuple[Step, ...]) -> None:
    for step in path[:-1]:
        node = node[step]
    del node[path[-1]]


TWO_PLACES = (a_line("SKU-1", 2, "store-1"), a_line("007", 1, "dc-1"))
ORDERS = [
    order_payload(an_order(word="delivered", lines=TWO_PLACES)),
    order_payload(an_order(word="processing")),
    order_payload(an_order(word="unavailable")),
]
CHANGES = st.one_of(st.just("drop"), st.sampled_from(WRONG))


@st.composite
def broken(draw: st.DrawFn, samples: list[dict[str, Any]]) -> dict[str, Any]:
    payload: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(samples)))
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from(places(payload)))
        change = draw(CHANGES)
        if change == "drop":
            drop(payload, path)
        else:
            put(payload, path, change)
    return payload


def where_broken(work: Callable[[], object]) -> str | None:
    """Answer the path of the ContractError that the work ends in, None when it maps."""
    try:
        work()
    except ContractError as error:
        return error.path
    return None


@given(broken(ORDERS))
def test_a_broken_order_maps_or_says_where(payload: dict[str, Any]) -> None:
    assert where_broken(lambda: map_order(payload)) != ""


@given(broken([a_level()]))
def test_a_broken_level_maps_or_says_where(payload: dict[str, Any]) -> None:
    assert where_broken(lambda: map_level(payload)) != ""


@given(broken([a_warehouse()]))
def test_a_broken_warehouse_maps_or_says_where(payload: dict[str, Any]) -> None:
    assert where_broken(lambda: map_warehouse(payload)) != ""
