"""What ties a member to its supervisor: a socket pair with a line of JSON per message.

It ends with whoever holds the other end, however that was ended.
"""

import asyncio
import socket
from typing import Any

import orjson

LONGEST_MESSAGE_BYTES = 2**24


class Tie:
    """One end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def of(cls, end: socket.socket) -> "Tie":
        """Answer the end that a socket is."""
        return cls(*await asyncio.open_unix_connection(sock=end, limit=LONGEST_MESSAGE_BYTES))

    def tell(self, kind: str, told: Any = None) -> None:
        """Send a message, unless nobody is there any more."""
        if not self._writer.is_closing():
            self._writer.write(orjson.dumps([kind, told]) + b"\n")

    async def hear(self) -> tuple[str, Any] | None:
        """Answer the next message; None once the other side is gone."""
        try:
            line = await self._reader.readuntil(b"\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        kind, told = orjson.loads(line)
        return kind, told

    def close(self) -> None:
        """Let the other side know that this one is gone."""
        self._writer.close()
