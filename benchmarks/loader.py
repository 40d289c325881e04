"""Fills a projection by COPY. For benchmarks alone: a gateway fills its own by reading sources.

What it keeps, and how:

- sources, streams, locations, their authority, the group, orders and their buyers are written by
  the gateway's own functions; items, their refs and positions by COPY, every foreign key and CHECK
  checked;
- a position's source is its location's authority, its sequence is drawn from `position_sequence`,
  and the sequence goes on after the last one;
- the stock stream is read whole: its last walk began at the rows' `observed_at`, so a SKU that is
  not listed is 0 as of then, and nothing is quarantined;
- the same numbers make the same rows, whoever asks.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import TYPE_CHECKING, Any
from uuid import UUID

from benchmarks.gateway import EVERYWHERE, Account
from benchmarks.retail import Stock, location_of, on_hand_of, order_of, sku_of
from benchmarks.vendor.mapping import map_sale
from benchmarks.vendor.wire import Sale
from gateway.model.location import LocationKind, LocationRecord
from gateway.projection.customers.write import CustomerEntry
from gateway.projection.database import open_pool, transaction
from gateway.projection.locations import (
    apply_groups,
    apply_locations,
    load_location_ids,
)
from gateway.projection.migrate import migrate
from gateway.projection.orders.entries import OrderEntry, OrderLine
from gateway.projection.orders.write import ChannelScope, apply_orders
from gateway.projection.streams import (
    SourceSpec,
    complete_walk,
    load_stream,
    register_sources,
)

if TYPE_CHECKING:
    from gateway.projection.database import Connection

NOWHERE = "http://127.0.0.1:9"
SOURCE, CHANNEL = "warehouse", "market"
ACCOUNTS = (
    Account(SOURCE, NOWHERE, "WMS", ("locations", "stock")),
    Account(CHANNEL, NOWHERE, "MARKETPLACE", ("orders",)),
)
CHUNK = 500
COLUMNS = (
    "sku", "location_id", "source_id", "on_hand", "committed", "safety_stock", "version",
    "observed_at", "sequence",
)  # fmt: skip


@dataclass(frozen=True)
class Loaded:
    """What was written, and how long COPY took for the positions."""

    positions: int
    copy_seconds: float


async def load_projection(dsn: str, stock: Stock) -> Loaded:
    """Bring an empty database to the tables of this version, and fill them."""
    await migrate(dsn)
    pool = await open_pool(dsn, maximum=2)
    try:
        observed_at = whole_milliseconds(datetime.now(UTC))
        async with transaction(pool) as connection:
            places = await load_places(connection, stock.locations, observed_at)
            await load_items(connection, stock.skus)
            began = perf_counter()
            await copy_positions(connection, stock.skus, places, observed_at)
            took = perf_counter() - began
            state = await load_stream(connection, SOURCE, "stock")
            await complete_walk(connection, state, started_at=observed_at, is_gapless=True)
        await load_orders(pool, stock, observed_at)
        await pool.execute("VACUUM (ANALYZE)")
        return Loaded(stock.positions, took)
    finally:
        await pool.close()


async def load_places(connection: "Connection", locations: int, now: datetime) -> list[UUID]:
    """Write the sources and their locations; answer the locations' ids in their order."""
    specs = [
        SourceSpec(each.id, "bench", each.id.title(), (each.role,), each.streams)
        for each in ACCOUNTS
    ]
    await register_sources(connection, specs)
    codes = [location_of(number) for number in range(locations)]
    records = [
        LocationRecord(code, code, f"Location {number}", LocationKind.STORE, now)
        for number, code in enumerate(codes)
    ]
    await apply_locations(connection, SOURCE, records, authorities=[SOURCE], now=now)
    await apply_groups(connection, [EVERYWHERE], now)
    ids = await load_location_ids(connection, SOURCE, codes)
    return [ids[code] for code in codes]


async def load_items(connection: "Connection", skus: Iterable[int]) -> None:
    """Write the SKUs, each under its own name at the source."""
    names = [sku_of(number) for number in skus]
    await connection.copy_records_to_table(
        "item", records=[(name, None) for name in names], columns=("sku", "title")
    )
    await connection.copy_records_to_table(
        "item_ref",
        records=[(SOURCE, name, name, 1, "code") for name in names],
        columns=("source_id", "external_id", "sku", "units_per", "origin"),
    )


async def copy_positions(
    connection: "Connection", skus: range, places: list[UUID], observed_at: datetime
) -> None:
    """Write every position by COPY, and let the sequence go on after the last one."""
    first = await connection.fetchval("SELECT nextval('position_sequence')")
    await connection.copy_records_to_table(
        "position", records=position_rows(skus, places, observed_at, first), columns=COLUMNS
    )
    await connection.execute(
        "SELECT setval('position_sequence', $1)", first + len(skus) * len(places) - 1
    )


async def load_orders(pool: Any, stock: Stock, now: datetime) -> None:
    """Write orders, each of one SKU in turns and with a buyer of its own."""
    for start in range(0, stock.orders, CHUNK):
        some = range(start, min(start + CHUNK, stock.orders))
        entries = [_order_entry(n, stock.skus[n % len(stock.skus)], now) for n in some]
        async with transaction(pool) as connection:
            await apply_orders(
                connection, ChannelScope(CHANNEL, CHANNEL), entries, now=now, appends_events=False
            )


def _order_entry(number: int, sku: int, now: datetime) -> OrderEntry:
    sale = Sale(order_of(number), sku_of(sku), f"buyer-{number}", "10.00", 1)
    record = map_sale(sale, now)
    (line,) = record.lines
    kept = OrderLine(line.ref, 0, line.item, line.title, 1, line.unit_price.amount, None)
    buyer = None if record.customer is None else CustomerEntry(record.customer)
    return OrderEntry(record, (kept,), buyer)


def position_rows(
    skus: Iterable[int], places: list[UUID], observed_at: datetime, first: int
) -> Iterator[tuple[Any, ...]]:
    sequence = first
    for number in skus:
        for place, key in enumerate(places):
            yield (
                sku_of(number), key, SOURCE, on_hand_of(number, place), 0, 0, 1, observed_at,
                sequence,
            )  # fmt: skip
            sequence += 1


def whole_milliseconds(moment: datetime) -> datetime:
    """Answer a time that every language writes alike."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
