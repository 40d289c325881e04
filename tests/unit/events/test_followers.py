"""Who is told what by the tail: found by a key, its queue bounded, gone without a trace."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from gateway.events.entries import Entry
from gateway.events.errors import CursorExpired
from gateway.events.followers import Followers
from gateway.events.hearing import Hearer
from gateway.events.readers import Reader, Readers
from gateway.events.turns import SLOTS, Turns
from gateway.model.events import EventWish
from gateway.model.principal import Reach
from gateway.projection.audiences import NamedAudience
from gateway.projection.events import LoggedEvent
from gateway.projection.tail import TailEntry

NOW = datetime(2026, 11, 25, tzinfo=UTC)
SHOP = Hearer.of(Reach(channels=frozenset({"shop"})), EventWish())


def an_entry(position: int, channel: str = "shop", before: str | None = None) -> TailEntry:
    event = LoggedEvent(position, "order.updated", UUID(int=position), 1, ("status",), {}, NOW, NOW)
    return TailEntry(event, _named(channel), None if before is None else _named(before))


def _named(channel: str) -> NamedAudience:
    return NamedAudience(channel, frozenset([("channel", channel)]))


async def test_a_queue_is_bounded_and_who_is_behind_has_none() -> None:
    followers = Followers(Turns(), queue_entries=3)
    with followers.following(SHOP, 0) as follower:
        lengths = []
        for n in range(1, 7):
            followers.publish([an_entry(n)], n)
            lengths.append((follower.queued, follower.is_behind))
        assert lengths == [
            (1, False), (2, False), (3, False), (0, True), (0, True), (0, True),
        ]  # fmt: skip
        assert await follower.take() == []
        follower.position = 5
        assert not followers.is_live(follower)
        follower.position = 6
        assert followers.is_live(follower)
        followers.publish([an_entry(7), an_entry(8, "till"), an_entry(9, "till", "shop")], 9)
        kept, left = await follower.take()
        assert (kept.position, kept.event and kept.event.type) == (7, "order.updated")
        assert (left.position, left.event and left.event.type) == (9, "order.left")


async def test_what_a_reader_was_told_elsewhere_is_not_told_again() -> None:
    followers = Followers(Turns())
    followers.position = 3
    with followers.following(SHOP, 5) as follower:
        assert followers.is_live(follower)
        followers.publish([an_entry(n) for n in (4, 5, 6)], 6)
        assert [each.position for each in await follower.take()] == [6]


async def test_who_waits_is_handed_entries_and_who_was_woken_is_not() -> None:
    taken: list[int] = []
    takes = True

    def hand(entry: Entry) -> bool:
        if takes:
            taken.append(entry.position)
        return takes

    def positions(entries: list[Entry]) -> list[int]:
        return [each.position for each in entries]

    followers = Followers(Turns())
    with followers.following(SHOP, 0, hand) as follower:
        followers.publish([an_entry(1)], 1)
        assert (taken, follower.queued) == ([], 1)
        assert positions(await follower.take()) == [1]
        waiting = asyncio.create_task(follower.take())
        await asyncio.sleep(0)
        followers.publish([an_entry(2), an_entry(3, "till"), an_entry(4)], 4)
        assert (taken, follower.position, waiting.done()) == ([2, 4], 4, False)
        takes = False
        followers.publish([an_entry(5)], 5)
        takes = True
        followers.publish([an_entry(6)], 6)
        assert (taken, follower.queued) == ([2, 4], 2)
        assert positions(await waiting) == [5, 6]
        assert (taken, follower.position) == ([2, 4], 4)
        waiting = asyncio.create_task(follower.take())
        await asyncio.sleep(0)
        follower.fall_due()
        followers.publish([an_entry(7)], 7)
        assert (taken, follower.queued) == ([2, 4], 1)
        assert positions(await waiting) == [7]


async def test_nothing_is_left_of_who_has_gone() -> None:
    turns = Turns()
    followers = Followers(turns)
    many = [
        Hearer.of(Reach(everything=True), EventWish()),
        Hearer.of(Reach(everything=True), EventWish(channels=frozenset({"shop"}))),
        Hearer.of(Reach(), EventWish()),
        Hearer.of(Reach(channels=frozenset({"shop"})), EventWish(frozenset({UUID(int=1)}))),
    ]
    for hearer in many:
        with followers.following(hearer, 0):
            assert (len(followers), len(turns)) == (1, 1)
    assert (len(followers), len(turns)) == (0, 0)


def test_a_key_that_nobody_has_any_more_is_forgotten() -> None:
    readers: Readers[str, Reader] = Readers(Turns())
    first, second = Reader(), Reader()
    with readers.holding(first, ["a", "b"]):
        with readers.holding(second, ["b", "c"]):
            assert readers.of(["b"]) == {first, second}
            assert readers.keys() == ["a", "b", "c"]
        assert readers.keys() == ["a", "b"]
    assert readers.keys() == []


async def test_who_waits_is_woken_by_an_entry_a_checkpoint_or_a_loss() -> None:
    turns = Turns()
    followers = Followers(turns)
    with followers.following(SHOP, 0) as follower:

        async def woken_by(work: Any) -> list[Entry]:
            waiting = asyncio.create_task(follower.take())
            await asyncio.sleep(0)
            work()
            return await waiting

        assert len(await woken_by(lambda: followers.publish([an_entry(1)], 1))) == 1
        assert await woken_by(lambda: [turns.tick() for _ in range(SLOTS)]) == []
        assert (follower.take_due(), follower.take_due()) == (True, False)
        follower.position = 1
        with pytest.raises(CursorExpired):
            await woken_by(lambda: followers.lose(0))


def test_each_reader_is_due_once_in_a_round() -> None:
    class Reader:
        times = 0

        def fall_due(self) -> None:
            self.times += 1

    turns, readers = Turns(), [Reader() for _ in range(SLOTS * 2)]
    for n, each in enumerate(readers):
        turns.join(each)
        if n % 2:
            turns.tick()
    assert [each.times for each in readers] == [1, 1, *[0] * (SLOTS * 2 - 2)]
    for _ in range(SLOTS):
        turns.tick()
    assert [each.times for each in readers] == [2, 2, *[1] * (SLOTS * 2 - 2)]
