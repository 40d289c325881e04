"""What is measured runs in processes of its own: started on one core, told where it is, ended."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil

START_SECONDS = 120.0
END_SECONDS = 15.0
ROOT = Path(__file__).parents[1]
LISTENING = "Listening on "


@dataclass(frozen=True)
class Cores:
    """One core for the server that is measured; the others for Postgres, sources and the client."""

    server: frozenset[int]
    others: frozenset[int]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.server | self.others) or os.cpu_count() or 1

    @classmethod
    def of(cls, every: Sequence[int]) -> "Cores":
        """Share the cores out; with only one, or none that can be told, all share it."""
        if len(every) < 2:
            return cls(frozenset(every), frozenset(every))
        return cls(frozenset(every[:1]), frozenset(every[1:]))


def own_cores() -> Cores:
    """Answer how the cores that this process may use are shared out."""
    if not hasattr(os, "sched_getaffinity"):
        return Cores(frozenset(), frozenset())
    return Cores.of(sorted(os.sched_getaffinity(0)))


@contextmanager
def staying_on(cores: frozenset[int]) -> Iterator[None]:
    """Run this process, and what it starts, on these cores for a while."""
    if not cores:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class NotStarted(Exception):
    """A process has ended, or said nothing, before it was ready; the message is its last words."""


@dataclass(frozen=True)
class Running:
    """A process that listens somewhere."""

    name: str
    url: str
    process: asyncio.subprocess.Process

    @property
    def memory_mb(self) -> float:
        """What it and its children hold in memory."""
        top = psutil.Process(self.process.pid)
        every = [top, *top.children(recursive=True)]
        total: int = sum(each.memory_info().rss for each in every)
        return total / 1e6

    @property
    def cpu_seconds(self) -> float:
        """What it has worked so far."""
        told = psutil.Process(self.process.pid).cpu_times()
        worked: float = told.user + told.system
        return worked

    def pause(self) -> None:
        """Let it hang: it takes connections and never answers."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it answer again."""
        self.process.send_signal(signal.SIGCONT)


@asynccontextmanager
async def running(
    name: str,
    command: Sequence[str],
    *,
    cores: frozenset[int],
    log: Path,
    environ: Mapping[str, str] | None = None,
    folder: Path = ROOT,
    said: bytes = b"",
    seconds: float = START_SECONDS,
) -> AsyncIterator[Running]:
    """Start a command that says `Listening on <url>`, and end it; raises NotStarted.

    `said` is its standard input.
    """
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=errors, cwd=folder, env={**os.environ, **(environ or {})},
            preexec_fn=partial(os.sched_setaffinity, 0, cores) if cores else None,
        )  # fmt: skip
    reading: asyncio.Task[None] | None = None
    try:
        url = await _address(process, said, log, seconds)
        reading = asyncio.create_task(_drain(process))
        yield Running(name, url, process)
    finally:
        await _end(process)
        if reading is not None:
            await reading


async def _address(
    process: asyncio.subprocess.Process, said: bytes, log: Path, seconds: float
) -> str:
    if process.stdin is None or process.stdout is None:
        raise NotStarted("no pipes to the process")
    process.stdin.write(said)
    process.stdin.close()
    try:
        async with asyncio.timeout(seconds):
            while line := (await process.stdout.readline()).decode():
                if line.startswith(LISTENING):
                    return line.removeprefix(LISTENING).strip()
    except TimeoutError:
        raise NotStarted(f"not ready within {seconds:g} s") from None
    raise NotStarted(_last_words(log))


def _last_words(log: Path) -> str:
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-5:])


async def _drain(process: asyncio.subprocess.Process) -> None:
    while process.stdout is not None and await process.stdout.read(65536):
        pass


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGCONT)
        process.terminate()
    try:
        async with asyncio.timeout(END_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
