"""A log on a database of its own, and readers behind one feed."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

from gateway.events.cursor import CursorSeal
from gateway.events.feed import Entry, Feed
from gateway.events.relay import Relay
from gateway.model.events import EventWish
from gateway.model.principal import Principal, PrincipalKind, Reach
from gateway.projection.database import open_pool
from gateway.projection.log import Event, append_events

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
EVERYTHING = Reach(everything=True)
SEAL = CursorSeal(uuid4(), b"k" * 32)
P = TypeVar("P", bound=Feed | Relay)


@dataclass
class HandClock:
    """A clock that a test moves; who sleeps wakes up when it is moved far enough."""

    seconds: float = 0.0
    _sleepers: list[tuple[float, "asyncio.Future[None]"]] = field(default_factory=list)

    def now(self) -> datetime:
        return datetime.fromtimestamp(NOW.timestamp() + self.seconds, UTC)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        until: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.seconds + seconds, until))
        await until

    async def move(self, seconds: float) -> None:
        """Let time pass, and everybody who was woken by it take its step, one after the other."""
        end = self.seconds + seconds
        while due := [each for each in self._sleepers if each[0] <= end]:
            first = min(due, key=lambda each: each[0])
            self._sleepers.remove(first)
            self.seconds = first[0]
            if not first[1].done():
                first[1].set_result(None)
            for _ in range(3):
                await asyncio.sleep(0)
        self.seconds = end
        await asyncio.sleep(0)


def caller(reach: Reach, name: str = "reader") -> Principal:
    return Principal(name, PrincipalKind.PARTNER, frozenset(), reach)


def make_feed(pool: Any, clock: Any = None, **changes: Any) -> Feed:
    told: dict[str, Any] = {"poll_seconds": 60.0, "checkpoint_seconds": 30.0, **changes}
    return Feed(pool, clock or HandClock(), SEAL, **told)


@asynccontextmanager
async def running(part: P) -> AsyncIterator[P]:
    """Let a feed follow, or a relay hear and tell, meanwhile."""
    task = asyncio.create_task(part.run())
    try:
        yield part
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def followed(dsn: str, **changes: Any) -> AsyncIterator[tuple[Any, Feed]]:
    """Answer a pool on a database, and a feed that follows its log."""
    pool = await open_pool(dsn, maximum=10)
    try:
        async with running(make_feed(pool, **changes)) as feed:
            yield pool, feed
    finally:
        await pool.close()


def an_event(order: UUID, version: int, audience: Mapping[str, Any] | None = None) -> Event:
    told = {"channel": "shop"} if audience is None else audience
    return Event("order.updated", "order", order, version, ("status",), told, NOW)


async def append(pool: Any, feed: Feed, *events: Event) -> list[int]:
    """Append events in one transaction, wake the feed, and answer the places."""
    async with pool.acquire() as connection, connection.transaction():
        await append_events(connection, events)
    feed.wake()
    rows = await pool.fetch(
        "SELECT id FROM event WHERE (aggregate_id, aggregate_version) IN "
        "(SELECT * FROM unnest($1::uuid[], $2::bigint[])) ORDER BY id",
        [each.aggregate_id for each in events], [each.version for each in events],
    )  # fmt: skip
    return [row["id"] for row in rows]


async def take(reader: Any, count: int) -> list[Any]:
    """Answer what a reader gets next."""
    return [await anext(reader) for _ in range(count)]


async def singly(lots: AsyncIterator[Sequence[Entry]]) -> AsyncGenerator[Entry, None]:
    """Yield what a reader is told entry by entry."""
    assert isinstance(lots, AsyncGenerator)
    async with aclosing(lots):
        async for lot in lots:
            for each in lot:
                yield each


async def listen(
    feed: Feed, reach: Reach = EVERYTHING, wish: EventWish | None = None, after: int | None = None
) -> Any:
    """Answer a reader, entry by entry, that has had its first checkpoint."""
    reader = singly(feed.follow(caller(reach), wish or EventWish(), after=after))
    first = await anext(reader)
    assert first.event is None
    return reader


def told(entries: Sequence[Entry]) -> list[tuple[int, str]]:
    """Answer the places and the types, of checkpoints too."""
    return [(each.position, each.event.type if each.event else "checkpoint") for each in entries]
