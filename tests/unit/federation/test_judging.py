"""What is kept of a SKU answers as if it were judged anew, and is never dated too late."""

import gc
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from gateway.federation.answers import Dated, PositionAnswer
from gateway.federation.composing import Judging, judge
from gateway.federation.freshness import AS_IT_IS, OnStale, Policy, ServedFrom
from gateway.federation.stock_ages import SkuStock, StockView
from gateway.federation.stock_blobs import Standing, StockBlob, dated_by
from gateway.projection.position_columns import Position, Positions
from gateway.projection.positions import AuthorityCoverage, Dating, SellingGroup
from gateway.projection.unread import UnreadStock

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
GROUP = UUID(int=99)
SOURCES = ("erp", "wms")
moments = st.integers(0, 12).map(lambda n: NOW + timedelta(seconds=10 * n))
quantities = st.none() | st.integers(0, 9)


@st.composite
def positions(draw: Any, place: int) -> Position:
    observed_at, as_of = sorted((draw(moments), draw(moments)))
    return Position(
        UUID(int=place), draw(st.sampled_from(SOURCES)), draw(quantities), draw(quantities), None,
        draw(st.integers(0, 2)), 0, draw(st.integers(0, 3)),
        draw(st.none() | st.just(date(2026, 12, 1))), observed_at, draw(st.booleans()), as_of,
    )  # fmt: skip


coverages = st.tuples(*(
    st.builds(AuthorityCoverage, st.just(source), st.integers(1, 3), st.none() | moments)
    for source in (*SOURCES, None)
))  # fmt: skip


unread = st.lists(
    st.builds(
        UnreadStock,
        st.sampled_from(SOURCES),
        st.none() | st.integers(0, 4).map(lambda n: UUID(int=n)),
        moments,
    ),
    max_size=2,
).map(tuple)


@st.composite
def stocks(draw: Any) -> SkuStock:
    rows = Positions.of(draw(positions(place)) for place in range(draw(st.integers(0, 3))))
    return SkuStock("SKU-1", GROUP, draw(st.integers(0, 2)), rows, draw(coverages), draw(unread))


@st.composite
def standings(draw: Any, stock: SkuStock) -> Standing:
    """Answer a later ground of the same group: watermarks and walks anywhere."""
    datings = st.builds(Dating, moments, moments)
    covered = tuple(
        replace(each, walked_as_of=draw(st.none() | moments)) for each in stock.coverage
    )
    group = SellingGroup(GROUP, stock.threshold, "shape", covered)
    return Standing("key", group, draw(st.dictionaries(st.sampled_from(SOURCES), datings)))


policies = st.sampled_from(
    [AS_IT_IS, *(Policy(timedelta(seconds=age), OnStale.SERVE) for age in (0, 15, 60))]
)
views = st.builds(
    StockView,
    now=st.integers(-20, 2_000).map(lambda n: NOW + timedelta(seconds=n / 10)),
    policy=policies,
    low_at_most=st.just(3),
)


@given(st.data(), stocks(), st.lists(st.tuples(st.booleans(), views), min_size=2, max_size=12))
def test_what_is_kept_is_what_would_be_judged_anew(
    data: st.DataObject, stock: SkuStock, asks: list[tuple[bool, StockView]]
) -> None:
    blob, expected = StockBlob(stock), stock
    for moves, view in asks:
        if moves:
            standing = data.draw(standings(stock))
            blob.stand(standing)
            expected = dated_by(expected, standing)
        first = blob.judged(view)
        fresh = judge(expected, view)
        assert (first.answer, first.is_too_old) == (fresh.answer, fresh.is_too_old)
        assert blob.judged(view) is first


@given(stocks(), views, st.integers(1, 3_000))
def test_an_answer_holds_exactly_as_long_as_it_would_be_judged_alike(
    stock: SkuStock, view: StockView, tenths: int
) -> None:
    judged = judge(stock, view)
    assert judged.holds(view.now)
    later = msgspec.structs.replace(view, now=view.now + timedelta(seconds=tenths / 10))
    then = judge(stock, later)
    is_same = (judged.answer, judged.is_too_old) == (then.answer, then.is_too_old)
    assert is_same or not judged.holds(later.now)
    assert judged.holds(later.now) is ((then.since, then.until) == (judged.since, judged.until))


@given(st.lists(stocks(), max_size=4), views)
def test_what_is_judged_together_is_judged_as_each_by_itself(
    some: list[SkuStock], view: StockView
) -> None:
    judging = Judging(view)
    assert [judging.judge(each) for each in some] == [judge(each, view) for each in some]


