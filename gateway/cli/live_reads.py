"""Which sources an operation may have asked, in batches of what size, and how often."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gateway.connect.definition import load_connector
from gateway.graph.explaining import LiveRead
from gateway.settings import FreshnessSettings, Settings

# Who is asked where no configuration names the sources.
ROLES = {
    "stock": "the authority of each location's stock",
    "orders": "the order's channel, and each ERP for its copy",
    "fulfillments": "each WMS, and the order's channel",
    "invoices": "each ERP with an invoice of it",
}
# What becomes of an answer that is too old, in words.
ON_STALE = {
    "REFRESH_OR_SERVE": "sources are asked, and what they do not answer in time is served as it is",
    "REFRESH_OR_FAIL": "sources are asked, and what they do not answer in time fails",
    "SERVE": "it is served as it is, and sources are asked behind it",
    "FAIL": "it fails, and nobody is asked",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A source that may be asked; without a configuration who it is, and no sizes."""

    stream: str
    source: str
    batch_size: int | None = None
    concurrency: int | None = None


@dataclass(frozen=True, slots=True)
class Live:
    """A field that is answered from the projection while that is young enough."""

    field: str
    max_age_seconds: float
    on_stale: str
    asked: tuple[Asked, ...]


def live_reads(found: Mapping[str, LiveRead], settings: Settings | None) -> list[Live]:
    """Answer what each field may cause; without a configuration by the defaults."""
    defaults = (settings.freshness if settings else FreshnessSettings()).defaults
    rules = {
        "availability": defaults.availability,
        "inventory_item": defaults.inventory_item,
        "order": defaults.order,
    }
    return [
        Live(
            field,
            rules[told.rule].max_age_seconds,
            rules[told.rule].on_stale,
            tuple(each for stream in told.streams for each in _asked(stream, settings)),
        )
        for field, told in found.items()
    ]


def _asked(stream: str, settings: Settings | None) -> Iterator[Asked]:
    if settings is None:
        yield Asked(stream, ROLES[stream])
        return
    for source, told in settings.sources.items():
        manifest = load_connector(told.connector).manifest
        is_read = told.streams is None or stream in told.streams
        if stream in manifest.streams and is_read:
            concurrency = told.limits.concurrency or manifest.limits.concurrency
            yield Asked(stream, source, manifest.streams[stream].batch_size, concurrency)
