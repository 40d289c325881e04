"""Answers what belongs to orders: lines, work, parcels, invoices, and where systems disagree."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias
from uuid import UUID

from gateway.federation.answers import OrderAnswer, Row
from gateway.federation.line_quantities import WorkedUnits, with_quantities
from gateway.federation.merging import Authority, Conflict, conflicts_of
from gateway.model.order import OrderStatus
from gateway.model.principal import Principal
from gateway.projection.orders import parts, read
from gateway.projection.orders.reach import Within, reading

Load: TypeAlias = Callable[[Within, Sequence[UUID]], Awaitable[Mapping[UUID, Sequence[Row]]]]


async def nothing_waits(ids: Collection[UUID]) -> None:
    """Wait for nothing: every date is written."""


class OrderDetails:
    """The parts of orders, in the asked order, within the caller's reach.

    What was read along is not read again; the rest of what sources have just told is read once it
    is dated, so that nothing older is taken for it.
    """

    def __init__(
        self,
        pool: Any,
        authority: Authority | None = None,
        settled: Callable[[Collection[UUID]], Awaitable[None]] = nothing_waits,
    ) -> None:
        self._pool = pool
        self._authority: Authority = authority or {}
        self._settled = settled

    async def lines(
        self, orders: Sequence[OrderAnswer], principal: Principal
    ) -> list[list[dict[str, Any]]]:
        """Answer the lines of orders with their units by state."""
        ids = [each.row["id"] for each in orders]
        async with self._reading(orders, principal) as within:
            lines = await parts.load_lines(within, ids)
            worked = await parts.load_worked_units(within, ids)
        return [
            with_quantities(
                lines[each],
                [WorkedUnits(u["sku"], u["line_ref"], u["quantity"], u["state"])
                 for u in worked[each]],
                is_cancelled=any(
                    line["order_status"] == OrderStatus.CANCELLED.value for line in lines[each]
                ),
            )
            for each in ids
        ]  # fmt: skip

    async def refs(
        self, orders: Sequence[OrderAnswer], principal: Principal
    ) -> list[Sequence[Row]]:
        """Answer what sources call orders."""
        ids = [each.row["id"] for each in orders]
        async with self._reading(orders, principal) as within:
            found = await parts.load_refs(within, ids)
        return [found[each] for each in ids]

    async def invoices(
        self, orders: Sequence[OrderAnswer], principal: Principal
    ) -> list[Sequence[Row]]:
        """Answer the invoices of orders."""
        along = [each.along.invoices for each in orders]
        return await self._beside(orders, along, parts.load_invoices, principal)

    async def work(
        self, orders: Sequence[OrderAnswer], principal: Principal
    ) -> list[Sequence[Row]]:
        """Answer the work of locations for orders."""
        along = [each.along.work for each in orders]
        return await self._beside(orders, along, parts.load_work, principal)

    async def conflicts(
        self, orders: Sequence[OrderAnswer], principal: Principal
    ) -> list[list[Conflict]]:
        """Answer where sources disagree on orders."""
        ids = [each.row["id"] for each in orders]
        async with self._reading(orders, principal) as within:
            headers = await read.load_orders(within, ids)
            copies = await parts.load_copies(within, ids)
            lines = await parts.load_lines(within, ids)
        return [
            conflicts_of(headers[each], _units(lines[each]), copies[each], self._authority)
            if each in headers
            else []
            for each in ids
        ]

    async def work_by_id(self, ids: Sequence[UUID], principal: Principal) -> list[Row | None]:
        """Answer work by id; that of an order beyond reach is None."""
        async with reading(self._pool, principal.reach) as within:
            found = await parts.load_work_by_id(within, ids)
        return [found.get(each) for each in ids]

    async def work_lines(self, work: Sequence[Row], principal: Principal) -> list[Sequence[Row]]:
        """Answer the lines of work."""
        return await self._within(work, "lines", parts.load_work_lines, principal)

    async def shipments(self, work: Sequence[Row], principal: Principal) -> list[Sequence[Row]]:
        """Answer the parcels of work."""
        return await self._within(work, "parcels", parts.load_shipments, principal)

    async def shipment_lines(
        self, parcels: Sequence[Row], principal: Principal
    ) -> list[Sequence[Row]]:
        """Answer the lines of parcels."""
        return await self._within(parcels, "lines", parts.load_shipment_lines, principal)

    async def _beside(
        self,
        orders: Sequence[OrderAnswer],
        along: Sequence[Sequence[Row] | None],
        load: Load,
        principal: Principal,
    ) -> list[Sequence[Row]]:
        unread = [order for order, rows in zip(orders, along, strict=True) if rows is None]
        found: Mapping[UUID, Sequence[Row]] = {}
        if unread:
            async with self._reading(unread, principal) as within:
                found = await load(within, [each.row["id"] for each in unread])
        return [
            found[order.row["id"]] if rows is None else rows
            for order, rows in zip(orders, along, strict=True)
        ]

    async def _within(
        self, rows: Sequence[Row], name: str, load: Load, principal: Principal
    ) -> list[Sequence[Row]]:
        """Answer what belongs to rows; some have it with them, under its name."""
        unread = [row["id"] for row in rows if name not in row]
        found: Mapping[UUID, Sequence[Row]] = {}
        if unread:
            async with reading(self._pool, principal.reach) as within:
                found = await load(within, unread)
        return [row[name] if name in row else found[row["id"]] for row in rows]

    @asynccontextmanager
    async def _reading(
        self, orders: Sequence[OrderAnswer], principal: Principal
    ) -> AsyncIterator[Within]:
        told = frozenset[UUID]().union(*(each.along.told for each in orders))
        if told:
            await self._settled(told)
        async with reading(self._pool, principal.reach) as within:
            yield within


def _units(lines: Sequence[Row]) -> dict[str, int]:
    units: dict[str, int] = {}
    for line in lines:
        units[line["sku"]] = units.get(line["sku"], 0) + line["quantity"]
    return dict(sorted(units.items()))
