"""What several are told is made once, is kept for a moment, and takes bounded memory."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from gateway.graph.moments import LiveAnswer
from gateway.graph.sharing import KEPT_SECONDS, MOST_BYTES_KEPT, MOST_KEPT, Sharing


@dataclass
class HandClock:
    """A clock that somebody turns."""

    seconds: float = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class Maker:
    """Makes answers when it is allowed to, and counts how often it was asked."""

    body: bytes = b"told"
    asked: int = 0
    allowed: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self) -> Sequence[LiveAnswer]:
        self.asked += 1
        await self.allowed.wait()
        return [LiveAnswer(self.body, "cursor")]


async def test_whoever_asks_meanwhile_waits_for_the_one_who_makes_it() -> None:
    sharing, make = Sharing(HandClock()), Maker()
    circles = [sharing.join("key") for _ in range(5)]
    asking = [asyncio.ensure_future(each.get(1, make)) for each in circles]
    await asyncio.sleep(0)
    make.allowed.set()
    answers = await asyncio.gather(*asking)
    assert (answers, make.asked) == ([[LiveAnswer(b"told", "cursor")]] * 5, 1)
    assert await circles[0].get(1, make) == answers[0]
    await circles[0].get(2, make)
    await sharing.join("another").get(1, make)
    assert make.asked == 3


async def test_what_is_made_at_once_is_made_once_for_all_who_are_told_it() -> None:
    sharing, told = Sharing(HandClock()), [LiveAnswer(b"told", "cursor")]
    asked: list[str] = []

    def make(who: str) -> Callable[[], list[LiveAnswer]]:
        return lambda: asked.append(who) or told

    circle = sharing.join("key")
    assert [circle.at_once(1, make(who)) for who in "ab"] == [told, told]
    assert (asked, sharing.kept) == (["a", "b"], (0, 0)), "nobody else is told it"
    sharing.join("key")
    assert circle.at_once(1, lambda: None) is None
    assert [circle.at_once(1, make(who)) for who in "cd"] == [told, told]
    assert circle.at_once(1, lambda: None) == told
    assert (asked, sharing.kept) == (["a", "b", "c"], (1, 4))
    assert await circle.get(1, Maker()) == told


async def test_one_who_gives_up_while_making_it_leaves_it_to_the_next() -> None:
    sharing, make = Sharing(HandClock()), Maker()
    first, second, third = (sharing.join("key") for _ in range(3))
    giving_up = asyncio.ensure_future(first.get(1, make))
    others = [asyncio.ensure_future(each.get(1, make)) for each in (second, third)]
    await asyncio.sleep(0)
    giving_up.cancel()
    make.allowed.set()
    assert await asyncio.gather(*others) == [[LiveAnswer(b"told", "cursor")]] * 2
    assert (giving_up.cancelled(), make.asked) == (True, 2)


async def test_whoever_waits_for_what_fails_fails_with_it_and_nothing_of_it_is_kept() -> None:
    begun = asyncio.Event()

    async def fail() -> Sequence[LiveAnswer]:
        await begun.wait()
        raise LookupError("no")

    sharing, make = Sharing(HandClock()), Maker()
    make.allowed.set()
    circles = [sharing.join("key") for _ in range(3)]
    asking = [asyncio.ensure_future(each.get(1, fail)) for each in circles]
    await asyncio.sleep(0)
    begun.set()
    failed = await asyncio.gather(*asking, return_exceptions=True)
    assert [str(each) for each in failed] == ["no"] * 3
    assert sharing.kept == (0, 0)
    assert len(await circles[0].get(1, make)) == 1


async def test_what_was_told_a_while_ago_is_made_anew() -> None:
    clock, make = HandClock(), Maker()
    sharing = Sharing(clock)
    make.allowed.set()
    circle, _ = sharing.join("key"), sharing.join("key")
    await circle.get(1, make)
    clock.seconds += KEPT_SECONDS
    await circle.get(1, make)
    assert make.asked == 1
    clock.seconds += 0.001
    await circle.get(1, make)
    assert make.asked == 2


async def test_nothing_is_kept_for_one_alone_nor_after_the_last_has_left() -> None:
    sharing, make = Sharing(HandClock()), Maker()
    make.allowed.set()
    circle = sharing.join("key")
    await circle.get(1, make)
    await circle.get(1, make)
    assert (make.asked, sharing.kept) == (2, (0, 0))
    circle.leave()
    assert sharing.join("key") is not circle


@pytest.mark.parametrize("size", [1, MOST_BYTES_KEPT // 8])
async def test_memory_is_bounded_by_number_and_by_bytes(size: int) -> None:
    sharing, make = Sharing(HandClock()), Maker(b"x" * size)
    make.allowed.set()
    circle, _ = sharing.join("key"), sharing.join("key")
    for moment in range(MOST_KEPT + 10):
        await circle.get(moment, make)
    expected = min(MOST_KEPT, MOST_BYTES_KEPT // size)
    assert sharing.kept == (expected, expected * size)
    await circle.get(MOST_KEPT + 9, make)
    assert make.asked == MOST_KEPT + 10
