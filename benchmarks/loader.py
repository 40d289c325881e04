"""Fills a projection by COPY. For benchmarks alone: a gateway fills its own by reading sources.

What it keeps, and how:

- sources, streams, locations, their authority and the group are written by the gateway's own
  functions; items, their refs and positions by COPY, every foreign key and CHECK checked;
- a position's source is its location's authority, its sequence is drawn from `position_sequence`,
  and the sequence goes on after the last one;
- the stock stream is read whole: its last walk began at the rows' `observed_at`, so a SKU that is
  not listed is 0 as of then, and nothing is quarantined;
- the same numbers make the same rows, whoever asks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import TYPE_CHECKING, Any
from uuid import UUID

from benchmarks.retail import LOCATIONS, Scale, location_of, on_hand_of, sku_of
from gateway.model.location import LocationKind, LocationRecord
from gateway.projection.database import open_pool, transaction
from gateway.projection.locations import (
    GroupSpec,
    apply_groups,
    apply_locations,
    load_location_ids,
)
from gateway.projection.migrate import migrate
from gateway.projection.streams import (
    SourceSpec,
    complete_walk,
    load_stream,
    register_sources,
)

if TYPE_CHECKING:
    from gateway.projection.database import Connection

SOURCE = "warehouse"
EVERYWHERE = GroupSpec("everywhere", "Every location", 0, None, is_default=True)
COLUMNS = (
    "sku", "location_id", "source_id", "on_hand", "committed", "safety_stock", "version",
    "observed_at", "sequence",
)  # fmt: skip


@dataclass(frozen=True)
class Loaded:
    """What was written, and how long COPY took for the positions."""

    positions: int
    copy_seconds: float


async def load_projection(dsn: str, scale: Scale) -> Loaded:
    """Bring an empty database to the tables of this version, and fill them."""
    await migrate(dsn)
    pool = await open_pool(dsn, maximum=2)
    try:
        observed_at = whole_milliseconds(datetime.now(UTC))
        async with transaction(pool) as connection:
            places = await load_places(connection, observed_at)
            await load_items(connection, scale.skus)
            began = perf_counter()
            await copy_positions(connection, scale.skus, places, observed_at)
            took = perf_counter() - began
            state = await load_stream(connection, SOURCE, "stock")
            await complete_walk(connection, state, started_at=observed_at, is_gapless=True)
        await pool.execute("VACUUM (ANALYZE) position, item, item_ref, location")
        return Loaded(scale.positions, took)
    finally:
        await pool.close()


async def load_places(connection: "Connection", now: datetime) -> list[UUID]:
    """Write the source and its locations; answer the locations' ids in their order."""
    spec = SourceSpec(SOURCE, "bench", "Warehouse", ("WMS",), ("locations", "stock"))
    await register_sources(connection, [spec])
    codes = [location_of(number) for number in range(LOCATIONS)]
    records = [
        LocationRecord(code, code, f"Location {number}", LocationKind.STORE, now)
        for number, code in enumerate(codes)
    ]
    await apply_locations(connection, SOURCE, records, authorities=[SOURCE], now=now)
    await apply_groups(connection, [EVERYWHERE], now)
    ids = await load_location_ids(connection, SOURCE, codes)
    return [ids[code] for code in codes]


async def load_items(connection: "Connection", skus: int) -> None:
    """Write the SKUs, each under its own name at the source."""
    names = [sku_of(number) for number in range(skus)]
    await connection.copy_records_to_table(
        "item", records=[(name, None) for name in names], columns=("sku", "title")
    )
    await connection.copy_records_to_table(
        "item_ref",
        records=[(SOURCE, name, name, 1, "code") for name in names],
        columns=("source_id", "external_id", "sku", "units_per", "origin"),
    )


async def copy_positions(
    connection: "Connection", skus: int, places: list[UUID], observed_at: datetime
) -> None:
    """Write every position by COPY, and let the sequence go on after the last one."""
    first = await connection.fetchval("SELECT nextval('position_sequence')")
    await connection.copy_records_to_table(
        "position", records=position_rows(skus, places, observed_at, first), columns=COLUMNS
    )
    await connection.execute(
        "SELECT setval('position_sequence', $1)", first + skus * len(places) - 1
    )


def position_rows(
    skus: int, places: list[UUID], observed_at: datetime, first: int
) -> Iterator[tuple[Any, ...]]:
    sequence = first
    for number in range(skus):
        for place, key in enumerate(places):
            yield (
                sku_of(number), key, SOURCE, on_hand_of(number, place), 0, 0, 1, observed_at,
                sequence,
            )  # fmt: skip
            sequence += 1


def whole_milliseconds(moment: datetime) -> datetime:
    """Answer a time that every language writes alike."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
