"""Lists of orders, from the projection: which orders are listed never goes live row by row."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from gateway.federation.answers import OrderAnswer
from gateway.federation.order_shaping import OrderShaping
from gateway.model.principal import Principal
from gateway.projection.orders import read
from gateway.projection.orders.reach import reading
from gateway.projection.orders.read import OrderPlace, OrderWish


class OrderLists:
    """Pages of orders within a reach, and how many there are."""

    def __init__(self, pool: Any, shaping: OrderShaping) -> None:
        self._pool = pool
        self._shaping = shaping

    async def page(
        self,
        wish: OrderWish,
        principal: Principal,
        *,
        after: OrderPlace | None,
        before: OrderPlace | None,
        limit: int,
        newest_first: bool,
        from_end: bool,
    ) -> list[OrderAnswer]:
        """Answer a page of the orders that are wished for."""
        async with reading(self._pool, principal.reach) as within:
            rows = await read.page_orders(
                within, wish, after=after, before=before, limit=limit,
                newest_first=newest_first, from_end=from_end,
            )  # fmt: skip
            return list((await self._shaping.of(within, rows)).values())

    async def pages_of(
        self,
        customer_ids: Sequence[UUID],
        principal: Principal,
        *,
        after: OrderPlace | None,
        limit: int,
    ) -> list[list[OrderAnswer]]:
        """Answer a page of each customer's orders, the newest first, in the asked order."""
        async with reading(self._pool, principal.reach) as within:
            pages = await read.page_orders_of(within, customer_ids, after=after, limit=limit)
            rows = [row for page in pages.values() for row in page]
            answers = await self._shaping.of(within, rows)
        return [[answers[row["id"]] for row in pages[each]] for each in customer_ids]

    async def counts(self, wishes: Sequence[OrderWish], principal: Principal) -> list[int]:
        """Answer how many orders within reach are wished for, in the asked order.

        Those that are a customer's, whoever's and whichever, are counted at once.
        """
        known: dict[OrderWish, int] = {}
        people = [
            key
            for each in wishes
            if (key := each.customer_id) is not None and each == OrderWish(customer_id=key)
        ]
        async with reading(self._pool, principal.reach) as within:
            if people:
                found = await read.count_orders_of(within, people)
                known = {OrderWish(customer_id=key): count for key, count in found.items()}
            for wish in dict.fromkeys(wishes):
                if wish not in known:
                    known[wish] = await read.count_orders(within, wish)
        return [known[each] for each in wishes]
