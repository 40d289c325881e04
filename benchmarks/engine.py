"""The engine beside graphql-core, in process, on a schema that is not ours.

python -m benchmarks.engine [--seconds 1]
"""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import execute, parse

from benchmarks.findings import Table
from benchmarks.library import BOOKS_PER_SHELF, QUERY, SCHEMA
from gateway.engine.engine import Engine

SHELVES = (1, 20)
DOCUMENT = parse(QUERY)
Answering = Callable[[dict[str, Any]], Awaitable[bytes]]


def by_engine() -> Answering:
    """Answer what asks the engine."""
    engine = Engine(SCHEMA._schema)

    async def ask(variables: dict[str, Any]) -> bytes:
        return (await engine.execute(engine.plan(DOCUMENT), variables)).body()

    return ask


async def by_core(variables: dict[str, Any]) -> bytes:
    """Ask graphql-core, with the document parsed and validated before."""
    result = execute(
        SCHEMA._schema,
        DOCUMENT,
        variable_values=variables,
        executor_class=SCHEMA.execution_context_class,
    )
    answer = await result if isinstance(result, Awaitable) else result
    return orjson.dumps({"data": answer.data})


@dataclass(frozen=True)
class Finding:
    """Best times of one answer, in seconds; `encoding` is orjson alone on the finished dicts."""

    shelves: int
    engine: float
    core: float
    encoding: float

    @property
    def times_core(self) -> float:
        """How many times as many answers as graphql-core."""
        return self.core / self.engine


async def measure(shelves: int, seconds: float) -> Finding:
    """Answer the best times; raises AssertionError unless both answer the same."""
    variables = {"codes": [f"shelf {number}" for number in range(shelves)]}
    engine = by_engine()
    answer = await engine(variables)
    assert answer == await by_core(variables)
    whole = orjson.loads(answer)

    async def encode(_: dict[str, Any]) -> bytes:
        return orjson.dumps(whole)

    times = [await _best(each, variables, seconds) for each in (engine, by_core, encode)]
    return Finding(shelves, *times)


async def _best(ask: Answering, variables: dict[str, Any], seconds: float) -> float:
    best, end = float("inf"), time.perf_counter() + seconds
    while (began := time.perf_counter()) < end:
        await ask(variables)
        best = min(best, time.perf_counter() - began)
    return best


def table_of(findings: Sequence[Finding]) -> Table:
    """Answer findings as a table."""
    lines = [
        [
            f"{each.shelves} x {BOOKS_PER_SHELF}",
            f"{each.engine * 1e6:,.0f}",
            f"{each.core * 1e6:,.0f}",
            f"{each.encoding * 1e6:,.0f}",
            f"{each.times_core:.1f} x",
        ]
        for each in findings
    ]
    return Table(
        "The engine without HTTP, the schema that is not ours",
        ("shelves x books", "engine us", "graphql-core us", "orjson alone us", "faster"),
        lines,
        "In one process, parsed and validated before; the best of many.",
    )


def shown(finding: Finding) -> str:
    """Answer a finding as a line."""
    return (
        f"{finding.shelves:3} x {BOOKS_PER_SHELF}: engine {finding.engine * 1e6:8.1f} us, "
        f"graphql-core {finding.core * 1e6:9.1f} us, "
        f"orjson alone {finding.encoding * 1e6:6.1f} us; {finding.times_core:.1f} x graphql-core"
    )


def main() -> None:
    """Print how many times as fast as graphql-core the engine is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="per figure")
    seconds: float = parser.parse_args().seconds
    for shelves in SHELVES:
        print(shown(asyncio.run(measure(shelves, seconds))))


if __name__ == "__main__":
    main()
