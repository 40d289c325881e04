"""Reads named records again at their source: what a push hints at, a replay asks for."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeAlias

from gateway.connect.deadline import Deadline
from gateway.connect.records import Mapped, Unmappable
from gateway.federation.sources import ConnectedSource
from gateway.model.stock import PositionRef

Item: TypeAlias = Mapped[Any] | Unmappable


@dataclass(slots=True)
class Reread:
    """What the source said of the records that it was asked for."""

    observed_at: datetime
    items: list[Item] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    gone: list[PositionRef] = field(default_factory=list)


async def reread_refs(source: ConnectedSource, stream: str, refs: Sequence[str]) -> Reread:
    """Read records by the source's ids, and work by the channel's order ids; raises SourceError."""
    result = Reread(source.clock.now())
    orders, work = source.orders, source.fulfillments
    customers, invoices = source.customers, source.invoices
    if stream == "orders" and orders is not None:
        found = await source.call(lambda d: orders.orders_by_ref(refs, deadline=d))
        _sort_found(result, refs, found)
    elif stream == "customers" and customers is not None:
        people = await source.call(lambda d: customers.customers_by_ref(refs, deadline=d))
        _sort_found(result, refs, people)
    elif stream == "invoices" and invoices is not None:
        issued = await source.call(lambda d: invoices.invoices_by_ref(refs, deadline=d))
        _sort_found(result, refs, issued)
    elif stream == "fulfillments" and work is not None:
        works = await source.call(lambda d: work.fulfillments_by_ref(refs, deadline=d))
        for ref, pieces in zip(refs, works, strict=True):
            result.items += pieces
            result.absent += [] if pieces else [ref]
    return result


async def reread_positions(source: ConnectedSource, positions: Sequence[PositionRef]) -> Reread:
    """Read positions' levels; raises SourceError."""
    result = Reread(source.clock.now())
    stock = source.stock
    if stock is None or not positions:
        return result

    async def levels(deadline: Deadline) -> Any:
        return await stock.stock_levels(positions, deadline=deadline)

    found = await source.call(levels)
    result.items, result.gone = told_of(positions, found)
    return result


def told_of(
    positions: Sequence[PositionRef], found: Sequence[Item | None]
) -> tuple[list[Item], list[PositionRef]]:
    """Answer what was said of positions that were asked for, and which there are not.

    What cannot be read is of the position that was asked for, whatever it names.
    """
    told = list(zip(positions, found, strict=True))
    items = [
        replace(each, ref=at.item, location=at.location) if isinstance(each, Unmappable) else each
        for at, each in told
        if each is not None
    ]
    return items, [at for at, each in told if each is None]


def _sort_found(result: Reread, refs: Sequence[str], found: Sequence[Any]) -> None:
    for ref, item in zip(refs, found, strict=True):
        if item is None:
            result.absent.append(ref)
        else:
            result.items.append(item)
