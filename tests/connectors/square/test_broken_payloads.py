"""Every way a record can be broken ends in a ContractError with the place, or maps."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.square import wire
from gateway.connect.decoding import decode
from gateway.connect.errors import ContractError, MalformedPayload, UnknownValue, UpstreamFault

from .payloads import (
    a_count,
    a_customer,
    a_location,
    handed_over,
    map_count,
    map_customer,
    map_location,
    mapped,
    put,
    record,
)

Step = str | int


@pytest.mark.parametrize(
    ("path", "value", "kind", "where"),
    [
        (["state"], "TELEPORTED", UnknownValue, "state"),
        (["fulfillments", 0, "type"], "DRONE", UnknownValue, "fulfillments[0].type"),
        (["fulfillments", 0, "state"], "LOST", UnknownValue, "fulfillments[0].state"),
        (["total_money"], None, MalformedPayload, "total_money"),
        (["total_money", "amount"], 12.5, MalformedPayload, "total_money.amount"),
        (["total_money", "amount"], 2**60, MalformedPayload, "total_money.amount"),
        (["total_money", "currency"], "reais", MalformedPayload, "total_money.currency"),
        (["created_at"], "2026-11-20T12:00:00", MalformedPayload, "created_at"),
        (["updated_at"], "0001-01-01T00:00:00+03:00", MalformedPayload, "updated_at"),
        (["line_items", 0, "quantity"], "2.25", UnknownValue, "line_items[0].quantity"),
        (["line_items", 0, "quantity"], "-1", MalformedPayload, "line_items[0].quantity"),
        (["line_items", 0, "quantity"], "9" * 12, MalformedPayload, "line_items[0].quantity"),
        (["line_items", 0, "quantity"], "two", MalformedPayload, "line_items[0].quantity"),
        (
            ["line_items", 0, "catalog_object_id"],
            "VAR2",
            MalformedPayload,
            "line_items[0].catalog_object_id",
        ),
        (
            ["line_items", 0, "gross_sales_money", "currency"],
            "USD",
            MalformedPayload,
            "line_items[0].base_price_money.currency",
        ),
    ],
)
def test_a_broken_field_is_named(
    path: list[Step], value: object, kind: type[ContractError], where: str
) -> None:
    payload = record("shipped")
    put(payload, path, value)
    with pytest.raises(kind) as caught:
        mapped(payload)
    assert caught.value.path == where


def test_a_missing_field_is_named() -> None:
    with pytest.raises(MalformedPayload) as caught:
        mapped(record(is_broken=True))
    assert caught.value.path == "total_money"


def test_fewer_than_none_is_neither_sold_nor_sent() -> None:
    payload = record("shipped")
    entry = {"line_item_uid": payload["line_items"][0]["uid"], "quantity": "-1"}
    payload["fulfillments"][0]["entries"] = [entry]
    with pytest.raises(MalformedPayload) as caught:
        handed_over(payload)
    assert caught.value.path == "fulfillments[0].entries[0].quantity"
    payload["line_items"][0]["quantity"] = "-1"
    with pytest.raises(MalformedPayload) as caught:
        handed_over(payload)
    assert caught.value.path == "line_items[0].quantity"


def test_a_parcel_without_a_moment_is_named() -> None:
    payload = record("shipped")
    payload["fulfillments"][0]["shipment_details"]["shipped_at"] = "soon"
    with pytest.raises(MalformedPayload) as caught:
        handed_over(payload)
    assert caught.value.path == "fulfillments[0].shipment_details.shipped_at"


@pytest.mark.parametrize(
    ("changes", "kind", "where"),
    [
        ({"state": "WASTE"}, UnknownValue, "state"),
        ({"quantity": "0.5"}, UnknownValue, "quantity"),
        ({"quantity": None}, MalformedPayload, "quantity"),
        ({"catalog_object_id": "VAR2"}, MalformedPayload, "catalog_object_id"),
        ({"catalog_object_id": "UNKNOWN"}, MalformedPayload, "catalog_object_id"),
        ({"location_id": ""}, MalformedPayload, "location_id"),
    ],
)
def test_a_broken_count_is_named(
    changes: dict[str, object], kind: type[ContractError], where: str
) -> None:
    with pytest.raises(kind) as caught:
        map_count(a_count(**changes))
    assert caught.value.path == where


def test_a_location_of_an_unknown_kind_is_named() -> None:
    for name in ("type", "status"):
        with pytest.raises(UnknownValue) as caught:
            map_location(a_location(**{name: "FLOATING"}))
        assert caught.value.path == name


def test_half_a_character_is_a_broken_record_and_cut_json_is_no_answer() -> None:
    with pytest.raises(MalformedPayload):
        decode(b'{"id": "\\ud800"}', wire.Ident)
    with pytest.raises(UpstreamFault):
        decode(b'{"orders": [{"id": "1', wire.OrderPage)


WRONG: list[Any] = [
    None, "x", "", 7, -1, 2**70, 1.5, True, [], {}, [None], "2026-13-45", "\x00", "ÿ", "1e9", "NaN",
]  # fmt: skip


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


ORDERS = [record("delivered"), record("shipped"), record("unavailable"), record("created")]
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
    assert where_broken(lambda: mapped(payload)) != ""


@given(broken(ORDERS))
def test_a_broken_hand_over_maps_or_says_where(payload: dict[str, Any]) -> None:
    assert where_broken(lambda: handed_over(payload)) != ""


@given(broken([a_count()]))
def test_a_broken_count_maps_or_says_where(payload: dict[str, Any]) -> None:
    assert where_broken(lambda: map_count(payload)) != ""


@given(broken([a_customer()]))
def test_a_broken_customer_maps_or_says_where(payload: dict[str, Any]) -> None:
    assert where_broken(lambda: map_customer(payload)) != ""


@given(broken([a_location(coordinates={"latitude": 1.0, "longitude": 2.0})]))
def test_a_broken_location_maps_or_says_where(payload: dict[str, Any]) -> None:
    assert where_broken(lambda: map_location(payload)) != ""
