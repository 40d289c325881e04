"""Keeps a crew complete: whoever ends unasked is replaced, and all end with their supervisor."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence

import structlog

from gateway.bootstrap.crew.member import Member, Orders, Post
from gateway.model.time import Clock
from gateway.telemetry.catalogue import RESTARTS, WORKERS
from gateway.telemetry.meters import exposition_of
from gateway.telemetry.totals import Family, Totals, add_up

# Beyond the time that open requests have: what is open is closed, and the last spans are sent.
GRACE_SECONDS = 10.0
START_SECONDS = 120.0
# Who lived for so long is replaced at once; else the next one waits, and longer each time.
LIVED_SECONDS = 30.0
PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 30.0

log = structlog.get_logger("trama.workers")


class Supervisor:
    """Starts members one after another, so that no start is a rush on the database."""

    def __init__(
        self,
        posts: Sequence[Post],
        orders: Orders,
        clock: Clock,
        shutdown_seconds: float,
        silent_seconds: float,
        on_ready: Callable[[], None],
    ) -> None:
        self._posts = posts
        self._orders = orders
        self._clock = clock
        self._stop_seconds = shutdown_seconds + GRACE_SECONDS
        self._silent_seconds = silent_seconds
        self._members: dict[Post, Member] = {}
        self._starting = asyncio.Lock()
        self._on_ready = on_ready
        self._has_begun = self._is_complete = False
        self._totals = Totals()
        self._restarts: Counter[Post] = Counter(dict.fromkeys(posts, 0))

    async def run(self, stop: asyncio.Event) -> int:
        """Keep every post filled until `stop`; answer the exit code.

        `on_ready` is called once the first is ready. Where one ends before all are, all end, and
        its code is answered: it has said why.
        """
        keeping = [asyncio.create_task(self._keep(each)) for each in self._posts]
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({stopping, *keeping}, return_when=asyncio.FIRST_COMPLETED)
            return next((each.result() for each in keeping if each.done()), 0)
        finally:
            await _end(*keeping, stopping)
            await asyncio.gather(
                *(each.stop(self._stop_seconds) for each in self._members.values())
            )

    async def exposition(self, accept: str) -> tuple[bytes, str]:
        """Answer what all measure as one, as text, and its media type."""
        asked = [each for each in self._members.values() if each.is_ready]
        answers = await asyncio.gather(*(each.tell() for each in asked))
        for member, told in zip(asked, answers, strict=True):
            if told is not None and self._members.get(member.post) is member:
                self._totals.note(member.pid, told)
        return exposition_of(add_up([self._totals.families(), self._own()]), accept)

    def _own(self) -> list[Family]:
        ready = sum(each.is_ready for each in self._members.values())
        states = {"READY": ready, "STARTING": len(self._posts) - ready}
        restarts = RESTARTS.name.removesuffix("_total")
        return [
            Family(WORKERS.name, WORKERS.kind.value, WORKERS.meaning, {
                (WORKERS.name, (("state", state),)): float(count)
                for state, count in states.items()
            }),
            Family(restarts, RESTARTS.kind.value, RESTARTS.meaning, {
                (RESTARTS.name, (("worker", post.name),)): float(count)
                for post, count in self._restarts.items()
            }),
        ]  # fmt: skip

    async def _keep(self, post: Post) -> int:
        """Fill a post again and again; answer the code of one that cannot even begin."""
        pause = 0.0
        while True:
            began = self._clock.monotonic()
            member = await self._fill(post)
            code = await self._ended(member)
            del self._members[post]
            self._totals.end(member.pid)
            if not self._is_complete:
                return code if code > 0 else 1
            self._restarts[post] += 1
            pause = pause_after(pause, self._clock.monotonic() - began)
            log.error(
                "worker.ended", worker=post.name, pid=member.pid, exit_code=code,
                pause_seconds=pause,
            )  # fmt: skip
            await self._clock.sleep(pause)

    async def _ended(self, member: Member) -> int:
        """Answer a member's exit code once it has ended."""
        watching = asyncio.create_task(self._watch(member))
        try:
            return await member.ended()
        finally:
            await _end(watching)

    async def _watch(self, member: Member) -> None:
        """End a member that falls silent: it keeps its connections, and answers none of them."""
        await member.silent(self._silent_seconds, self._clock)
        log.error(
            "worker.silent", worker=member.post.name, pid=member.pid,
            seconds=self._silent_seconds,
        )  # fmt: skip
        await member.stop(0)

    async def _fill(self, post: Post) -> Member:
        """Start a member when it is its turn."""
        async with self._starting:
            member = await Member.start(post, self._orders, self._wake_reader)
            self._members[post] = member
            if await self._is_ready(member):
                self._note_ready(member)
        return member

    def _note_ready(self, member: Member) -> None:
        log.info("worker.ready", worker=member.post.name, pid=member.pid)
        if not self._has_begun:
            self._has_begun = True
            self._on_ready()
        ready = {each for each, member in self._members.items() if member.is_ready}
        self._is_complete = self._is_complete or ready == set(self._posts)

    async def _is_ready(self, member: Member) -> bool:
        """Answer whether a member is ready; one that takes too long is ended."""
        try:
            return await asyncio.wait_for(member.begun(), START_SECONDS)
        except TimeoutError:
            log.error("worker.slow", worker=member.post.name, pid=member.pid)
            await member.stop(0)
            return False

    def _wake_reader(self, source_id: str) -> None:
        for post, member in self._members.items():
            if post.reads:
                member.wake(source_id)


def pause_after(pause: float, lived: float) -> float:
    """Answer how long a post stays empty after one who lived for so long."""
    if lived >= LIVED_SECONDS:
        return 0.0
    return min(max(pause * 2, PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)


async def _end(*tasks: "asyncio.Task[int] | asyncio.Task[bool] | asyncio.Task[None]") -> None:
    for each in tasks:
        each.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
