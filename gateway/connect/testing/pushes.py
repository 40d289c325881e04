"""The webhooks of a sandbox: sent by the vendor's rules, and lost, doubled or reordered as told."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import aiohttp

PushMode = Literal["normal", "lose", "duplicate", "reorder"]


@dataclass(frozen=True, slots=True)
class Push:
    """One delivery to be sent."""

    url: str
    headers: dict[str, str]
    body: bytes


class Pushes:
    """Sends deliveries one after the other and tries each again by the vendor's rules.

    `reorder` keeps deliveries back until `flush`, which sends them last first. `delivered` and
    `failed` count; `retry_after` answers the vendor's wait in seconds before try n, None to stop.
    """

    def __init__(self, retry_after: Callable[[int], float | None], timeout: float) -> None:
        self.mode: PushMode = "normal"
        self.delivered = 0
        self.failed = 0
        self._retry_after = retry_after
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._kept: list[Push] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def send(self, push: Push) -> None:
        """Deliver in the background, in the present mode."""
        if self.mode == "lose":
            return
        if self.mode == "reorder":
            self._kept.append(push)
            return
        for _ in range(2 if self.mode == "duplicate" else 1):
            self._start(push)

    def flush(self) -> None:
        """Send what was kept back, last first."""
        kept, self._kept = self._kept[::-1], []
        for push in kept:
            self._start(push)

    async def settle(self) -> None:
        """Wait until nothing is under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def close(self) -> None:
        """Give up what is under way."""
        for task in self._tasks:
            task.cancel()
        await self.settle()

    def _start(self, push: Push) -> None:
        task = asyncio.create_task(self._deliver(push))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, push: Push) -> None:
        attempt = 1
        while not await self._accepted(push):
            wait = self._retry_after(attempt)
            if wait is None:
                self.failed += 1
                return
            await asyncio.sleep(wait)
            attempt += 1
        self.delivered += 1

    async def _accepted(self, push: Push) -> bool:
        try:
            async with (
                aiohttp.ClientSession(timeout=self._timeout) as client,
                client.post(push.url, data=push.body, headers=push.headers) as answer,
            ):
                return 200 <= answer.status < 300
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False
