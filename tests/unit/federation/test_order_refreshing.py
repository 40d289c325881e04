"""What is read again of orders, and by when."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from gateway.connect.deadline import Deadline
from gateway.federation.allowance import Allowance
from gateway.federation.answers import OrderPart
from gateway.federation.freshness import OnStale, Policy
from gateway.federation.order_again import Again
from gateway.federation.order_refreshing import Rereading, Rereads, ask_ahead, reserve_of
from gateway.federation.refreshing import AskedRecords
from gateway.model.time import SystemClock
from gateway.projection.orders.confirming import Confirmation

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ONE = Confirmation(UUID(int=1), 7, None, None, NOW)
WMS = ("wms", "fulfillments")


class Over:
    """What came of keys at once."""

    def __init__(self, outcomes: Mapping[str, Any]) -> None:
        self.outcomes = outcomes
        self.waits: frozenset[Any] = frozenset()


class Answering:
    """Answers what became of each key, and keeps what it was asked for."""

    def __init__(self, outcomes: Mapping[str, Any]) -> None:
        self.outcomes = outcomes
        self.asked: list[str] = []

    def ask_records(self, source_id: str, stream: str, refs: Sequence[str], _: Any) -> Any:
        self.asked += refs
        over: Any = Over({ref: self.outcomes[ref] for ref in refs})
        return AskedRecords(frozenset(refs), over, Exception())


def asked(on_stale: OnStale = OnStale.REFRESH_OR_SERVE) -> Rereading:
    held = Policy(timedelta(hours=1), on_stale)
    return Rereading(held, NOW, Deadline.after(1, SystemClock()), Allowance())


def part(ref: str, known: int = 1, as_of: datetime | None = None) -> OrderPart:
    return OrderPart(*WMS, (ref,), as_of, known)


@pytest.mark.parametrize(
    ("told", "known", "expected"),
    [
        ((ONE,), 1, (ONE,)),
        ((ONE, ONE), 2, (ONE, ONE)),
        ((), 0, ()),
        (True, 1, None),
        ((ONE,), 2, None),
        ((), 1, None),
    ],
)
async def test_a_part_is_told_again_where_its_source_has_what_is_known_and_no_less(
    told: Any, known: int, expected: Any
) -> None:
    source: Any = Answering({"1": told})
    (found,) = await Rereads([[part("1", known)]], asked()).read(source)
    assert isinstance(found, Again)
    assert found.streams == {WMS}
    assert found.told.get(WMS) == expected


async def test_only_what_is_too_old_is_asked_for_once_and_a_failure_stays_its_own() -> None:
    source: Any = Answering({"1": (ONE,), "2": None})
    orders = [[part("1")], [part("2")], [part("3", as_of=NOW)], [part("1")]]
    rereads = Rereads(orders, asked())
    assert rereads.are_waited_for
    found = await rereads.read(source)
    assert source.asked == ["1", "2"]
    assert [each.streams for each in found if isinstance(each, Again)] == [
        {WMS}, set(), set(), {WMS},
    ]  # fmt: skip
    assert not Rereads(orders[2:3], asked()).are_waited_for
    assert not Rereads(orders, asked(OnStale.SERVE)).are_waited_for


async def test_what_was_asked_for_ahead_is_not_asked_for_again_and_the_rest_is() -> None:
    source: Any = Answering({"1": (ONE,), "2": (ONE,), "9": True})
    allowance = Allowance()
    ahead = ask_ahead(source, [part("1"), part("9")], allowance)
    assert source.asked == ["1", "9"]
    found = await Rereads([[part("1")], [part("2")]], asked()).read(source, ahead)
    assert source.asked == ["1", "9", "2"]
    assert [each.told for each in found if isinstance(each, Again)] == [{WMS: (ONE,)}] * 2


def test_as_long_as_reading_took_is_kept_thrice_from_the_sources_and_a_tenth_at_most() -> None:
    assert [reserve_of(read, 2.0) for read in (0.0, 0.01, 1.0)] == [0.0, 0.03, 0.2]
