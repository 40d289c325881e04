"""What could not be mapped: read by people, mapped by hand, and read again."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from gateway.federation.errors import UnknownStream
from gateway.federation.sources import ConnectedSource, Sources
from gateway.model.time import Clock
from gateway.projection.database import transaction
from gateway.projection.idempotency import use_key
from gateway.projection.items import ItemLink
from gateway.projection.quarantine import count_missing, page_quarantined
from gateway.projection.relinking import relink_items
from gateway.projection.runs import ask_run


class Mending:
    """The quarantine, as an operator works on it."""

    def __init__(self, pool: Any, sources: Sources, clock: Clock) -> None:
        self._pool = pool
        self._sources = sources
        self._clock = clock

    async def page(self, source_id: str | None, after: UUID | None, limit: int) -> Sequence[Any]:
        """Answer a page of what is in quarantine, the oldest first."""
        return await page_quarantined(self._pool, source_id, after=after, limit=limit)

    async def map_item(
        self, source_id: str, item: str, link: ItemLink, *, key: str, principal: str
    ) -> int:
        """Say which SKU a source's item is; answer how many records had waited for it.

        They are applied by the source's reader. Raises UnknownStream, IdempotencyKeyReused.
        """
        self._known(source_id)
        async with transaction(self._pool) as connection:
            await use_key(
                connection, principal=principal, mutation="mapItem", key=key,
                request=repr((source_id, item, link)), now=self._clock.now(),
            )  # fmt: skip
            await relink_items(
                connection, source_id, {item: link}, origin="hand", now=self._clock.now()
            )
            return await count_missing(connection, source_id, item)

    async def ask_replay(self, source_id: str, stream: str | None, key: str) -> list[Any]:
        """Ask for what is in quarantine to be read again, stream by stream; answer the runs.

        The same key is the same runs. Raises UnknownStream, KeyReused.
        """
        source = self._known(source_id)
        if stream is not None and stream not in source.streams:
            raise UnknownStream(f"{source_id} has no stream {stream} that is read")
        wanted = source.streams if stream is None else (stream,)
        now = self._clock.now()
        async with transaction(self._pool) as connection:
            return [
                await ask_run(connection, source_id, each, "REPLAY", key=f"{key}\n{each}", now=now)
                for each in wanted
            ]

    def _known(self, source_id: str) -> ConnectedSource:
        source = self._sources.get(source_id)
        if source is None:
            raise UnknownStream(f"there is no source {source_id}")
        return source
