"""Puts the copies of positions together that this process keeps, and tells how they do."""

from collections.abc import Iterator
from typing import Any

from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from gateway.federation.stock_copies import StockCopies
from gateway.federation.told_stock import ToldStock
from gateway.model.time import Clock
from gateway.settings import Settings
from gateway.telemetry import catalogue
from gateway.telemetry.meters import counter, gauge


def copies_of(pool: Any, settings: Settings, clock: Clock) -> StockCopies | None:
    """Answer the process's copies; None where the configuration wants none."""
    told = settings.cache
    if not told.enabled:
        return None
    return StockCopies(
        pool, clock, max_entries=told.max_entries, max_bytes=told.max_bytes,
        max_lag_seconds=told.max_lag_seconds,
    )  # fmt: skip


def told_stock_of(pool: Any, settings: Settings) -> ToldStock | None:
    """Answer what remembers Postgres' words where there are no copies, within the same bounds."""
    kept = settings.cache
    if kept.enabled:
        return None
    return ToldStock(pool, max_entries=kept.max_entries, max_bytes=kept.max_bytes)


class CacheStanding(Collector):
    """What the process has answered of what it keeps, and what that takes."""

    def __init__(self, near: StockCopies | ToldStock) -> None:
        self._near = near

    def collect(self) -> Iterator[Metric]:
        """Answer the meters."""
        kept = self._near.cache
        looks = self._near.looks.items()
        yield counter(catalogue.CACHE_LOOKS, (((outcome,), n) for outcome, n in looks))
        yield counter(catalogue.CACHE_EVICTIONS, [((), kept.evictions)])
        yield gauge(catalogue.CACHE_ENTRIES, [((), len(kept))])
        yield gauge(catalogue.CACHE_BYTES, [((), kept.bytes)])
