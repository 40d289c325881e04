"""Puts a SKU's answer together from its positions: pure."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from gateway.federation.answers import (
    NEVER_READ,
    NONE_KNOWN,
    AnswerTable,
    AvailabilityAnswer,
    Dated,
    PositionAnswers,
)
from gateway.federation.freshness import ServedFrom, is_stale
from gateway.federation.stock_ages import (
    SkuStock,
    StockView,
    dated_unlisted,
    stale_keys,
    stale_sources,
    unlisted_of,
)
from gateway.model.stock import (
    AvailabilityStatus,
    availability_status,
    available_to_sell,
)
from gateway.projection.position_bytes import SkuRead
from gateway.projection.position_columns import Age, Positions, PositionTable
from gateway.projection.positions import AuthorityCoverage, SellingGroup

ALWAYS = datetime.min.replace(tzinfo=UTC)
FOREVER = datetime.max.replace(tzinfo=UTC)


def stock_of(sku: str, group: SellingGroup, read: SkuRead) -> SkuStock:
    """Answer what was read of a SKU in a group."""
    return SkuStock(sku, group.id, group.threshold, read.positions, group.coverage, read.unread)


class Judged(msgspec.Struct, frozen=True):
    """An answer, whether a part that can be read is too old, and when both are true.

    Nothing in it but the parts' staleness depends on the time: it holds after `since` up to
    `until`.
    """

    answer: AvailabilityAnswer
    is_too_old: bool
    since: datetime
    until: datetime

    def holds(self, now: datetime) -> bool:
        """Answer whether it would be judged alike at this time."""
        return self.since < now <= self.until


class Times(msgspec.Struct, frozen=True):
    """All that depends on ages: the same for stock that is as old, at as many of the locations.

    `parts` are the positions' ages, and those of locations that have no row, of which `zeros` are
    known to have none. `coverage` is the very one that it was judged by.
    """

    coverage: tuple[AuthorityCoverage, ...]
    parts: list[Dated]
    zeros: int
    oldest: Dated
    is_too_old: bool
    since: datetime
    until: datetime


class Judging:
    """Judges stock by one view: what has its age in common is dated and judged once."""

    def __init__(self, view: StockView) -> None:
        self._view = view
        self._times: dict[tuple[Any, ...], Times] = {}
        self._tables: dict[int, AnswerTable] = {}
        self._dates: dict[int, tuple[Age, Dated]] = {}

    def judge(self, stock: SkuStock) -> Judged:
        """Answer what is known of a SKU, and how long that may be answered."""
        times = self._times_of(stock)
        answer = self._compose(stock, times, None)
        return Judged(answer, times.is_too_old, times.since, times.until)

    def compose(self, stock: SkuStock, failure: Exception | None) -> AvailabilityAnswer:
        """Answer what may be sold of a SKU that exists."""
        return self._compose(stock, self._times_of(stock), failure)

    def _times_of(self, stock: SkuStock) -> Times:
        ages = stock.positions.ages
        if len(ages) != 1 or stock.unread or self._view.just_read:
            return self._read_times(stock)
        key = (id(stock.coverage), len(stock.positions), ages[0].source_id, ages[0].as_of)
        times = self._times.get(key)
        if times is None:
            times = self._times[key] = self._read_times(stock)
        return times

    def _read_times(self, stock: SkuStock) -> Times:
        view, missing = self._view, unlisted_of(stock)
        unlisted = [dated_unlisted(each, view) for each in missing]
        parts = [*self._ages_of(stock), *unlisted]
        ends = _ends(stock, missing, view.policy.max_age)
        return Times(
            stock.coverage,
            parts,
            sum(part.as_of is not None for part in unlisted),
            oldest_part(parts),
            bool(stale_keys(stock, view) or stale_sources(missing, view)),
            max([end for end in ends if end < view.now], default=ALWAYS),
            min([end for end in ends if end >= view.now], default=FOREVER),
        )

    def _ages_of(self, stock: SkuStock) -> Sequence[Dated]:
        """Answer how old the positions are: each, where some were just read."""
        at, read = stock.positions, self._view.just_read
        if not read:
            return [self._dated(each) for each in at.ages]
        told = zip(at.column("location_id"), at.column("age"), strict=True)
        return [_dated(age, self._view, (stock.sku, place) in read) for place, age in told]

    def _dated(self, age: Age) -> Dated:
        found = self._dates.get(id(age))
        if found is None:
            found = self._dates[id(age)] = age, _dated(age, self._view, False)
        return found[1]

    def _positions(self, stock: SkuStock) -> PositionAnswers:
        at = stock.positions
        if self._view.just_read:
            at = at.apart()
            return PositionAnswers(AnswerTable(at.read, self._ages_of(stock)), 0, len(at))
        table = self._tables.get(id(at.read))
        if table is None:
            table = self._tables[id(at.read)] = self._table(at.read)
        return PositionAnswers(table, at.start, at.stop)

    def _table(self, read: PositionTable) -> AnswerTable:
        age = read.column("age")
        if read.ages:
            return AnswerTable(read, (self._dated(read.ages[0]),) * len(age))
        return AnswerTable(read, [*map(self._dated, age)])

    def _compose(
        self, stock: SkuStock, times: Times, failure: Exception | None
    ) -> AvailabilityAnswer:
        at, dated = stock.positions, times.oldest
        known = at.column("available_to_promise")
        is_complete = None not in known and not dated.is_stale
        if times.zeros:
            known = [*known, *(0,) * times.zeros]
        sellable = available_to_sell(known, stock.threshold)
        if failure is not None:
            sellable, is_complete = None, False
        status = availability_status(
            sellable, is_complete=is_complete, low_at_most=self._view.low_at_most
        )
        return AvailabilityAnswer(
            stock.sku,
            status,
            _reason(status, times.parts, failure),
            sellable,
            is_complete,
            _next(at) if not sellable else None,
            self._positions(stock),
            dated,
            failure,
        )


def judge(stock: SkuStock, view: StockView) -> Judged:
    """Answer what is known of a SKU, and how long that may be answered."""
    return Judging(view).judge(stock)


def compose(stock: SkuStock, view: StockView, failure: Exception | None) -> AvailabilityAnswer:
    """Answer what may be sold of a SKU that exists.

    Where a location has no row, it has 0 as of its authority's last complete walk; without one
    it is unknown, and the sum is a lower bound; so it is where its record could not be read.
    """
    return Judging(view).compose(stock, failure)


def not_found(sku: str) -> AvailabilityAnswer:
    """Answer for a SKU that nobody has told of."""
    return AvailabilityAnswer(
        sku, AvailabilityStatus.UNKNOWN, "SKU_NOT_FOUND", None, False, None, NONE_KNOWN, NEVER_READ
    )


def oldest_part(parts: Sequence[Dated]) -> Dated:
    """Answer the age of the oldest part that is known; stale when any part is."""
    if len(parts) == 1 and parts[0].as_of is not None:
        return parts[0]
    known = [part for part in parts if part.as_of is not None]
    if not known:
        return NEVER_READ
    oldest = min(known, key=_as_of)
    if oldest.is_stale or not any(part.is_stale for part in parts):
        return oldest
    return Dated(oldest.as_of, oldest.source_id, oldest.served_from, is_stale=True)


def _as_of(part: Dated) -> datetime:
    return part.as_of or ALWAYS


def _dated(age: Age, view: StockView, was_read: bool) -> Dated:
    return Dated(
        age.as_of,
        age.source_id,
        ServedFrom.SOURCE if was_read else ServedFrom.PROJECTION,
        is_stale(age.as_of, view.now, view.policy) and not was_read,
    )


def _ends(
    stock: SkuStock, missing: Sequence[AuthorityCoverage], max_age: timedelta
) -> list[datetime]:
    """Answer the last moments at which parts are young enough."""
    moments = {each.as_of for each in stock.positions.ages}
    moments.update(each.walked_as_of for each in missing if each.walked_as_of is not None)
    return [FOREVER if max_age > FOREVER - each else each + max_age for each in moments]


def _reason(
    status: AvailabilityStatus, parts: Sequence[Dated], failure: Exception | None
) -> str | None:
    if status is not AvailabilityStatus.UNKNOWN:
        return None
    if failure is not None:
        return "SOURCE_UNAVAILABLE"
    if all(part.as_of is None for part in parts):
        return "NEVER_READ"
    return "INCOMPLETE" if any(part.as_of is None for part in parts) else "STALE"


def _next(positions: Positions) -> date | None:
    days = [each for each in positions.column("next_on") if each is not None]
    return min(days, default=None)
