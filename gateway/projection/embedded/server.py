"""The embedded Postgres as the rest of the house sees it."""

import asyncio
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import asyncpg

from gateway.projection.embedded.cluster import SUPERUSER
from gateway.projection.embedded.supervisor import Places, Running, Supervisor

FIRST_DATABASE = "postgres"


class EmbeddedPostgres:
    """A Postgres of our own: `async with EmbeddedPostgres(data_dir) as server: server.dsn`.

    Lives no longer than this process, however that ends, and is started anew when it dies. Data is
    kept in `data_dir` unless root's server cannot reach it (see datadir). `durable=False` gives up
    the data at a power failure, for tests. May be used from any loop; blocks none.
    """

    def __init__(
        self, data_dir: Path, *, durable: bool = True, places: Places | None = None
    ) -> None:
        self.data_dir = data_dir
        self._supervisor = Supervisor(places or Places(data_dir), durable=durable)

    async def start(self) -> None:
        """Start, and wait until connections are taken; cancelled, it leaves nothing running.

        raises: EmbeddedPostgresError, by its kind.
        """
        starting = asyncio.ensure_future(asyncio.to_thread(self._supervisor.start))
        try:
            await asyncio.shield(starting)
        except asyncio.CancelledError:
            await asyncio.wait([starting])
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop, and leave no process; nothing if it is not running."""
        await asyncio.to_thread(self._supervisor.stop)

    async def remove(self) -> None:
        """Stop, and remove the data for good."""
        await asyncio.to_thread(self._supervisor.remove)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    def __repr__(self) -> str:
        state = "stopped" if self._supervisor.running is None else f"pid {self.pid}"
        return f"<EmbeddedPostgres {self.data_dir} {state}>"

    @property
    def running(self) -> Running:
        """The running server's particulars.

        raises: RuntimeError before the start and after the stop.
        """
        if self._supervisor.running is None:
            raise RuntimeError("the embedded Postgres is not running: call start() first")
        return self._supervisor.running

    @property
    def pid(self) -> int:
        return self.running.run.pid

    @property
    def dsn(self) -> str:
        """Of the database `postgres`, with the password: not for a log."""
        return self.dsn_for(FIRST_DATABASE)

    def dsn_for(self, database: str) -> str:
        """Of a database of this server, with the password: not for a log."""
        running = self.running
        password = quote(running.password, safe="")
        host = quote(str(running.socket_folder), safe="")
        return f"postgresql://{SUPERUSER}:{password}@/{quote(database, safe='')}?host={host}"

    async def create_database(self, name: str, template: str | None = None) -> str:
        """Make a database, empty or a copy of one that nobody is connected to; its DSN."""
        copied = f" TEMPLATE {quoted(template)}" if template else ""
        await self._execute(f"CREATE DATABASE {quoted(name)}{copied}")
        return self.dsn_for(name)

    async def drop_database(self, name: str) -> None:
        """Drop a database and whoever is connected to it; nothing if it does not exist."""
        await self._execute(f"DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)")

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.dsn)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


def quoted(identifier: str) -> str:
    """A name as SQL takes it, whatever its letters."""
    escaped = identifier.replace('"', '""')
    return f'"{escaped}"'
