"""Reads what is in quarantine again at its source, and applies it where it maps by now."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from gateway.connect.errors import SourceError
from gateway.federation.sources import ConnectedSource
from gateway.model.stock import PositionRef
from gateway.projection.locations import load_refs_of
from gateway.projection.quarantine import load_quarantined
from gateway.sync.apply import Applier
from gateway.sync.reread import Reread, reread_positions, reread_refs

log = structlog.get_logger("trama.sync")
BATCH = 50


@dataclass(slots=True)
class Replayed:
    """How many records were tried, and how many are still in quarantine afterwards."""

    tried: int = 0
    remaining: int = 0
    failed: str | None = None

    @property
    def resolved(self) -> int:
        """How many were applied."""
        return self.tried - self.remaining


class Replayer:
    """Tries quarantined records of a source again."""

    def __init__(self, pool: Any, applier: Applier) -> None:
        self._pool = pool
        self._applier = applier

    async def replay(
        self,
        source: ConnectedSource,
        stream: str | None = None,
        *,
        mappable_only: bool = False,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> Replayed:
        """Try every record again, or only those whose missing mapping exists by now.

        A record whose id could not be read waits for the source to say it again.
        """
        rows = await load_quarantined(
            self._pool, source.id, stream=stream, mappable_only=mappable_only
        )
        asks = [row for row in rows if row["ask"]]
        result = Replayed(tried=len(asks))
        for start in range(0, len(asks), BATCH):
            try:
                await self._batch(source, asks[start : start + BATCH])
            except SourceError as error:
                result.failed = f"{error.code}: {error}"
                break
            if on_progress is not None:
                on_progress(min(start + BATCH, len(asks)), len(asks))
        left = {row["id"] for row in await load_quarantined(self._pool, source.id, stream=stream)}
        result.remaining = sum(1 for row in asks if row["id"] in left)
        if asks:
            log.info(
                "quarantine.replayed", source=source.id, tried=result.tried,
                resolved=result.resolved, failed=result.failed,
            )  # fmt: skip
        return result

    async def _batch(self, source: ConnectedSource, rows: Sequence[Any]) -> None:
        for stream in ("orders", "fulfillments", "customers", "invoices"):
            refs = sorted({r["ask"]["ref"] for r in rows if r["stream"] == stream})
            if refs:
                await self._take(source, stream, await reread_refs(source, stream, refs))
        stock = [row for row in rows if row["stream"] == "stock"]
        positions = [at for row in stock for at in await self._at(source, row)]
        if positions:
            await self._take(source, "stock", await reread_positions(source, positions))

    async def _take(self, source: ConnectedSource, stream: str, read: Reread) -> None:
        await self._applier.apply(source, stream, read.items)
        if read.gone:
            await self._applier.clear(source, read.gone, read.observed_at)

    async def _at(self, source: ConnectedSource, row: Any) -> list[PositionRef]:
        ask = row["ask"]
        if "item" in ask:
            return [PositionRef(ask["item"], ask["location"])]
        places = await load_refs_of(self._pool, source.id)
        return [PositionRef(ask["ref"], place) for place in places]
