"""What machine this is, as far as figures depend on it."""

import os
import platform
from dataclasses import dataclass

import asyncpg
import psutil


@dataclass(frozen=True)
class Machine:
    """Cores that may be used, memory, versions."""

    cores: int
    memory_gb: float
    architecture: str
    python: str
    postgres: str
    shared_buffers: str
    load: float

    @property
    def text(self) -> str:
        """One line for people."""
        return (
            f"{self.cores} cores ({self.architecture}), {self.memory_gb:.0f} GB of memory, Python "
            f"{self.python}, Postgres {self.postgres} with {self.shared_buffers} of shared buffers"
        )


async def this_machine(dsn: str, cores: int) -> Machine:
    """Answer it, with the cores that may be used; the load is the last minute's."""
    connection = await asyncpg.connect(dsn)
    try:
        version = await connection.fetchval("SHOW server_version")
        buffers = await connection.fetchval("SHOW shared_buffers")
    finally:
        await connection.close()
    return Machine(
        cores=cores,
        memory_gb=psutil.virtual_memory().total / 1e9,
        architecture=platform.machine(),
        python=platform.python_version(),
        postgres=version,
        shared_buffers=buffers,
        load=os.getloadavg()[0],
    )
