"""A bounded cache lets go of what was used least recently, and speaks aiocache's words."""

from dataclasses import dataclass
from typing import Any

import pytest
from aiocache import cached
from aiocache.lock import RedLock
from hypothesis import given
from hypothesis import strategies as st

from gateway.cache import BoundedCache


@dataclass
class Hand:
    """A clock that a test moves."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


def a_cache(entries: int = 3, size: int = 100, clock: Any = None) -> BoundedCache:
    return BoundedCache(
        max_entries=entries, max_bytes=size, size_of=lambda value: len(str(value)),
        monotonic=clock or Hand(),
    )  # fmt: skip


async def test_what_is_set_is_answered_and_what_is_deleted_is_not() -> None:
    cache = a_cache()
    assert await cache.set(("SKU-1", "g"), "one") is True
    assert await cache.get(("SKU-1", "g")) == "one"
    assert await cache.get("absent") is None
    assert await cache.get("absent", default="none") == "none"
    assert await cache.multi_get([("SKU-1", "g"), "absent"]) == ["one", None]
    assert await cache.exists(("SKU-1", "g")) is True
    assert await cache.delete(("SKU-1", "g")) == 1
    assert await cache.delete(("SKU-1", "g")) == 0
    assert await cache.exists(("SKU-1", "g")) is False
    assert (len(cache), cache.bytes) == (0, 0)


async def test_several_are_set_at_once_and_cleared_by_their_beginning() -> None:
    cache = a_cache()
    await cache.multi_set([("a:1", "x"), ("a:2", "y"), ("b:1", "z")])
    assert await cache.clear(namespace="a:") is True
    assert await cache.multi_get(["a:1", "a:2", "b:1"]) == [None, None, "z"]
    await cache.clear()
    assert (len(cache), cache.bytes) == (0, 0)


async def test_what_is_there_is_not_added_again_and_numbers_are_counted_up() -> None:
    cache = a_cache()
    await cache.add("n", 1)
    with pytest.raises(ValueError, match="is there already"):
        await cache.add("n", 2)
    assert await cache.increment("n", 4) == 5
    assert await cache.increment("m") == 1
    await cache.set("word", "w")
    with pytest.raises(TypeError, match="is no number"):
        await cache.increment("word")


async def test_what_has_had_its_time_is_gone() -> None:
    clock = Hand()
    cache = a_cache(clock=clock)
    await cache.multi_set([("short", "s"), ("counted", 1)], ttl=5)
    await cache.set("long", "l")
    clock.seconds = 4.9
    assert await cache.get("short") == "s"
    assert await cache.increment("counted") == 2
    assert await cache.expire("long", 1) is True
    assert await cache.expire("absent", 1) is False
    clock.seconds = 5.0
    assert await cache.multi_get(["short", "counted", "long"]) == [None, None, "l"]
    assert await cache.expire("long", None) is True
    clock.seconds = 1e9
    assert await cache.exists("long") is True
    assert (len(cache), cache.bytes) == (1, 1)


async def test_aiocaches_own_decorator_and_lock_work_with_it() -> None:
    cache = a_cache(entries=9)
    calls = []

    async def price(of: str) -> str:
        calls.append(of)
        return f"{of}!"

    kept = cached(key_builder=lambda _, of: of)(price)
    kept.cache = cache
    assert [await kept("a"), await kept("a"), await kept("b")] == ["a!", "a!", "b!"]
    assert calls == ["a", "b"]
    async with RedLock(cache, "job", lease=5):
        assert await cache.exists("job-lock") is True
    assert await cache.exists("job-lock") is False


def test_the_least_recently_used_goes_first() -> None:
    cache = a_cache(entries=2)
    cache.put("a", 1)
    cache.put("b", 2)
    cache.peek_many(["a"])
    cache.put("c", 3)
    assert cache.peek_many(["a", "b", "c"]) == [1, None, 3]
    assert cache.evictions == 1


def test_one_that_is_too_big_is_not_kept_and_takes_nobody_elses_room() -> None:
    cache = a_cache(size=10)
    cache.put("a", "12345")
    cache.put("b", "12345")
    cache.put("a", "x" * 11)
    assert cache.peek_many(["a", "b"]) == [None, "12345"]
    assert (cache.bytes, cache.evictions) == (5, 0)
    cache.put("c", "123456")
    assert cache.peek_many(["b", "c"]) == [None, "123456"]


class Model:
    """What the cache is to hold: keys by their last use."""

    def __init__(self) -> None:
        self.kept: dict[int, str] = {}

    def use(self, key: int) -> None:
        if key in self.kept:
            self.kept[key] = self.kept.pop(key)

    def put(self, key: int, value: str) -> None:
        self.kept.pop(key, None)
        if len(value) <= 12:
            self.kept[key] = value
        while len(self.kept) > 3 or sum(map(len, self.kept.values())) > 12:
            del self.kept[next(iter(self.kept))]


@given(st.lists(st.tuples(st.sampled_from(["put", "peek", "drop"]), st.integers(0, 5),
                          st.integers(1, 14)), max_size=40))  # fmt: skip
def test_whatever_is_done_it_is_within_its_bounds_and_keeps_the_last_used(
    steps: list[tuple[str, int, int]],
) -> None:
    cache, model = a_cache(entries=3, size=12), Model()
    for what, key, size in steps:
        if what == "put":
            cache.put(key, "x" * size)
            model.put(key, "x" * size)
        elif what == "peek":
            assert cache.peek_many([key]) == [model.kept.get(key)]
            model.use(key)
        else:
            assert cache.drop([key]) == (model.kept.pop(key, None) is not None)
        assert (len(cache), cache.bytes) == (len(model.kept), sum(map(len, model.kept.values())))
