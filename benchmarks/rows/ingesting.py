"""P7: how fast what sources say of stock is applied, and how soon a push is seen."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from time import perf_counter
from typing import Any
from uuid import UUID

from benchmarks.findings import Finding, Findings, Goal, Table
from benchmarks.loader import COLUMNS, SOURCE, position_rows, whole_milliseconds
from benchmarks.processes import staying_on
from benchmarks.retail import LOCATIONS, location_of, on_hand_of, sku_of
from benchmarks.rows.pushing import measure_pushes
from benchmarks.rows.walking import measure_walks
from benchmarks.stage import Stage
from gateway.projection.database import open_pool, transaction
from gateway.projection.locations import load_location_ids
from gateway.projection.stock import PositionFacts, apply_stock

ROWS = ("P7",)
CHUNK = 500
NEW_SHARE = 5


async def measure(stage: Stage, rows: Sequence[str]) -> Findings:
    """Measure the row."""
    findings = Findings()
    findings.add(await _measure_applying(stage))
    findings.add(await measure_walks(stage))
    findings.add(await measure_pushes(stage))
    return findings


async def _measure_applying(stage: Stage) -> Findings:
    """Compare observations, with the version guard, with COPY into the same indexed table."""
    dsn = await stage.database("bench_applying", is_loaded=True)
    pool = await open_pool(dsn, maximum=2)
    skus = stage.scale.observations // LOCATIONS
    try:
        ids = await load_location_ids(pool, SOURCE, [location_of(n) for n in range(LOCATIONS)])
        places = [ids[location_of(number)] for number in range(LOCATIONS)]
        with staying_on(stage.cores.server):
            copied = await _copied(pool, skus, places)
            stage.say(f"P7, COPY: {copied:,.0f} positions/s")
            updated = await _applied(pool, skus, places, version=2)
            stage.say(f"P7, applied over older ones: {updated:,.0f} positions/s")
            await pool.execute("TRUNCATE position")
            inserted = await _applied(pool, skus // NEW_SHARE, places, version=1)
            stage.say(f"P7, applied to nothing: {inserted:,.0f} positions/s")
    finally:
        await pool.close()
        await stage.postgres.drop_database("bench_applying")
    return Findings(
        [
            Finding("P7", f"{what} / COPY, same indexed table",
                    Goal(0.1, text=">= 0.1"), rate / copied, "x", "P7 applying")
            for what, rate in (("newer observations", updated),
                               ("first observations", inserted))
        ],
        [Table(
            f"{stage.scale.observations:,} mapped observations, version guard on",
            ("how", "positions/s"),
            [
                ["COPY of rows that are ready, one transaction", f"{copied:,.0f}"],
                ["applied, all were known and are older", f"{updated:,.0f}"],
                ["applied, none was known", f"{inserted:,.0f}"],
            ],
            f"One connection, chunks of {CHUNK} as the gateway's own, each durable at its end; "
            f"of the new ones a {NEW_SHARE}th.",
        )],
    )  # fmt: skip


async def _copied(pool: Any, skus: int, places: list[UUID]) -> float:
    """Answer the positions a second of COPY, its rows made before."""
    rows = list(position_rows(range(skus), places, whole_milliseconds(datetime.now(UTC)), 1))
    await pool.execute("TRUNCATE position")
    began = perf_counter()
    await pool.copy_records_to_table("position", records=rows, columns=COLUMNS)
    return len(rows) / (perf_counter() - began)


async def _applied(pool: Any, skus: int, places: list[UUID], *, version: int) -> float:
    """Answer the positions a second of the gateway's own way, its facts made before each chunk."""
    took, count = 0.0, 0
    for chunk in _chunks(skus, places, version):
        began = perf_counter()
        async with transaction(pool) as connection:
            await apply_stock(connection, SOURCE, chunk)
        took += perf_counter() - began
        count += len(chunk)
    return count / took


def _chunks(skus: int, places: list[UUID], version: int) -> Iterator[list[PositionFacts]]:
    observed_at, each = whole_milliseconds(datetime.now(UTC)), CHUNK // LOCATIONS
    for start in range(0, skus, each):
        yield [
            PositionFacts(
                sku_of(number), key, on_hand_of(number, place) + version, 0, 0, [], version,
                observed_at,
            )
            for number in range(start, min(start + each, skus))
            for place, key in enumerate(places)
        ]  # fmt: skip
