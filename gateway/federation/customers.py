"""Answers who customers are, within a reach, from the projection."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from gateway.federation.answers import Row
from gateway.projection.customers import load_customer_refs, load_customers
from gateway.projection.orders.reach import ReachIds


class CustomerFederation:
    """Customers as channels told of them on their orders."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def by_id(self, ids: Sequence[UUID]) -> list[Row | None]:
        """Answer customers, in the asked order; whoever asks has checked the reach."""
        found = await load_customers(self._pool, ids)
        return [found.get(each) for each in ids]

    async def within(self, ids: Sequence[UUID], reach: ReachIds) -> list[Row | None]:
        """Answer customers, in the asked order, those that the caller may see by themselves."""
        allowed = [each for each in ids if reach.everything or each in reach.customers]
        found = await load_customers(self._pool, allowed)
        return [found.get(each) for each in ids]

    async def refs(self, ids: Sequence[UUID]) -> list[list[Row]]:
        """Answer what sources call customers, in the asked order."""
        found = await load_customer_refs(self._pool, ids)
        return [list(found[each]) for each in ids]
