"""What every row is given: Postgres, the client, cores, a folder, and who is told of progress."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.clients.load import Client
from benchmarks.processes import Cores
from benchmarks.retail import Scale
from gateway.projection.embedded import EmbeddedPostgres

LOADED = "bench_loaded"


@dataclass(frozen=True)
class Stage:
    """`seconds` is how long one figure takes; `cache` outlives the run."""

    scale: Scale
    seconds: float
    client: Client
    cores: Cores
    postgres: EmbeddedPostgres
    folder: Path
    cache: Path
    say: Callable[[str], None]

    def log(self, name: str) -> Path:
        """Answer where a process writes its errors."""
        return self.folder / f"{name}.log"

    async def database(self, name: str, *, is_loaded: bool = False) -> str:
        """Make a database, empty or a copy of the loaded one; answer its DSN."""
        return await self.postgres.create_database(name, LOADED if is_loaded else None)
