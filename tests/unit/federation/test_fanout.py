"""One fetch for everybody who asks for the same at the same time."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.connect.deadline import Deadline
from gateway.connect.errors import DeadlineExceeded, Throttled, Unreachable
from gateway.federation.fanout import Fanout
from gateway.model.time import SystemClock

CLOCK = SystemClock()


class Source:
    """Answers each number with its square, none for 0, and fails on a batch with 13 in it."""

    def __init__(self, batch_size: int = 3, most_waiting: int = 100) -> None:
        self.batches: list[list[int]] = []
        self.open: Counter[int] = Counter()
        self.gate = asyncio.Event()
        self.gate.set()
        self.fanout: Fanout[int, int] = Fanout(
            self._fetch, batch_size=batch_size, clock=CLOCK, seconds=30, most_waiting=most_waiting
        )

    async def _fetch(self, keys: Sequence[int], deadline: Deadline) -> Mapping[int, int]:
        self.batches.append(list(keys))
        self.open.update(keys)
        assert max(self.open.values()) == 1
        try:
            await self.gate.wait()
            await asyncio.sleep(0)
            if 13 in keys:
                raise Unreachable("thirteen")
            return {key: key * key for key in keys if key}
        finally:
            self.open.subtract(keys)

    async def get(self, *keys: int, seconds: float = 30) -> dict[int, object]:
        return dict(await self.fanout.get(keys, Deadline.after(seconds, CLOCK)))


async def test_askers_in_one_turn_share_batches_of_the_right_size() -> None:
    source = Source()
    found = await asyncio.gather(source.get(1, 2), source.get(2, 3), source.get(4, 0))
    assert list(found) == [{1: 1, 2: 4}, {2: 4, 3: 9}, {4: 16, 0: None}]
    assert source.batches == [[1, 2, 3], [4, 0]]


async def test_one_batchs_failure_is_its_keys_alone() -> None:
    source = Source(batch_size=1)
    found = await source.get(1, 13)
    assert found[1] == 1
    assert isinstance(found[13], Unreachable)


async def test_a_cancelled_asker_cancels_nobody_and_an_impatient_one_is_told() -> None:
    source = Source()
    source.gate.clear()
    first, second = asyncio.create_task(source.get(1)), asyncio.create_task(source.get(1))
    impatient = await source.get(1, seconds=0)
    assert isinstance(impatient[1], DeadlineExceeded)
    first.cancel()
    source.gate.set()
    assert await second == {1: 1}
    assert first.cancelled()
    assert source.batches == [[1]]


async def test_what_is_started_behind_is_shared_with_whoever_asks() -> None:
    source = Source()
    source.fanout.ask([1, 2])
    assert await source.get(2) == {2: 4}
    assert source.batches == [[1, 2]]


async def test_too_much_at_once_is_refused_and_closing_leaves_no_task() -> None:
    source = Source(most_waiting=2)
    source.gate.clear()
    source.fanout.ask([1, 2])
    (refused,) = (await source.get(3)).values()
    assert isinstance(refused, Throttled)
    await asyncio.sleep(0)
    await source.fanout.close()
    assert [t for t in asyncio.all_tasks() if t is not asyncio.current_task()] == []


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.lists(st.integers(0, 14), min_size=1, max_size=6), st.booleans(),
                          st.integers(0, 3)), min_size=1, max_size=8))  # fmt: skip
def test_any_interleaving_answers_everybody(asks: list[tuple[list[int], bool, int]]) -> None:
    async def story() -> None:
        source = Source()

        async def ask(keys: list[int], turns: int) -> dict[int, object]:
            for _ in range(turns):
                await asyncio.sleep(0)
            return await source.get(*keys)

        tasks = [asyncio.create_task(ask(keys, turns)) for keys, _, turns in asks]
        await asyncio.sleep(0)
        for task, (_, is_cancelled, _) in zip(tasks, asks, strict=True):
            if is_cancelled:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for task, (keys, is_cancelled, _) in zip(tasks, asks, strict=True):
            if task.cancelled():
                assert is_cancelled
                continue
            for key, value in task.result().items():
                ok = None if key == 0 else key * key
                assert value == ok or isinstance(value, Unreachable)
            assert set(task.result()) == set(keys)
        assert all(len(batch) <= 3 for batch in source.batches)
        await source.fanout.close()

    asyncio.run(story())
