"""What is kept for a peer that reads slowly, and how long one is waited for that does not read."""

import asyncio
import socket

HIGH_WATER_BYTES = 16_384
KERNEL_BUFFER_BYTES = 65_536


class StalledReader:
    """Cuts a peer off that takes nothing of what is written for it, for so many seconds."""

    def __init__(self, transport: asyncio.Transport, seconds: float) -> None:
        self._transport = transport
        self._seconds = seconds
        self._alarm: asyncio.TimerHandle | None = None

    def watch(self, unread: int | None = None) -> None:
        """Look again later; cut it off where it has taken nothing of what was unread before."""
        left = self._transport.get_write_buffer_size()
        if unread is not None and left >= unread:
            self._transport.abort()
            return
        loop = asyncio.get_running_loop()
        self._alarm = loop.call_later(self._seconds, self.watch, left)

    def end(self) -> None:
        """It reads, or is gone."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None


def bound_buffers(transport: asyncio.Transport) -> None:
    """Keep little for the peer, here and in the kernel, whose own would grow to megabytes."""
    transport.set_write_buffer_limits(high=HIGH_WATER_BYTES)
    taken = transport.get_extra_info("socket")
    if taken is not None:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER_BYTES)
