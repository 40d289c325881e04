"""Puts a SKU's answer together from its positions: pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from gateway.federation.answers import (
    NEVER_READ,
    AvailabilityAnswer,
    Dated,
    PositionAnswer,
    Row,
)
from gateway.federation.freshness import Policy, ServedFrom, is_stale
from gateway.model.stock import (
    AvailabilityStatus,
    Quantities,
    availability_status,
    available_to_promise,
    available_to_sell,
)
from gateway.projection.stock import AuthorityCoverage


@dataclass(frozen=True, slots=True)
class StockView:
    """What the projection knows of some SKUs in a group, and how to judge its age."""

    now: datetime
    policy: Policy
    threshold: int
    low_at_most: int
    coverage: Sequence[AuthorityCoverage]
    just_read: frozenset[tuple[str, UUID]] = frozenset()


def compose(
    sku: str, rows: Sequence[Row], view: StockView, failure: Exception | None
) -> AvailabilityAnswer:
    """Answer what may be sold of a SKU that exists.

    Where a location has no row, it has 0 as of its authority's last complete walk; without one
    it is unknown, and the sum is a lower bound.
    """
    positions = tuple(_position(row, view) for row in rows)
    unlisted = tuple(_unlisted(rows, view))
    parts = [each.dated for each in positions] + list(unlisted)
    known = [each.available_to_promise for each in positions]
    has_zero = any(part.as_of is not None for part in unlisted)
    sellable = available_to_sell([*known, *([0] if has_zero else [])], view.threshold)
    is_unknown = any(quantity is None for quantity in known)
    is_complete = bool(parts) and not is_unknown and not any(part.is_stale for part in parts)
    if failure is not None:
        sellable, is_complete = None, False
    status = availability_status(sellable, is_complete=is_complete, low_at_most=view.low_at_most)
    return AvailabilityAnswer(
        sku=sku,
        status=status,
        status_reason=_reason(status, parts, failure),
        available_to_sell=sellable,
        is_complete=is_complete,
        next_available_on=_next(rows) if not sellable else None,
        positions=positions,
        dated=oldest_part(parts),
        failure=failure,
    )


def not_found(sku: str) -> AvailabilityAnswer:
    """Answer for a SKU that nobody has told of."""
    return AvailabilityAnswer(
        sku, AvailabilityStatus.UNKNOWN, "SKU_NOT_FOUND", None, False, None, (), NEVER_READ
    )


def stale_keys(rows: Sequence[Row], view: StockView) -> list[tuple[str, UUID, str]]:
    """Answer (sku, location, source) of positions older than allowed and not just read."""
    return [
        (row["sku"], row["location_id"], row["source_id"])
        for row in rows
        if (row["sku"], row["location_id"]) not in view.just_read
        and is_stale(row["as_of"], view.now, view.policy)
    ]


def stale_authorities(rows: Sequence[Row], view: StockView) -> set[str]:
    """Answer the authorities whose unlisted positions of this SKU are older than allowed."""
    return {
        each.source_id
        for each in _missing(rows, view)
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


def _position(row: Row, view: StockView) -> PositionAnswer:
    promise = available_to_promise(
        Quantities(
            row["on_hand"], row["committed"], row["safety_stock"], row["held"], row["allocated"]
        )
    )
    was_read = (row["sku"], row["location_id"]) in view.just_read
    dated = Dated(
        row["as_of"],
        row["source_id"],
        ServedFrom.SOURCE if was_read else ServedFrom.PROJECTION,
        is_stale(row["as_of"], view.now, view.policy) and not was_read,
    )
    return PositionAnswer(
        location_id=row["location_id"],
        on_hand=row["on_hand"],
        committed=row["committed"],
        held=row["held"],
        allocated=row["allocated"],
        safety_stock=row["safety_stock"],
        incoming=sum(each["quantity"] for each in row["incoming"]),
        available_to_promise=promise,
        dated=dated,
    )


def _missing(rows: Sequence[Row], view: StockView) -> Iterable[AuthorityCoverage]:
    for each in view.coverage:
        listed = sum(1 for row in rows if row["source_id"] == each.source_id)
        if listed < each.locations:
            yield each


def _unlisted(rows: Sequence[Row], view: StockView) -> Iterable[Dated]:
    for each in _missing(rows, view):
        stale = is_stale(each.walked_as_of, view.now, view.policy)
        is_known = each.walked_as_of is not None
        yield Dated(
            each.walked_as_of,
            each.source_id,
            ServedFrom.PROJECTION if is_known else None,
            stale,
        )


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


def _next(rows: Sequence[Row]) -> date | None:
    days = [
        date.fromisoformat(each["expected_on"])
        for row in rows
        for each in row["incoming"]
        if each["expected_on"] is not None and each["quantity"] > 0
    ]
    return min(days, default=None)
