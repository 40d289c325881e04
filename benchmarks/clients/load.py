"""What a client measures, and what it is told to ask."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from statistics import median_low
from typing import Any, Protocol

CONNECTIONS = 32


@dataclass(frozen=True)
class Question:
    """A query with the variables that are asked for in turns."""

    title: str
    query: str
    variables: tuple[dict[str, Any], ...]

    @property
    def bodies(self) -> list[bytes]:
        """The requests' bodies."""
        return [
            json.dumps({"query": self.query, "variables": each}, separators=(",", ":")).encode()
            for each in self.variables
        ]

    def turned(self, share: float) -> "Question":
        """Answer the same question, begun after such a share of what is asked for in turns."""
        first = int(len(self.variables) * share)
        return Question(self.title, self.query, self.variables[first:] + self.variables[:first])


@dataclass(frozen=True)
class Load:
    """Answers a second, the median and the 99th percentile of their times, and what failed."""

    per_second: float
    p50_ms: float
    p99_ms: float
    failed: int


@dataclass(frozen=True)
class Target:
    """An address, the headers that it asks for, and whether each request is a trace of its own."""

    url: str
    headers: Mapping[str, str]
    is_traced: bool = False


class Client(Protocol):
    """Asks from many connections at once for a while."""

    @property
    def name(self) -> str:
        """What it is, for people."""

    async def load(
        self, target: Target, bodies: Sequence[bytes], seconds: float, connections: int
    ) -> Load:
        """Answer what was measured; raises ClientFailed."""


class ClientFailed(Exception):
    """The client could not measure; the message is for people."""


def middle(turns: Sequence[Load]) -> Load:
    """Answer the turn of the median rate, with every turn's failures."""
    rate = median_low(each.per_second for each in turns)
    found = next(each for each in turns if each.per_second == rate)
    failed = sum(each.failed for each in turns)
    return Load(found.per_second, found.p50_ms, found.p99_ms, failed)


def keep_bodies(bodies: Sequence[bytes], folder: Path) -> Path:
    """Write bodies as lines; they hold no line breaks. Two clients may run at once."""
    lines = b"\n".join(bodies) + b"\n"
    path = folder / f"bodies-{sha256(lines).hexdigest()[:16]}.jsonl"
    path.write_bytes(lines)
    return path
