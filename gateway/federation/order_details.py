"""Answers what belongs to orders: lines, work, parcels, invoices, and where systems disagree."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from gateway.federation.answers import Row
from gateway.federation.line_quantities import WorkedUnits, with_quantities
from gateway.federation.merging import Authority, Conflict, conflicts_of
from gateway.model.order import OrderStatus
from gateway.model.principal import Principal
from gateway.projection.orders import parts, read
from gateway.projection.orders.reach import reading


class OrderDetails:
    """The parts of orders, in the asked order, within the caller's reach."""

    def __init__(self, pool: Any, authority: Authority | None = None) -> None:
        self._pool = pool
        self._authority: Authority = authority or {}

    async def lines(self, ids: Sequence[UUID], principal: Principal) -> list[list[dict[str, Any]]]:
        """Answer the lines of orders with their units by state."""
        async with reading(self._pool, principal.reach) as within:
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

    async def refs(self, ids: Sequence[UUID], principal: Principal) -> list[list[Row]]:
        """Answer what sources call orders."""
        async with reading(self._pool, principal.reach) as within:
            found = await parts.load_refs(within, ids)
        return [list(found[each]) for each in ids]

    async def invoices(self, ids: Sequence[UUID], principal: Principal) -> list[list[Row]]:
        """Answer the invoices of orders."""
        async with reading(self._pool, principal.reach) as within:
            found = await parts.load_invoices(within, ids)
        return [list(found[each]) for each in ids]

    async def conflicts(self, ids: Sequence[UUID], principal: Principal) -> list[list[Conflict]]:
        """Answer where sources disagree on orders."""
        async with reading(self._pool, principal.reach) as within:
            orders = await read.load_orders(within, ids)
            copies = await parts.load_copies(within, ids)
            lines = await parts.load_lines(within, ids)
        return [
            conflicts_of(orders[each], _units(lines[each]), copies[each], self._authority)
            if each in orders
            else []
            for each in ids
        ]

    async def work(self, ids: Sequence[UUID], principal: Principal) -> list[list[Row]]:
        """Answer the work of locations for orders."""
        async with reading(self._pool, principal.reach) as within:
            found = await parts.load_work(within, ids)
        return [list(found[each]) for each in ids]

    async def work_by_id(self, ids: Sequence[UUID], principal: Principal) -> list[Row | None]:
        """Answer work by id; that of an order beyond reach is None."""
        async with reading(self._pool, principal.reach) as within:
            found = await parts.load_work_by_id(within, ids)
        return [found.get(each) for each in ids]

    async def work_lines(self, ids: Sequence[UUID], principal: Principal) -> list[list[Row]]:
        """Answer the lines of work."""
        async with reading(self._pool, principal.reach) as within:
            found = await parts.load_work_lines(within, ids)
        return [list(found[each]) for each in ids]

    async def shipments(self, ids: Sequence[UUID], principal: Principal) -> list[list[Row]]:
        """Answer the parcels of work."""
        async with reading(self._pool, principal.reach) as within:
            found = await parts.load_shipments(within, ids)
        return [list(found[each]) for each in ids]

    async def shipment_lines(self, ids: Sequence[UUID], principal: Principal) -> list[list[Row]]:
        """Answer the lines of parcels."""
        async with reading(self._pool, principal.reach) as within:
            found = await parts.load_shipment_lines(within, ids)
        return [list(found[each]) for each in ids]


def _units(lines: Sequence[Row]) -> dict[str, int]:
    units: dict[str, int] = {}
    for line in lines:
        units[line["sku"]] = units.get(line["sku"], 0) + line["quantity"]
    return dict(sorted(units.items()))
