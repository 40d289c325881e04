"""Answers what locations and their groups are, from the projection."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from gateway.federation.answers import Row
from gateway.federation.stock_copies import StockCopies
from gateway.federation.told_stock import ToldStock
from gateway.projection.locations import (
    load_group,
    load_groups_of,
    load_locations,
    page_locations,
)


class LocationFederation:
    """Locations as the projection has them: nobody reads them live.

    `copies` has every one of them near, as long as it keeps up; `told` those of what it was told.
    """

    def __init__(
        self, pool: Any, copies: StockCopies | None = None, told: ToldStock | None = None
    ) -> None:
        self._pool = pool
        self._copies = copies
        self._told = told

    @property
    def edition(self) -> int | None:
        """Answer what changes whenever a position's location may have; None if none can tell."""
        if self._told is not None:
            return self._told.edition
        return None if self._copies is None else self._copies.edition

    async def of_positions(self, ids: Sequence[UUID]) -> Sequence[Row | None]:
        """Answer the locations of positions that were just answered, in the asked order."""
        return await self.by_id(ids) if self._told is None else await self._told.locations(ids)

    async def by_id(self, ids: Sequence[UUID]) -> Sequence[Row | None]:
        """Answer locations, in the asked order."""
        near = None if self._copies is None else self._copies.locations(ids)
        if near is not None:
            return near
        found = await load_locations(self._pool, ids)
        return [found.get(each) for each in ids]

    async def groups_of(self, ids: Sequence[UUID]) -> list[list[Row]]:
        """Answer the groups that locations are in, in the asked order."""
        found = await load_groups_of(self._pool, ids)
        return [list(found[each]) for each in ids]

    async def group(self, group_id: UUID | None) -> Row | None:
        """Answer a group, or the default one."""
        return await load_group(self._pool, group_id)

    async def page(self, group_id: UUID | None, after: str | None, limit: int) -> list[Row]:
        """Answer locations in the order of their codes."""
        return list(await page_locations(self._pool, group_id=group_id, after=after, limit=limit))
