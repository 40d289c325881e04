"""Brings the database to what the configuration says, before anything is read."""

import csv
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from gateway.bootstrap.database import open_database, open_projection
from gateway.bootstrap.problems import StartFailed
from gateway.bootstrap.publishing import published_channels
from gateway.bootstrap.sources import connect_sources
from gateway.federation.sources import ConnectedSource, Sources
from gateway.model.time import Clock
from gateway.projection.database import transaction
from gateway.projection.items import ItemLink
from gateway.projection.locations import GroupSpec, apply_groups, place_locations
from gateway.projection.migrate import migrate
from gateway.projection.relinking import relink_items
from gateway.projection.streams import SourceSpec, register_sources
from gateway.settings import Settings
from gateway.sync.inbox import INBOX
from gateway.sync.publishing import PublishedChannel

EVERYWHERE = GroupSpec("default", "All locations", 0, None, is_default=True)


@asynccontextmanager
async def prepared_database(settings: Settings, clock: Clock) -> AsyncIterator[str]:
    """Answer the DSN of a database that several gateways may use at once; raises StartFailed."""
    async with open_database(settings) as dsn:
        if settings.database.embedded:
            await migrate(dsn)
        async with AsyncExitStack() as stack:
            pool = await open_projection(settings, dsn)
            stack.push_async_callback(pool.close)
            sources = connect_sources(settings, clock)
            stack.push_async_callback(sources.close)
            await prepare(pool, settings, sources, published_channels(settings, sources), clock)
        yield dsn


async def prepare(
    pool: Any,
    settings: Settings,
    sources: Sources,
    channels: Sequence[PublishedChannel],
    clock: Clock,
) -> None:
    """Make sources, groups, coordinates and item maps known; raises StartFailed."""
    links = {
        source_id: read_item_map(told.item_map_file)
        for source_id, told in settings.sources.items()
        if told.item_map_file is not None
    }
    coordinates = read_coordinates(settings.locations.coordinates_file)
    async with transaction(pool) as connection:
        await register_sources(connection, [_spec(each, channels) for each in sources])
        await place_locations(connection, coordinates)
        await apply_groups(connection, groups_of(settings), clock.now())
        for source_id, each in links.items():
            await relink_items(connection, source_id, each, origin="file", now=clock.now())


def groups_of(settings: Settings) -> list[GroupSpec]:
    """Answer the location groups; the first one is the default, all locations if there is none."""
    groups = [
        GroupSpec(
            code, told.name, told.threshold,
            None if told.locations == ("*",) else told.locations, is_default=place == 0,
        )
        for place, (code, told) in enumerate(settings.location_groups.items())
    ]  # fmt: skip
    return groups or [EVERYWHERE]


def read_coordinates(path: Path | None) -> dict[str, tuple[float, float]]:
    """Read a CSV of code,latitude,longitude; raises StartFailed with every bad line."""
    found: dict[str, tuple[float, float]] = {}
    faults: list[str] = []
    for place, row in _rows(path, ("code", "latitude", "longitude")):
        try:
            found[row["code"]] = (float(row["latitude"]), float(row["longitude"]))
        except (TypeError, ValueError):
            faults.append(f"{path}, line {place}: write code,latitude,longitude in degrees")
    if faults:
        raise StartFailed(faults)
    return found


def read_item_map(path: Path | None) -> dict[str, ItemLink]:
    """Read a CSV of external_id,sku,units_per; raises StartFailed with every bad line."""
    found: dict[str, ItemLink] = {}
    faults: list[str] = []
    for place, row in _rows(path, ("external_id", "sku", "units_per")):
        units = row["units_per"] or "1"
        if not (row["external_id"] and row["sku"] and units.isdigit() and int(units) > 0):
            faults.append(f"{path}, line {place}: write external_id,sku,units_per (1 or more)")
            continue
        found[row["external_id"]] = ItemLink(row["sku"], int(units))
    if faults:
        raise StartFailed(faults)
    return found


def _rows(path: Path | None, columns: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    if path is None:
        return []
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if list(reader.fieldnames or ()) != list(columns):
            raise StartFailed([f"{path}: the first line is to be {','.join(columns)}"])
        return [(place, row) for place, row in enumerate(reader, start=2)]


def _spec(source: ConnectedSource, channels: Sequence[PublishedChannel]) -> SourceSpec:
    told = (each.stream for each in channels if each.source.id == source.id)
    streams = (*source.streams, *((INBOX,) if source.hooks is not None else ()), *told)
    return SourceSpec(source.id, source.connector_name, source.title, source.roles, streams)
