"""A process of the crew, as its supervisor sees it."""

import asyncio
import signal
import socket
import sys
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from gateway.bootstrap.crew.tie import Tie
from gateway.model.time import Clock
from gateway.telemetry.totals import Family, read

TELL_SECONDS = 3.0
# How often a member is asked within the time that it may be silent.
BEATS = 4


@dataclass(frozen=True, slots=True)
class Post:
    """What one of the crew does: it serves, or it reads the sources."""

    name: str
    reads: bool


@dataclass(frozen=True, slots=True)
class Orders:
    """What a member is started with: the command, the database, and the port to serve on."""

    command: Sequence[str]
    dsn: str
    listener: socket.socket | None


class Member:
    """A process that was started here, and is ended by nobody else."""

    def __init__(
        self,
        post: Post,
        process: asyncio.subprocess.Process,
        tie: Tie,
        on_push: Callable[[str], None],
    ) -> None:
        self.post = post
        self.is_ready = False
        self._process = process
        self._tie = tie
        self._on_push = on_push
        self._asked: deque[asyncio.Future[list[Family] | None]] = deque()
        self._changed = asyncio.Event()
        self._beat = asyncio.Event()
        self._hearing = asyncio.create_task(self._hear())

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @classmethod
    async def start(cls, post: Post, orders: Orders, on_push: Callable[[str], None]) -> "Member":
        """Start a process; it is ready once it says so."""
        ours, theirs = socket.socketpair()
        listener = None if post.reads or orders.listener is None else orders.listener.fileno()
        handed = [theirs.fileno(), *([] if listener is None else [listener])]
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *orders.command, "--name", post.name, "--tie", str(theirs.fileno()),
                pass_fds=handed, start_new_session=True, stdin=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
        tie = await Tie.of(ours)
        tie.tell("orders", {"reads": post.reads, "dsn": orders.dsn, "listener": listener})
        return cls(post, process, tie, on_push)

    async def begun(self) -> bool:
        """Wait until it is ready, or has ended before it was; answer which."""
        await self._changed.wait()
        return self.is_ready

    async def ended(self) -> int:
        """Answer its exit code, once it has ended."""
        code = await self._process.wait()
        await self._hearing
        return code

    async def tell(self) -> list[Family] | None:
        """Answer what it measures; None where it does not answer in time."""
        asked: asyncio.Future[list[Family] | None] = asyncio.get_running_loop().create_future()
        self._asked.append(asked)
        self._tie.tell("measure")
        try:
            return await asyncio.wait_for(asked, TELL_SECONDS)
        except TimeoutError:
            return None

    async def silent(self, seconds: float, clock: Clock) -> None:
        """Ask again and again whether its loop goes round; answer once it has not for so long."""
        with suppress(TimeoutError):
            while True:
                self._beat.clear()
                self._tie.tell("beat")
                await asyncio.wait_for(self._beat.wait(), seconds)
                await clock.sleep(seconds / BEATS)

    def wake(self, source_id: str) -> None:
        """Let it know that a push of a source was stored."""
        self._tie.tell("push", source_id)

    async def stop(self, seconds: float) -> int:
        """Ask it to end; what does not within the time is killed."""
        self._signal(signal.SIGTERM)
        try:
            return await asyncio.wait_for(asyncio.shield(self._process.wait()), seconds)
        except TimeoutError:
            self._signal(signal.SIGKILL)
            return await self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            self._process.send_signal(number)

    async def _hear(self) -> None:
        while (message := await self._tie.hear()) is not None:
            self._take(*message)
        for each in self._asked:
            if not each.done():
                each.set_result(None)
        self._tie.close()
        self._changed.set()

    def _take(self, kind: str, told: Any) -> None:
        if kind == "ready":
            self.is_ready = True
            self._changed.set()
        elif kind == "beat":
            self._beat.set()
        elif kind == "push":
            self._on_push(told)
        elif kind == "measures":
            asked = self._asked.popleft()
            if not asked.done():
                asked.set_result(read(told))


def own_command(*arguments: str) -> list[str]:
    """Answer how this program is run again."""
    return [sys.executable, "-m", "gateway", *arguments]
