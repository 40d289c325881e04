"""What every row is given: Postgres, the client, cores, a folder, and who is told of progress."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks.clients.load import Client
from benchmarks.processes import Cores
from benchmarks.retail import Scale

LOADED = "bench_loaded"


class Databases(Protocol):
    """A Postgres that databases are made in."""

    async def create_database(self, name: str, template: str | None = None) -> str:
        """Make one, empty or a copy of another; answer its DSN."""

    async def drop_database(self, name: str) -> None:
        """Drop one, if it is there."""


@dataclass(frozen=True)
class Stage:
    """`seconds` is how long one figure takes; `cache` outlives the run."""

    scale: Scale
    seconds: float
    client: Client
    cores: Cores
    postgres: Databases
    folder: Path
    cache: Path
    say: Callable[[str], None]

    def log(self, name: str) -> Path:
        """Answer where a process writes its errors."""
        return self.folder / f"{name}.log"

    async def database(self, name: str, *, is_loaded: bool = False) -> str:
        """Make a database, empty or a copy of the loaded one; answer its DSN."""
        return await self.postgres.create_database(name, LOADED if is_loaded else None)
