"""Puts the copies of positions together that this process keeps, and tells how they do."""

from collections.abc import Iterator
from typing import Any

from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from gateway.federation.stock_copies import StockCopies
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


class CopiesStanding(Collector):
    """What the copies have answered, and what they take."""

    def __init__(self, copies: StockCopies) -> None:
        self._copies = copies

    def collect(self) -> Iterator[Metric]:
        """Answer the meters."""
        copies = self._copies
        looks = (("HIT", copies.hits), ("MISS", copies.misses), ("ASIDE", copies.aside))
        yield counter(catalogue.CACHE_LOOKS, (((outcome,), n) for outcome, n in looks))
        yield counter(catalogue.CACHE_EVICTIONS, [((), copies.cache.evictions)])
        yield gauge(catalogue.CACHE_ENTRIES, [((), len(copies.cache))])
        yield gauge(catalogue.CACHE_BYTES, [((), copies.cache.bytes)])
