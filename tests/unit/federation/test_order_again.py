"""What follows from what sources told again of an order: whether it holds, how old, what it has."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.federation.answers import OrderAnswer, OrderPart
from gateway.federation.order_again import Again
from gateway.projection.orders.confirming import Confirmation
from gateway.projection.orders.entries import HEADER

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HEAD, BILLS, WORK = ("shop", "orders"), ("erp", "invoices"), ("wms", "fulfillments")
ROW = {**dict.fromkeys(HEADER), "status": "CONFIRMED"}
ORDER = OrderAnswer({**ROW, "source_id": "shop"}, "Shop", timedelta(hours=1))


def told(seconds: float = 0, **known: Any) -> list[Confirmation]:
    at = NOW + timedelta(seconds=seconds)
    return [Confirmation(UUID(int=1), 7, None, None, at, None, {**ROW, **known})]


def test_an_order_holds_while_all_that_was_read_was_told_again_of_what_it_shows() -> None:
    streams = frozenset({HEAD, BILLS})
    assert Again(streams, {HEAD: told(), BILLS: told(status="PAID")}).holds(ORDER)
    for name in ROW:
        changed = told(**{name: "by others"})
        assert not Again(streams, {HEAD: changed, BILLS: told()}).holds(ORDER), name
    assert not Again(streams, {HEAD: told()}).holds(ORDER), "invoices were written"
    assert Again(frozenset({BILLS}), {BILLS: told()}).holds(ORDER), "its header was not asked for"
    assert Again(streams, {HEAD: told(), BILLS: ()}).holds(ORDER), "there is still none"


def test_parts_are_dated_by_what_was_told_again_and_never_older() -> None:
    parts = [
        OrderPart(*HEAD, ("1",), NOW), OrderPart(*BILLS, ("2",), NOW + timedelta(hours=1)),
        OrderPart(*WORK, ("1",), None), OrderPart("till", "invoices", (), NOW),
    ]  # fmt: skip
    again = Again(frozenset({HEAD, BILLS, WORK}), {HEAD: told(5), BILLS: told(5), WORK: ()})
    assert [each.as_of for each in again.dated(parts)] == [
        NOW + timedelta(seconds=5), NOW + timedelta(hours=1), None, NOW,
    ]  # fmt: skip


def test_what_is_known_of_a_stream_is_what_all_its_sources_told_again() -> None:
    parts = [
        OrderPart(*BILLS, ("2", "1"), NOW, 2), OrderPart("a", "invoices", ("9",), NOW, 1),
        OrderPart("b", "invoices", (), NOW), OrderPart(*WORK, ("1",), NOW, 1),
    ]  # fmt: skip
    bills = [*told(5, ref="2"), *told(6, ref="1")]
    again = Again(frozenset({BILLS, ("a", "invoices")}),
                  {BILLS: bills, ("a", "invoices"): told(ref="9")})  # fmt: skip
    rows = again.rows("invoices", parts)
    assert rows is not None
    assert [(row["source_id"], row["ref"], row["as_of"]) for row in rows] == [
        ("a", "9", NOW), ("erp", "1", NOW + timedelta(seconds=6)),
        ("erp", "2", NOW + timedelta(seconds=5)),
    ]  # fmt: skip
    assert again.rows("fulfillments", parts) is None, "it was not asked for"
    assert Again(frozenset(), {}).rows("invoices", parts[2:3]) == []
