"""A connection of its own on which gateways tell one another that something was appended."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

CHANNEL = "trama_log"
CONNECT_SECONDS = 10.0
TELL_SECONDS = 5.0


class Wakeups:
    """An open connection; it hears the others, and tells them."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._connection = connection

    @property
    def is_lost(self) -> bool:
        """Whether the connection has ended."""
        return self._connection.is_closed()

    async def hear(self, on_wakeup: Callable[[], None], on_lost: Callable[[], None]) -> None:
        """Call back at every wake-up of somebody else, and once the connection is lost."""
        own = self._connection.get_server_pid()

        def heard(connection: Any, pid: int, channel: str, payload: object) -> None:
            if pid != own:
                on_wakeup()

        self._connection.add_termination_listener(lambda _: on_lost())
        await self._connection.add_listener(CHANNEL, heard)

    async def tell(self) -> None:
        """Wake the others up; it is committed at once, by itself."""
        await self._connection.execute(f"NOTIFY {CHANNEL}", timeout=TELL_SECONDS)


@asynccontextmanager
async def open_wakeups(dsn: str) -> AsyncIterator[Wakeups]:
    """Answer a connection for wake-ups; it is closed at the end."""
    connection = await asyncpg.connect(
        dsn, timeout=CONNECT_SECONDS, server_settings={"application_name": "trama wake-ups"}
    )
    try:
        yield Wakeups(connection)
    finally:
        connection.terminate()
