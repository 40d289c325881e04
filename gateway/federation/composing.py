"""Puts a SKU's answer together from its positions: pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import msgspec

from gateway.federation.answers import NEVER_READ, AvailabilityAnswer, Dated, PositionAnswer
from gateway.federation.freshness import Policy, ServedFrom, is_stale
from gateway.model.stock import (
    AvailabilityStatus,
    availability_status,
    available_to_promise,
    available_to_sell,
)
from gateway.projection.positions import AuthorityCoverage, Position, SellingGroup, SkuRead
from gateway.projection.unread import UnreadStock

ALWAYS = datetime.min.replace(tzinfo=UTC)
FOREVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SkuStock:
    """What is known of a SKU that exists at a group's locations, and who covers these."""

    sku: str
    group_id: UUID
    threshold: int
    positions: tuple[Position, ...]
    coverage: tuple[AuthorityCoverage, ...]
    unread: tuple[UnreadStock, ...] = ()


def stock_of(sku: str, group: SellingGroup, read: SkuRead) -> SkuStock:
    """Answer what was read of a SKU in a group."""
    return SkuStock(sku, group.id, group.threshold, read.positions, group.coverage, read.unread)


class StockView(msgspec.Struct, frozen=True):
    """How what is known is judged; `just_read` are positions read for this very answer."""

    now: datetime
    policy: Policy
    low_at_most: int
    just_read: frozenset[tuple[str, UUID]] = frozenset()


@dataclass(frozen=True, slots=True)
class Judged:
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


def judge(stock: SkuStock, view: StockView) -> Judged:
    """Answer what is known of a SKU, and how long that may be answered."""
    missing = unlisted_of(stock)
    is_too_old = bool(stale_keys(stock, view) or _stale(missing, view))
    ends = _ends(stock, missing, view.policy.max_age)
    return Judged(
        _compose(stock, missing, view, None),
        is_too_old,
        max([end for end in ends if end < view.now], default=ALWAYS),
        min([end for end in ends if end >= view.now], default=FOREVER),
    )


def compose(stock: SkuStock, view: StockView, failure: Exception | None) -> AvailabilityAnswer:
    """Answer what may be sold of a SKU that exists.

    Where a location has no row, it has 0 as of its authority's last complete walk; without one
    it is unknown, and the sum is a lower bound; so it is where its record could not be read.
    """
    return _compose(stock, unlisted_of(stock), view, failure)


def _compose(
    stock: SkuStock,
    missing: Sequence[AuthorityCoverage],
    view: StockView,
    failure: Exception | None,
) -> AvailabilityAnswer:
    positions, parts = _positions(stock, view)
    known = [each.available_to_promise for each in positions]
    is_complete = None not in known
    if missing:
        unlisted = [_unlisted(each, view) for each in missing]
        parts += unlisted
        known += [0 for part in unlisted if part.as_of is not None]
    sellable = available_to_sell(known, stock.threshold)
    dated = oldest_part(parts)
    is_complete = is_complete and not dated.is_stale
    if failure is not None:
        sellable, is_complete = None, False
    status = availability_status(sellable, is_complete=is_complete, low_at_most=view.low_at_most)
    return AvailabilityAnswer(
        stock.sku,
        status,
        _reason(status, parts, failure),
        sellable,
        is_complete,
        _next(stock.positions) if not sellable else None,
        positions,
        dated,
        failure,
    )


def not_found(sku: str) -> AvailabilityAnswer:
    """Answer for a SKU that nobody has told of."""
    return AvailabilityAnswer(
        sku, AvailabilityStatus.UNKNOWN, "SKU_NOT_FOUND", None, False, None, (), NEVER_READ
    )


def stale_keys(stock: SkuStock, view: StockView) -> list[tuple[str, UUID, str]]:
    """Answer (sku, location, source) of positions older than allowed and not just read."""
    oldest = min([each.as_of for each in stock.positions], default=view.now)
    if not is_stale(oldest, view.now, view.policy):
        return []
    return [
        (stock.sku, each.location_id, each.source_id)
        for each in stock.positions
        if is_stale(each.as_of, view.now, view.policy)
        and (stock.sku, each.location_id) not in view.just_read
    ]


def stale_authorities(stock: SkuStock, view: StockView) -> set[str]:
    """Answer the authorities whose unlisted positions of this SKU are older than allowed."""
    return _stale(unlisted_of(stock), view)


def _stale(missing: Sequence[AuthorityCoverage], view: StockView) -> set[str]:
    return {
        each.source_id
        for each in missing
        if each.source_id is not None and is_stale(each.walked_as_of, view.now, view.policy)
    }


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


def _positions(stock: SkuStock, view: StockView) -> tuple[tuple[PositionAnswer, ...], list[Dated]]:
    """Answer the positions, and their ages: one for neighbours of the same age and source."""
    found: list[PositionAnswer] = []
    dates: list[Dated] = []
    read, last = view.just_read, None
    for at in stock.positions:
        if last is None or read or at.as_of != last.as_of or at.source_id != last.source_id:
            dated = _dated(stock.sku, at, view)
            dates.append(dated)
            last = at
        promise = available_to_promise(
            at.on_hand, at.committed, at.safety_stock, at.held, at.allocated
        )
        found.append(
            PositionAnswer(
                at.location_id, at.on_hand, at.committed, at.held, at.allocated, at.safety_stock,
                at.incoming, promise, dated,
            )
        )  # fmt: skip
    return tuple(found), dates


def _dated(sku: str, at: Position, view: StockView) -> Dated:
    was_read = (sku, at.location_id) in view.just_read
    return Dated(
        at.as_of,
        at.source_id,
        ServedFrom.SOURCE if was_read else ServedFrom.PROJECTION,
        is_stale(at.as_of, view.now, view.policy) and not was_read,
    )


def unlisted_of(stock: SkuStock) -> list[AuthorityCoverage]:
    """Answer who has locations where the SKU is not listed, how many, and as of when it is 0 there.

    Apart come those locations of which there is a record that could not be read: it is unknown.
    """
    listed = [at.source_id for at in stock.positions]
    found: list[AuthorityCoverage] = []
    for each in stock.coverage:
        gap = each.locations - (0 if each.source_id is None else listed.count(each.source_id))
        if gap > 0:
            unread = _unread_in(stock, each.source_id, gap) if stock.unread else 0
            if unread:
                found.append(AuthorityCoverage(each.source_id, unread, None))
            if unread < gap:
                found.append(each)
    return found


def _unread_in(stock: SkuStock, source_id: str | None, gap: int) -> int:
    """Answer at how many of so many locations without a row something is that cannot be read."""
    places = {each.location_id for each in stock.unread if each.source_id == source_id}
    if None in places:
        return gap
    return len(places - {at.location_id for at in stock.positions})


def _unlisted(by: AuthorityCoverage, view: StockView) -> Dated:
    return Dated(
        by.walked_as_of,
        by.source_id,
        None if by.walked_as_of is None else ServedFrom.PROJECTION,
        is_stale(by.walked_as_of, view.now, view.policy),
    )


def _ends(
    stock: SkuStock, missing: Sequence[AuthorityCoverage], max_age: timedelta
) -> list[datetime]:
    """Answer the last moments at which parts are young enough."""
    moments = {each.as_of for each in stock.positions}
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


def _next(positions: Sequence[Position]) -> date | None:
    days = [each.next_on for each in positions if each.next_on is not None]
    return min(days, default=None)
