"""What follows from what sources say of an order: whether it is read again, and by when."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from gateway.federation.answers import OrderAnswer, OrderPart
from gateway.federation.order_refreshing import Again, reserve_of
from gateway.projection.orders.confirming import Confirmation

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HEADER, BILLS = ("shop", "orders"), ("erp", "invoices")
ORDER = OrderAnswer({"source_id": "shop", "seen": 7}, "Shop", timedelta(hours=1))


def told(seen: int = 7, seconds: float = 0) -> Confirmation:
    return Confirmation(UUID(int=1), seen, None, None, NOW + timedelta(seconds=seconds))


def test_an_order_holds_while_all_that_was_read_was_told_again_of_this_very_row() -> None:
    streams = frozenset({HEADER, BILLS})
    assert Again(streams, {HEADER: told(), BILLS: told(99)}).holds(ORDER)
    assert not Again(streams, {HEADER: told(8), BILLS: told()}).holds(ORDER), "others wrote it"
    assert not Again(streams, {HEADER: told()}).holds(ORDER), "invoices were written"
    assert Again(frozenset({BILLS}), {BILLS: told()}).holds(ORDER), "its header was not asked for"


def test_parts_are_dated_by_what_was_told_again_and_never_older() -> None:
    parts = [
        OrderPart(*HEADER, ("1",), NOW), OrderPart(*BILLS, ("2",), NOW + timedelta(hours=1)),
        OrderPart("wms", "fulfillments", ("1",), None),
    ]  # fmt: skip
    again = Again(frozenset({HEADER, BILLS}), {HEADER: told(seconds=5), BILLS: told(seconds=5)})
    assert [each.as_of for each in again.dated(parts)] == [
        NOW + timedelta(seconds=5), NOW + timedelta(hours=1), None,
    ]  # fmt: skip


def test_as_long_as_reading_took_is_kept_thrice_from_the_sources_and_a_tenth_at_most() -> None:
    assert [reserve_of(read, 2.0) for read in (0.0, 0.01, 1.0)] == [0.0, 0.03, 0.2]
