"""Puts a SKU's answer together from its positions: pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from gateway.federation.answers import NEVER_READ, AvailabilityAnswer, Dated, PositionAnswer
from gateway.federation.freshness import Policy, ServedFrom, is_stale
from gateway.model.stock import (
    AvailabilityStatus,
    Quantities,
    availability_status,
    available_to_promise,
    available_to_sell,
)
from gateway.projection.availability import AuthorityCoverage, Position
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


class StockView(NamedTuple):
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
    is_too_old = bool(stale_keys(stock, view) or stale_authorities(stock, view))
    ends = list(_ends(stock, view.policy.max_age))
    return Judged(
        compose(stock, view, None),
        is_too_old,
        max((end for end in ends if end < view.now), default=ALWAYS),
        min((end for end in ends if end >= view.now), default=FOREVER),
    )


def compose(stock: SkuStock, view: StockView, failure: Exception | None) -> AvailabilityAnswer:
    """Answer what may be sold of a SKU that exists.

    Where a location has no row, it has 0 as of its authority's last complete walk; without one
    it is unknown, and the sum is a lower bound; so it is where its record could not be read.
    """
    positions = tuple([_position(stock.sku, each, view) for each in stock.positions])
    unlisted = list(_unlisted(stock, view))
    parts = [each.dated for each in positions] + unlisted
    known = [each.available_to_promise for each in positions]
    has_zero = any(part.as_of is not None for part in unlisted)
    sellable = available_to_sell([*known, *([0] if has_zero else [])], stock.threshold)
    is_unknown = any(quantity is None for quantity in known)
    is_complete = bool(parts) and not is_unknown and not any(part.is_stale for part in parts)
    if failure is not None:
        sellable, is_complete = None, False
    status = availability_status(sellable, is_complete=is_complete, low_at_most=view.low_at_most)
    return AvailabilityAnswer(
        sku=stock.sku,
        status=status,
        status_reason=_reason(status, parts, failure),
        available_to_sell=sellable,
        is_complete=is_complete,
        next_available_on=_next(stock.positions) if not sellable else None,
        positions=positions,
        dated=oldest_part(parts),
        failure=failure,
    )


def not_found(sku: str) -> AvailabilityAnswer:
    """Answer for a SKU that nobody has told of."""
    return AvailabilityAnswer(
        sku, AvailabilityStatus.UNKNOWN, "SKU_NOT_FOUND", None, False, None, (), NEVER_READ
    )


def stale_keys(stock: SkuStock, view: StockView) -> list[tuple[str, UUID, str]]:
    """Answer (sku, location, source) of positions older than allowed and not just read."""
    return [
        (stock.sku, each.location_id, each.source_id)
        for each in stock.positions
        if is_stale(each.as_of, view.now, view.policy)
        and (stock.sku, each.location_id) not in view.just_read
    ]


def stale_authorities(stock: SkuStock, view: StockView) -> set[str]:
    """Answer the authorities whose unlisted positions of this SKU are older than allowed."""
    return {
        each.source_id
        for each in unlisted_of(stock)
        if each.source_id is not None and is_stale(each.walked_as_of, view.now, view.policy)
    }


def oldest_part(parts: Sequence[Dated]) -> Dated:
    """Answer the age of the oldest part that is known; stale when any part is."""
    known = [(part.as_of, place) for place, part in enumerate(parts) if part.as_of is not None]
    if not known:
        return NEVER_READ
    oldest = parts[min(known)[1]]
    is_any_stale = any(part.is_stale for part in parts)
    return Dated(oldest.as_of, oldest.source_id, oldest.served_from, is_any_stale)


def _position(sku: str, at: Position, view: StockView) -> PositionAnswer:
    promise = available_to_promise(
        Quantities(at.on_hand, at.committed, at.safety_stock, at.held, at.allocated)
    )
    was_read = (sku, at.location_id) in view.just_read
    dated = Dated(
        at.as_of,
        at.source_id,
        ServedFrom.SOURCE if was_read else ServedFrom.PROJECTION,
        is_stale(at.as_of, view.now, view.policy) and not was_read,
    )
    return PositionAnswer(
        location_id=at.location_id,
        on_hand=at.on_hand,
        committed=at.committed,
        held=at.held,
        allocated=at.allocated,
        safety_stock=at.safety_stock,
        incoming=at.incoming,
        available_to_promise=promise,
        dated=dated,
    )


def unlisted_of(stock: SkuStock) -> Iterator[AuthorityCoverage]:
    """Yield who has locations where the SKU is not listed, how many, and as of when it is 0 there.

    Apart come those locations of which there is a record that could not be read: it is unknown.
    """
    for each in stock.coverage:
        listed = sum(1 for at in stock.positions if at.source_id == each.source_id)
        if listed < each.locations:
            gap = each.locations - listed
            unread = _unread_in(stock, each.source_id, gap) if stock.unread else 0
            if unread:
                yield AuthorityCoverage(each.source_id, unread, None)
            if unread < gap:
                yield each


def _unread_in(stock: SkuStock, source_id: str | None, gap: int) -> int:
    """Answer at how many of so many locations without a row something is that cannot be read."""
    places = {each.location_id for each in stock.unread if each.source_id == source_id}
    if None in places:
        return gap
    return len(places - {at.location_id for at in stock.positions})


def _unlisted(stock: SkuStock, view: StockView) -> Iterator[Dated]:
    for each in unlisted_of(stock):
        stale = is_stale(each.walked_as_of, view.now, view.policy)
        is_known = each.walked_as_of is not None
        yield Dated(
            each.walked_as_of,
            each.source_id,
            ServedFrom.PROJECTION if is_known else None,
            stale,
        )


def _ends(stock: SkuStock, max_age: timedelta) -> Iterator[datetime]:
    """Yield the last moments at which parts are young enough."""
    walks = [each.walked_as_of for each in unlisted_of(stock)]
    for as_of in (*(each.as_of for each in stock.positions), *walks):
        if as_of is not None:
            yield FOREVER if max_age > FOREVER - as_of else as_of + max_age


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
