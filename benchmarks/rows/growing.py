"""P12: ten times the positions and orders, the same hot set, asked for as Zipf has it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import accumulate
from random import Random

import asyncpg

from benchmarks.clients.load import Question
from benchmarks.contest import FEWER_TURNS, Contestant, measured, note_of, table_of
from benchmarks.findings import Finding, Findings, Goal
from benchmarks.loader import load_projection
from benchmarks.questions import ORDER_PAGE
from benchmarks.retail import Scale, Stock, sku_of
from benchmarks.rows.bounded import measure_memory
from benchmarks.rows.reading import by_pages, hot_set, one_by_one, reading_gateway
from benchmarks.stage import Stage

ROWS = ("P12",)
DRAWS = 4000
WITHIN = Goal(0.75, text="within 25 %")
PAGE = Question("a page of 25 stored orders", ORDER_PAGE, ({},))


@dataclass(frozen=True)
class Asking:
    """A question of another row, as it is asked of the smaller and of the grown projection."""

    row: str
    is_cached: bool
    of_less: Question
    of_grown: Question


async def measure(stage: Stage, rows: Sequence[str]) -> Findings:
    """Measure the row: each question at both projections, in turns; then a full cache."""
    less = await stage.database("bench_less")
    await load_projection(less, stage.scale.less)
    grown = await stage.database("bench_grown", is_loaded=True)
    findings, said = Findings(), await _sizes(less, grown)
    askings = _askings(stage.scale)
    for is_cached in (True, False):
        async with _pair(stage, less, grown, is_cached=is_cached) as pair:
            for asking in askings:
                if asking.is_cached is is_cached:
                    findings.add(await _compared(stage, pair, asking, said))
    findings.add(await measure_memory(stage, grown))
    for name in ("bench_less", "bench_grown"):
        await stage.postgres.drop_database(name)
    return findings


def _askings(scale: Scale) -> list[Asking]:
    less, grown = (zipf_skus(scale, stock, DRAWS) for stock in (scale.less, scale.stock))
    one, twenty = (one_by_one(less), one_by_one(grown)), (by_pages(less), by_pages(grown))
    return [
        Asking("P1", True, *one),
        Asking("P2", True, *twenty),
        Asking("orders", True, PAGE, PAGE),
        Asking("P3", False, *one),
        Asking("P3", False, *twenty),
    ]


def zipf_skus(scale: Scale, stock: Stock, count: int) -> list[str]:
    """Answer so many draws of SKUs: the nth of the ranking comes n times as seldom as the first.

    The hot set leads the ranking, in the same order whatever else there is.
    """
    chance, hot = Random(12), hot_set(scale)  # noqa: S311
    others = sorted({sku_of(number) for number in stock.skus} - set(hot))
    chance.shuffle(others)
    weights = list(accumulate(1 / rank for rank in range(1, len(stock.skus) + 1)))
    return chance.choices([*hot, *others], cum_weights=weights, k=count)


async def _sizes(*dsns: str) -> str:
    """Answer, for people, how large the databases are beside Postgres' own cache."""
    told = []
    for dsn in dsns:
        connection = await asyncpg.connect(dsn)
        try:
            told.append(await connection.fetchval(
                "SELECT pg_size_pretty(pg_database_size(current_database()))"
            ))  # fmt: skip
            buffers = await connection.fetchval("SHOW shared_buffers")
        finally:
            await connection.close()
    return f"Databases of {' and '.join(told)}, shared_buffers {buffers}"


@asynccontextmanager
async def _pair(
    stage: Stage, less: str, grown: str, *, is_cached: bool
) -> AsyncIterator[tuple[Contestant, Contestant]]:
    """Serve both projections."""
    async with AsyncExitStack() as stack:
        standing = []
        for name, stock, dsn in (
            ("less", stage.scale.less, less), ("grown", stage.scale.stock, grown)
        ):  # fmt: skip
            serving = reading_gateway(stage, name, dsn, is_cached=is_cached)
            gateway = await stack.enter_async_context(serving)
            title = f"{stock.positions:,} positions, {stock.orders:,} orders"
            standing.append(Contestant.gateway(title, gateway))
        yield standing[0], standing[1]


async def _compared(
    stage: Stage, pair: tuple[Contestant, Contestant], asking: Asking, said: str
) -> Findings:
    asked = [(pair[0], asking.of_less), (pair[1], asking.of_grown)]
    before, after = await measured(stage, asked, FEWER_TURNS)
    title, how = asking.of_grown.title, "rows cached" if asking.is_cached else "no cache"
    what = f"{asking.row}, {title}: grown tenfold / before, {how}"
    note = (
        f"{note_of(stage, asking.of_grown, FEWER_TURNS)}; SKUs are drawn by Zipf from all, with "
        f"the same hot set. {said}."
    )
    found = Findings(tables=[table_of(f"Growth: {title}, {how}", (before, after), note)])
    if not before.load.per_second:
        found.missing.append(f"P12 {what}: no answers to compare within a turn")
        return found
    growth, why = after.load.per_second / before.load.per_second, "P12"
    found.found.append(Finding("P12", what, WITHIN, growth, "x", why))
    return found
