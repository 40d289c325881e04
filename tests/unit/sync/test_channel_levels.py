"""What a channel is told of its items: whatever is known, never more than may be sold."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.connect.errors import Rejected, Throttled, UpstreamFault
from gateway.connect.records import StockLevel
from gateway.federation.answers import AvailabilityAnswer, Dated
from gateway.federation.freshness import ServedFrom
from gateway.model.stock import AvailabilityStatus, PositionRef, availability_status
from gateway.projection.channel_stock import ItemOutcome, ToldItem
from gateway.sync.channel_levels import (
    LONGEST_BACKOFF,
    ChannelRules,
    backoff,
    outcome_of,
    plan_levels,
    sellable_units,
)

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DATED = Dated(NOW - timedelta(minutes=2), "wms", ServedFrom.PROJECTION, is_stale=False)
UNITS = st.none() | st.integers(0, 2**31)


def answer(units: int | None, *, is_complete: bool = True) -> AvailabilityAnswer:
    status = availability_status(units, is_complete=is_complete, low_at_most=5)
    return AvailabilityAnswer("S", status, None, units, is_complete, None, (), DATED)


def item(quantity: int | None, units_per: int = 1, attempts: int = 0) -> ToldItem:
    return ToldItem("s-1", "S", units_per, quantity, attempts, None)


def level(quantity: int) -> StockLevel:
    return StockLevel(PositionRef("s-1", "w"), quantity, NOW)


@given(UNITS, st.booleans(), st.integers(1, 1000), st.integers(0, 1000))
def test_a_channel_never_offers_more_than_may_be_sold(
    units: int | None, is_complete: bool, units_per: int, threshold: int
) -> None:
    found = answer(units, is_complete=is_complete)
    offered = sellable_units(found, units_per, ChannelRules(threshold))
    if units is None or found.status is AvailabilityStatus.UNKNOWN:
        assert offered is None
    else:
        assert offered is not None
        assert 0 <= offered * units_per <= units
        assert units_per * (offered + 1) > units - threshold


@given(UNITS, st.booleans(), UNITS)
def test_an_item_is_told_or_unchanged_or_unknown_and_only_what_differs_is_told(
    units: int | None, is_complete: bool, told: int | None
) -> None:
    found = answer(units, is_complete=is_complete)
    plan = plan_levels([item(told)], {"S": found}, "w", ChannelRules(), NOW)
    wanted = sellable_units(found, 1, ChannelRules())
    ways = (len(plan.told), len(plan.unchanged), len(plan.unknown))
    if wanted is None:
        assert ways == (0, 0, 1)
        assert plan.unknown == (ItemOutcome("s-1", unknown_since=NOW),)
    elif wanted == told:
        assert ways == (0, 1, 0)
    else:
        assert ways == (1, 0, 0)
        assert plan.told[0][1] == StockLevel(PositionRef("s-1", "w"), wanted, DATED.as_of or NOW)


def test_what_is_taken_is_noted_with_its_age() -> None:
    assert outcome_of(item(3), level(5), None, NOW) == ItemOutcome("s-1", 5, NOW)


def test_what_fails_for_now_waits_longer_each_time_and_not_for_ever() -> None:
    failed = outcome_of(item(3, attempts=2), level(5), UpstreamFault("not now"), NOW)
    due_at, why = NOW + timedelta(seconds=8), "UPSTREAM_FAULT: not now"
    assert failed == ItemOutcome("s-1", due_at=due_at, attempts=3, failure=why)
    waits = [backoff(n).total_seconds() for n in (1, 2, 3, 9, 10, 10_000)]
    assert waits == [2, 4, 8, 512, 600, LONGEST_BACKOFF.total_seconds()]


def test_what_is_refused_waits_for_nothing() -> None:
    refused = outcome_of(item(3, attempts=2), level(5), Rejected("no"), NOW)
    assert refused == ItemOutcome("s-1", failure="REJECTED: no")


def test_a_channel_that_asks_to_wait_leaves_its_items_as_they_are() -> None:
    assert outcome_of(item(3), level(5), Throttled("wait", 9.0), NOW) is None
