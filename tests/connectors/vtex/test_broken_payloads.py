"""Every way a record can be broken ends in a ContractError with the place, or maps."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.vtex import wire
from gateway.connect.decoding import decode
from gateway.connect.errors import ContractError, MalformedPayload, UnknownValue, UpstreamFault

from .payloads import (
    a_balance,
    a_warehouse,
    map_balance,
    map_warehouse,
    mapped,
    put,
    record,
)


@pytest.mark.parametrize(
    ("path", "value", "kind", "where"),
    [
        (["status"], "teleported", UnknownValue, "status"),
        (["value"], None, MalformedPayload, "value"),
        (["value"], 12.5, MalformedPayload, "value"),
        (["value"], 2**60, MalformedPayload, "value"),
        (["creationDate"], "2026-11-20T12:00:00", MalformedPayload, "creationDate"),
        (["lastChange"], "0001-01-01T00:00:00+03:00", MalformedPayload, "lastChange"),
        (["items", 0, "sellingPrice"], "10", MalformedPayload, "items[0].sellingPrice"),
        (["items", 0, "refId"], None, MalformedPayload, "items[0].refId"),
        (["totals", 1, "id"], "Tips", UnknownValue, "totals[1].id"),
        (["totals"], [], MalformedPayload, "totals"),
        (
            ["storePreferencesData", "currencyCode"],
            "reais",
            MalformedPayload,
            "storePreferencesData.currencyCode",
        ),
        (
            ["packageAttachment", "packages", 0, "type"],
            "Gift",
            UnknownValue,
            "packageAttachment.packages[0].type",
        ),
        (
            ["shippingData", "logisticsInfo", 0, "shippingEstimateDate"],
            "soon",
            MalformedPayload,
            "shippingData.logisticsInfo[0].shippingEstimateDate",
        ),
    ],
)
def test_a_broken_field_is_named(
    path: list[str | int], value: object, kind: type[ContractError], where: str
) -> None:
    payload = record("shipped")
    put(payload, path, value)
    with pytest.raises(kind) as caught:
        mapped(payload)
    assert caught.value.path == where


def test_a_missing_field_is_named() -> None:
    payload = record(is_broken=True)
    with pytest.raises(MalformedPayload) as caught:
        mapped(payload)
    assert caught.value.path == "clientProfileData"


def test_half_a_character_is_a_broken_record_and_cut_json_is_no_answer() -> None:
    with pytest.raises(MalformedPayload):
        decode(b'{"orderId": "\\ud800"}', wire.OrderRef)
    with pytest.raises(UpstreamFault):
        decode(b'{"orderId": "1', wire.OrderRef)
    with pytest.raises(UpstreamFault):
        decode(b"<html></html>", wire.OrderRef)


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


ORDERS = [record("delivered"), record("unavailable"), record("created", lines=())]
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


@given(broken([a_balance()]))
def test_a_broken_balance_maps_or_says_where(payload: dict[str, Any]) -> None:
    assert where_broken(lambda: map_balance(payload)) != ""


@given(broken([a_warehouse()]))
def test_a_broken_warehouse_maps_or_says_where(payload: dict[str, Any]) -> None:
    assert where_broken(lambda: map_warehouse(payload)) != ""
