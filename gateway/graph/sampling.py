"""Compares the engine with graphql-core on a share of the queries, once they are answered.

The caller has its answer and waits for nothing. graphql-core executes the operation again at the
same time (`now`), within the same reach, and with no call to a source allowed: what had to ask a
source is not compared. Where both differ, the engine and then graphql-core execute it once more:
only if graphql-core has said the same twice, and the engine in between has not, do they differ;
else the data has changed meanwhile.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from contextvars import Context
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any, TypeAlias

import orjson
import structlog

from gateway.engine.response import Response
from gateway.graph.faults import code_of

MOST_AT_ONCE = 1
MOST_PATHS = 10
Path: TypeAlias = tuple[str | int, ...]
Execute: TypeAlias = Callable[[], Coroutine[Any, Any, Response]]

log = structlog.get_logger("trama.graph")


class Outcome(StrEnum):
    """What became of a query that was to be compared."""

    SAME = "SAME"
    DIFFERENT = "DIFFERENT"
    MOVED = "MOVED"
    ASKED = "ASKED"
    FAILED = "FAILED"
    SHED = "SHED"


@dataclass(frozen=True, slots=True)
class Sample:
    """A query that was answered, and how it is executed again by either."""

    text: str
    operation_name: str | None
    answered: Response
    by_engine: Execute
    by_core: Execute


class Sampling:
    """Draws queries and compares them behind; `counts` is what became of them."""

    def __init__(
        self, rate: float, draw: Callable[[], float], *, most_at_once: int = MOST_AT_ONCE
    ) -> None:
        self.counts: Counter[Outcome] = Counter()
        self._rate = rate
        self._draw = draw
        self._most_at_once = most_at_once
        self._tasks: set[asyncio.Task[None]] = set()

    def draws(self) -> bool:
        """Whether the next query is to be compared."""
        return self._rate > 0 and self._draw() < self._rate

    def leave(self) -> None:
        """Count a query that asked a source: asked again, it would be answered otherwise."""
        self.counts[Outcome.ASKED] += 1

    def take(self, sample: Sample) -> None:
        """Begin to compare, unless as many are being compared as may be; nobody waits."""
        if len(self._tasks) >= self._most_at_once:
            self.counts[Outcome.SHED] += 1
            return
        # Of the request's own log lines and spans this is none.
        task = asyncio.get_running_loop().create_task(self._compare(sample), context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give up what is being compared."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _compare(self, sample: Sample) -> None:
        try:
            outcome, differing = await _outcome(sample)
        except Exception as error:  # noqa: BLE001
            log.warning("engine.not_compared", error=type(error).__name__, **_named(sample))
            self.counts[Outcome.FAILED] += 1
            return
        self.counts[outcome] += 1
        if outcome is Outcome.DIFFERENT:
            paths = [".".join(map(str, each)) for each in differing[:MOST_PATHS]]
            log.error("engine.differs", paths=paths, **_named(sample))


def _named(sample: Sample) -> dict[str, Any]:
    digest = sha256(sample.text.encode(errors="surrogatepass")).hexdigest()
    return {"operation_name": sample.operation_name, "document": digest}


async def _outcome(sample: Sample) -> tuple[Outcome, list[Path]]:
    first = await sample.by_core()
    if not differing(first, sample.answered):
        return Outcome.SAME, []
    ours = await sample.by_engine()
    paths = differing(first, ours)
    if not paths or differing(first, await sample.by_core()):
        return Outcome.MOVED, []
    return Outcome.DIFFERENT, paths


def differing(one: Response, other: Response) -> list[Path]:
    """Answer where two results differ: in what is shown, or in the codes of errors.

    Errors beneath what is null for another one are left out: which of several is told is not said.
    """
    found: list[Path] = []
    if orjson.dumps(one.data) != orjson.dumps(other.data):
        _collect(one.data, other.data, (), found)
    else:
        found += sorted({path for path, _ in _codes(one) ^ _codes(other)}, key=str)
    return found


def _collect(one: Any, other: Any, path: Path, found: list[Path]) -> None:
    """Collect the paths of what differs, the deepest that differ alone."""
    if isinstance(one, dict) and isinstance(other, dict) and list(one) == list(other):
        pairs: Mapping[Any, Any] = {key: (one[key], other[key]) for key in one}
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = dict(enumerate(zip(one, other, strict=True)))
    else:
        if orjson.dumps(one) != orjson.dumps(other):
            found.append(path)
        return
    for key, (mine, theirs) in pairs.items():
        if len(found) < MOST_PATHS:
            _collect(mine, theirs, (*path, key), found)


def _codes(result: Response) -> set[tuple[Path, str]]:
    told = {(tuple(each.path or ()), code_of(each)) for each in result.errors or ()}
    return {(path, code) for path, code in told if not _is_beneath_null(path, result.data)}


def _is_beneath_null(path: Path, data: Any) -> bool:
    for key in path:
        if data is None:
            return True
        try:
            data = data[key]
        except (KeyError, IndexError, TypeError):
            return False
    return False
