"""What several are told is made once, is kept for a moment, and takes bounded memory."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from gateway.graph.moments import LiveAnswer
from gateway.graph.sharing import (
    KEPT_SECONDS,
    MOST_BYTES_KEPT,
    MOST_KEPT,
    Circle,
    Make,
    Sharing,
)


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
    """Makes answers when it is allowed to, and counts how often it was asked, and for what."""

    body: bytes = b"told"
    asked: int = 0
    moments: list[list[int]] = field(default_factory=list)
    allowed: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, moments: list[int]) -> list[list[LiveAnswer]]:
        self.asked += 1
        self.moments.append(moments)
        await self.allowed.wait()
        return [[LiveAnswer(self.body, "cursor")] for _ in moments]


async def told(circle: Circle, moment: int, make: Make[int]) -> Sequence[LiveAnswer]:
    """Answer what is told of one moment."""
    (answers,) = await circle.get({moment: moment}, make)
    return answers


async def test_whoever_asks_meanwhile_waits_for_the_one_who_makes_it() -> None:
    sharing, make = Sharing(HandClock()), Maker()
    circles = [sharing.join("key") for _ in range(5)]
    asking = [asyncio.ensure_future(told(each, 1, make)) for each in circles]
    await asyncio.sleep(0)
    make.allowed.set()
    answers = await asyncio.gather(*asking)
    assert (answers, make.asked) == ([[LiveAnswer(b"told", "cursor")]] * 5, 1)
    assert await told(circles[0], 1, make) == answers[0]
    await told(circles[0], 2, make)
    await told(sharing.join("another"), 1, make)
    assert make.asked == 3


async def test_of_several_moments_those_are_made_in_common_that_nobody_has_yet() -> None:
    sharing, make, more = Sharing(HandClock()), Maker(), Maker(b"more")
    circle, other = sharing.join("key"), sharing.join("key")
    first = asyncio.ensure_future(circle.get({1: 1, 2: 2}, make))
    await asyncio.sleep(0)
    second = asyncio.ensure_future(other.get({2: 2, 3: 3, 4: 4}, more))
    await asyncio.sleep(0)
    assert (make.moments, more.moments) == ([[1, 2]], [[3, 4]])
    more.allowed.set()
    await asyncio.sleep(0)
    assert not second.done(), "it waits for what the other makes"
    make.allowed.set()
    bodies = [[each.body for (each,) in answers] for answers in (await first, await second)]
    assert bodies == [[b"told"] * 2, [b"told", b"more", b"more"]]
    assert (make.asked, more.asked, sharing.kept) == (1, 1, (4, 16))


async def test_what_is_made_at_once_is_made_once_for_all_who_are_told_it() -> None:
    sharing, answers = Sharing(HandClock()), [LiveAnswer(b"told", "cursor")]
    asked: list[str] = []

    def make(who: str) -> Callable[[], list[LiveAnswer]]:
        return lambda: asked.append(who) or answers

    circle = sharing.join("key")
    assert [circle.at_once(1, make(who)) for who in "ab"] == [answers, answers]
    assert (asked, sharing.kept) == (["a", "b"], (0, 0)), "nobody else is told it"
    sharing.join("key")
    assert circle.at_once(1, lambda: None) is None
    assert [circle.at_once(1, make(who)) for who in "cd"] == [answers, answers]
    assert circle.at_once(1, lambda: None) == answers
    assert (asked, sharing.kept) == (["a", "b", "c"], (1, 4))
    assert await told(circle, 1, Maker()) == answers


async def test_one_who_gives_up_while_making_it_leaves_it_to_the_next() -> None:
    sharing, make = Sharing(HandClock()), Maker()
    first, second, third = (sharing.join("key") for _ in range(3))
    giving_up = asyncio.ensure_future(told(first, 1, make))
    others = [asyncio.ensure_future(told(each, 1, make)) for each in (second, third)]
    await asyncio.sleep(0)
    giving_up.cancel()
    make.allowed.set()
    assert await asyncio.gather(*others) == [[LiveAnswer(b"told", "cursor")]] * 2
    assert (giving_up.cancelled(), make.asked) == (True, 2)


async def test_whoever_waits_for_what_fails_fails_with_it_and_nothing_of_it_is_kept() -> None:
    begun = asyncio.Event()

    async def fail(moments: list[int]) -> list[list[LiveAnswer]]:
        await begun.wait()
        raise LookupError("no")

    sharing, make = Sharing(HandClock()), Maker()
    make.allowed.set()
    circles = [sharing.join("key") for _ in range(3)]
    asking = [asyncio.ensure_future(told(each, 1, fail)) for each in circles]
    await asyncio.sleep(0)
    begun.set()
    failed = await asyncio.gather(*asking, return_exceptions=True)
    assert [str(each) for each in failed] == ["no"] * 3
    assert sharing.kept == (0, 0)
    assert len(await told(circles[0], 1, make)) == 1


async def test_what_was_told_a_while_ago_is_made_anew() -> None:
    clock, make = HandClock(), Maker()
    sharing = Sharing(clock)
    make.allowed.set()
    circle, _ = sharing.join("key"), sharing.join("key")
    await told(circle, 1, make)
    clock.seconds += KEPT_SECONDS
    await told(circle, 1, make)
    assert make.asked == 1
    clock.seconds += 0.001
    await told(circle, 1, make)
    assert make.asked == 2


async def test_nothing_is_kept_for_one_alone_nor_after_the_last_has_left() -> None:
    sharing, make = Sharing(HandClock()), Maker()
    make.allowed.set()
    circle = sharing.join("key")
    await told(circle, 1, make)
    await told(circle, 1, make)
    assert (make.asked, sharing.kept) == (2, (0, 0))
    circle.leave()
    assert sharing.join("key") is not circle


@pytest.mark.parametrize("size", [1, MOST_BYTES_KEPT // 8])
async def test_memory_is_bounded_by_number_and_by_bytes(size: int) -> None:
    sharing, make = Sharing(HandClock()), Maker(b"x" * size)
    make.allowed.set()
    circle, _ = sharing.join("key"), sharing.join("key")
    for moment in range(MOST_KEPT + 10):
        await told(circle, moment, make)
    expected = min(MOST_KEPT, MOST_BYTES_KEPT // size)
    assert sharing.kept == (expected, expected * size)
    await told(circle, MOST_KEPT + 9, make)
    assert make.asked == MOST_KEPT + 10
