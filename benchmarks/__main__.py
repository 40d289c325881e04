"""Measure, and write RESULTS.md, its plot and its figures as JSON.

python -m benchmarks [--rows P1,P7] [--seconds 3] [--scale small] [--again]
"""

import argparse
import asyncio
import os
import shlex
import tempfile
import time
import traceback
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.clients.load import Client
from benchmarks.clients.plain import Plain
from benchmarks.clients.wrk import find_wrk
from benchmarks.findings import Findings
from benchmarks.loader import load_projection
from benchmarks.machine import this_machine
from benchmarks.performance import with_profile
from benchmarks.plot import plot
from benchmarks.processes import own_cores, staying_on
from benchmarks.reasons import REASONS
from benchmarks.report import PLOT, page
from benchmarks.retail import SCALES, Scale
from benchmarks.rows import following, foreign, growing, ingesting, limits, pages, reading, wide
from benchmarks.run import Run, keep, recall
from benchmarks.stage import LOADED, Stage
from gateway.projection.embedded import EmbeddedPostgres

HERE = Path(__file__).parent
DOC = HERE.parent / "docs" / "performance.md"
SECONDS = 3.0
Measure = Callable[[Stage, Sequence[str]], Awaitable[Findings]]


@dataclass(frozen=True)
class Part:
    """Rows that are measured together; `is_loaded` says whether they ask the loaded database."""

    rows: tuple[str, ...]
    measure: Measure
    is_loaded: bool = False


PARTS = (
    Part(reading.ROWS, reading.measure, is_loaded=True),
    Part(wide.ROWS, wide.measure),
    Part(pages.ROWS, pages.measure),
    Part(ingesting.ROWS, ingesting.measure, is_loaded=True),
    Part(following.ROWS, following.measure),
    Part(growing.ROWS, growing.measure, is_loaded=True),
    Part(foreign.ROWS, foreign.measure),
    Part(limits.ROWS, limits.measure, is_loaded=True),
)
ROWS = tuple(row for part in PARTS for row in part.rows)


@dataclass(frozen=True)
class Wish:
    """What is to be measured, and where it is written; or the last run is only told anew."""

    rows: tuple[str, ...]
    seconds: float
    scale: Scale
    out: Path
    is_told_again: bool = False

    @property
    def command(self) -> str:
        """The command that measures this."""
        told = [] if self.rows == ROWS else ["--rows", ",".join(self.rows)]
        told += [] if self.seconds == SECONDS else ["--seconds", f"{self.seconds:g}"]
        told += [] if self.scale.name == "full" else ["--scale", self.scale.name]
        return shlex.join(["python", "-m", "benchmarks", *told]) if told else "make bench"


async def run(wish: Wish, say: Callable[[str], None]) -> Run:
    """Measure the rows."""
    findings, cores = Findings(), own_cores()
    with tempfile.TemporaryDirectory(prefix="trama-bench-") as name, staying_on(cores.others):
        folder = Path(name)
        client = _client(folder, findings)
        say("starting Postgres")
        async with EmbeddedPostgres(folder / "postgres") as postgres:
            machine = await this_machine(postgres.dsn, cores.count)
            stage = Stage(
                wish.scale, wish.seconds, client, cores, postgres, folder, cache_folder(), say
            )
            asked = [part for part in PARTS if set(part.rows) & set(wish.rows)]
            if any(part.is_loaded for part in asked):
                await _load(stage)
            for part in asked:
                wanted = [row for row in part.rows if row in wish.rows]
                findings.add(await _measured(wanted, part.measure, stage))
    now = datetime.now(UTC)
    return Run(findings, machine, wish.scale.name, client.name, now, wish.command)


def write(told: Run, folder: Path) -> None:
    """Write the page and its plot; and the documentation's profile where the page is its own."""
    (folder / "RESULTS.md").write_text(page(told, REASONS), "utf-8")
    picture = plot(told.findings.found, told.findings.bars, reading.OURS)
    (folder / PLOT).write_text(picture, "utf-8")
    if folder == HERE and told.scale == "full":
        DOC.write_text(with_profile(DOC.read_text("utf-8"), told), "utf-8")


async def _load(stage: Stage) -> None:
    stock = stage.scale.stock
    stage.say(f"loading {stock.positions:,} positions and {stock.orders:,} orders")
    loaded = await load_projection(await stage.database(LOADED), stock)
    stage.say(f"loaded; COPY of the positions took {loaded.copy_seconds:.0f} s")


async def _measured(rows: Sequence[str], measure: Measure, stage: Stage) -> Findings:
    """Answer what was found, or say what was not to be measured: the other rows still are."""
    stage.say(f"measuring {', '.join(rows)}")
    try:
        return await measure(stage, rows)
    except Exception as error:  # noqa: BLE001
        stage.say(f"{', '.join(rows)} failed:\n{traceback.format_exc()}")
        return Findings(missing=[f"{', '.join(rows)}: {type(error).__name__}: {error}"])


def _client(folder: Path, findings: Findings) -> Client:
    found = find_wrk(cache_folder(), folder)
    if not isinstance(found, str):
        return found
    findings.missing.append(f"{found}: asked by {Plain(folder).name} instead")
    return Plain(folder)


def cache_folder() -> Path:
    """Answer where what was fetched for the benchmarks is kept."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = home / "trama" / "benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def read_wish(arguments: Sequence[str] | None = None) -> Wish:
    """Read the command line; ends with a sentence where it cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rows", default=",".join(ROWS), help=f"of {', '.join(ROWS)}")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for one figure")
    parser.add_argument("--scale", choices=sorted(SCALES), default="full")
    parser.add_argument("--out", type=Path, default=HERE, help="folder of RESULTS.md and its plot")
    parser.add_argument(
        "--again", action="store_true", help="write them anew from the last run's figures"
    )
    told = parser.parse_args(arguments)
    rows = tuple(row for row in ROWS if row in told.rows.upper().split(","))
    unknown = set(told.rows.upper().split(",")) - set(ROWS)
    if unknown or not rows:
        parser.error(f"no row {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    return Wish(rows, told.seconds, SCALES[told.scale], told.out, told.again)


def main() -> None:
    """Run the command."""
    wish, began = read_wish(), time.monotonic()

    def say(what: str) -> None:
        print(f"[{time.monotonic() - began:4.0f} s] {what}", flush=True)

    wish.out.mkdir(parents=True, exist_ok=True)
    if wish.is_told_again:
        told = recall(wish.out)
    else:
        told = asyncio.run(run(wish, say))
        keep(told, wish.out)
    write(told, wish.out)
    for each in told.findings.missing:
        print(f"MISSING {each}")
    for found in told.findings.found:
        state = "met" if found.is_met else f"{found.share:.0%} of it"
        print(f"{found.row} {found.what}: {found.figure:,.3f} {found.unit} "
              f"({found.goal.text}: {state})")  # fmt: skip
    print(f"{wish.out / 'RESULTS.md'} written after {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