@given(st.data(), stocks(), views)
def test_each_position_says_how_old_it_is_and_whether_it_was_just_read(
    data: st.DataObject, stock: SkuStock, view: StockView
) -> None:
    keys = [("SKU-1", each.location_id) for each in stock.positions]
    read = frozenset(data.draw(st.sets(st.sampled_from(keys))) if keys else ())
    view = msgspec.structs.replace(view, just_read=read)
    answer = judge(stock, view).answer
    assert list(answer.positions) == [
        PositionAnswer(
            at.location_id, at.on_hand, at.committed, at.held, at.allocated, at.safety_stock,
            at.incoming, _promised(at), _age(at, view),
        )
        for at in stock.positions
    ]  # fmt: skip


def _promised(at: Position) -> int | None:
    return None if at.on_hand is None else max(0, at.on_hand - (at.committed or 0) - at.held)


def _age(at: Position, view: StockView) -> Dated:
    was_read = ("SKU-1", at.location_id) in view.just_read
    is_old = view.now - at.as_of > view.policy.max_age
    served = ServedFrom.SOURCE if was_read else ServedFrom.PROJECTION
    return Dated(at.as_of, at.source_id, served, is_old and not was_read)


@given(st.data(), stocks())
def test_a_watermark_dates_only_what_it_covers_and_nothing_grows_older(
    data: st.DataObject, stock: SkuStock
) -> None:
    standing = data.draw(standings(stock))
    dated = dated_by(stock, standing)
    for before, after in zip(stock.positions, dated.positions, strict=True):
        by = standing.dating.get(before.source_id)
        is_covered = (
            by is not None and not before.is_quarantined and before.observed_at >= by.covered_since
        )
        latest = max(before.as_of, by.watermark) if by is not None and is_covered else before.as_of
        assert after == msgspec.structs.replace(before, as_of=latest)
    for known, read, after_all in zip(
        stock.coverage, standing.group.coverage, dated.coverage, strict=True
    ):
        walks = [each.walked_as_of for each in (known, read) if each.walked_as_of is not None]
        assert after_all == replace(known, walked_as_of=max(walks, default=None))
    assert dated_by(dated, standing) is dated


def test_an_answer_is_the_same_object_while_no_watermark_moves_it() -> None:
    at = Position(UUID(int=1), "wms", 3, 0, 0, 0, 0, 0, None, NOW, False, NOW)
    walked = (AuthorityCoverage("wms", 1, NOW),)
    blob = StockBlob(SkuStock("SKU-1", GROUP, 0, Positions.of([at]), walked))
    view = StockView(NOW, Policy(timedelta(seconds=60), OnStale.SERVE), 5)
    group = SellingGroup(GROUP, 0, "shape", walked)

    def answered(dating: dict[str, Dating]) -> Any:
        blob.stand(Standing("key", group, dating))
        return blob.judged(view).answer

    first = answered({"wms": Dating(NOW, NOW)})
    assert answered({"wms": Dating(NOW, NOW), "erp": Dating(NOW, NOW)}) is first
    assert answered({"wms": Dating(NOW + timedelta(seconds=1), NOW + timedelta(days=1))}) is first
    later = answered({"wms": Dating(NOW, NOW + timedelta(seconds=1))})
    assert later.dated.as_of == NOW + timedelta(seconds=1)


def _bytes(thing: Any, seen: set[int]) -> int:
    if isinstance(thing, type | Enum) or callable(thing) or id(thing) in seen:
        return 0
    seen.add(id(thing))
    # What the collector is kept from is asked for its fields.
    is_struct = isinstance(thing, msgspec.Struct)
    held = msgspec.structs.astuple(thing) if is_struct else gc.get_referents(thing)
    return sys.getsizeof(thing) + sum(_bytes(each, seen) for each in held)


def test_a_blob_takes_about_as_much_as_it_says() -> None:
    for count in (1, 10, 100):
        at = [datetime(2026, 11, 20, 12, n % 60, tzinfo=UTC) for n in range(count)]
        rows = Positions.of(
            Position(UUID(int=2**90 + n), "wms", 1000 + n, 300, 400, 0, 0, 0, None, at[n], False,
                     at[n] + timedelta(seconds=1))
            for n in range(count)
        )  # fmt: skip
        blob = StockBlob(SkuStock(f"SKU-{count}", GROUP, 0, rows, ()))
        for seconds in (30, 120):
            blob.judged(StockView(NOW, Policy(timedelta(seconds=seconds), OnStale.SERVE), 5))
        assert 0.6 < blob.size / _bytes(blob, set()) < 1.6
