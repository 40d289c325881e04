"""Those who read a warehouse and those who ask, each step decided by chance."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from gateway.projection.quarantine import (
    QuarantineEntry,
    put_in_quarantine,
    resolve_quarantined,
    resolve_unseen,
)
from gateway.projection.stock import (
    PositionFacts,
    apply_stock,
    clear_gone,
    clear_unlisted,
)
from gateway.projection.streams import complete_walk, forget_delta, load_stream

from .copying import Copying
from .stage import Stage
from .warehouse import Key, Truth, Written, judge

SKUS = ("SKU-1", "SKU-2", "SKU-3")
# The copies step aside when the last round began longer ago.
LAG = timedelta(seconds=2)


class Chance:
    """Takes one step at a time, in an order that a seed decides; every answer is judged."""

    def __init__(self, stage: Stage, connections: Sequence[Any], seed: int) -> None:
        self.stage = stage
        self.asked = self.crashed = 0
        self._random = Random(seed)
        self._free = list(connections)
        self._locked: set[Key] = set()
        self._reads: list[tuple[Key, datetime]] = []
        self._reads_changes = False
        self._open: list[Callable[[], Awaitable[None]]] = []
        self._asks: set[asyncio.Task[None]] = set()
        self._units = count(1)

    @property
    def _copying(self) -> Copying:
        return self.stage.copying

    async def prepare(self) -> None:
        """Let everything be read once; nothing lies of the last SKU."""
        places = await self.stage.pool.fetch("SELECT id, code FROM location ORDER BY code")
        self._codes = {row["id"]: row["code"] for row in places}
        self.keys = [(sku, at) for sku in SKUS for at in self._codes]
        first = self._tick()
        self.truth = Truth({
            key: [(first, None if key[0] == SKUS[-1] else next(self._units))] for key in self.keys
        })  # fmt: skip
        self.written = Written({key: [(first, 0)] for key in self.keys})
        self._read_to = self._tick()
        listed = [key for key in self.keys if key[0] != SKUS[-1]]
        await self._write(self.stage.pool, listed, self._read_to)
        await self._note()
        await self._cover(self._read_to)
        await self.stage.walk()

    async def run(self, steps: int) -> None:
        """Take so many steps, then end what is open."""
        kinds: list[Callable[[], Awaitable[None]]] = [
            self._change, self._change, self._read_changes, self._read_one, self._walk,
            self._end_one, self._end_one, self._pass_on, self._pass_on, self._ask, self._ask,
            self._ask, self._hold, self._let_go, self._expire, self._wait,
        ]  # fmt: skip
        for _ in range(steps):
            await self._random.choice(kinds)()
        while self._open:
            await self._end_one()
        self._copying.reads.let_go()
        await asyncio.gather(*self._asks)
        await self._pass_on()
        while self._copying.is_waiting:
            await self._pass_on()
        await self._ask()
        await self._ask()

    # What happens at the warehouse

    async def _change(self) -> None:
        known = self.truth.changes[self._random.choice(self.keys)]
        units = None if self._random.random() < 0.15 else next(self._units)
        if known[-1][1] != units:
            known.append((self._tick(), units))

    async def _wait(self) -> None:
        self.stage.clock.advance(self._random.choice([0.1, 2.5]))

    # Who reads it, in transactions that stay open for a while, and are lost at times

    async def _read_changes(self) -> None:
        """Read what has changed since the last time; some of it cannot be read."""
        moment = self._tick()
        changed = [k for k in self.keys if self.truth.has_changed(k, self._read_to, moment)]
        mine = self._of_skus(changed)
        if self._reads_changes or not self._free or self._locked & mine or not mine:
            return
        self._reads_changes = True
        broken = self._broken(changed)

        async def write(connection: Any) -> None:
            await self._write(connection, [k for k in changed if k not in broken], moment)
            await self._misread(connection, broken, moment)

        async def then() -> None:
            self._reads_changes = False
            await self._cover(moment)

        async def lost() -> None:
            self._reads_changes = False

        await self._begin(mine, write, then, lost)

    async def _read_one(self) -> None:
        """Read one position, as a refresh does; it may take long until that is written."""
        self._reads.append((self._random.choice(self.keys), self._tick()))
        key, moment = self._random.choice(self._reads)
        mine = self._of_skus([key])
        if not self._free or self._locked & mine or self._random.random() < 0.4:
            return
        self._reads.remove((key, moment))
        broken = self._broken([key])

        async def write(connection: Any) -> None:
            if broken:
                await self._misread(connection, broken, self.stage.clock.now())
            else:
                await self._write(connection, [key], moment)

        await self._begin(mine, write)

    async def _walk(self) -> None:
        """Read everything; what is not listed is 0 as of the beginning, and some cannot be read."""
        if self._open or self._random.random() < 0.5:
            return
        moment = self._tick()
        listed = [key for key in self.keys if self.truth.at(key, moment) is not None]
        broken = self._broken(listed)

        async def write(connection: Any) -> None:
            await self._write(connection, [k for k in listed if k not in broken], moment)
            await self._misread(connection, broken, self.stage.clock.now())
            state = await load_stream(connection, "wms", "stock")
            await complete_walk(connection, state, started_at=moment, is_gapless=True)
            await resolve_unseen(connection, "wms", "stock", moment, moment)
            await clear_unlisted(connection, "wms", moment)

        await self._begin(set(self.keys), write)

    def _broken(self, keys: Sequence[Key]) -> dict[Key, bool]:
        """Answer which records cannot be read, and whether their location can."""
        return {key: self._random.random() < 0.5 for key in keys if self._random.random() < 0.15}

    def _of_skus(self, keys: Sequence[Key]) -> set[Key]:
        """Answer every position of these SKUs: who writes one holds what is said of the others."""
        skus = {sku for sku, _ in keys}
        return {key for key in self.keys if key[0] in skus}

    async def _expire(self) -> None:
        """Let the cursor have expired: the changes until the next delta begins are not read."""
        if self._open or self._random.random() < 0.8:
            return
        state = await load_stream(self.stage.pool, "wms", "stock")
        await forget_delta(self.stage.pool, state)
        self._read_to = self._tick()
        await self._cover(self._read_to)

    async def _begin(
        self,
        keys: set[Key],
        write: Callable[[Any], Awaitable[None]],
        then: Callable[[], Awaitable[None]] | None = None,
        lost: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        connection = self._free.pop()
        self._locked |= keys
        await connection.execute("BEGIN")
        await write(connection)

        async def end() -> None:
            is_kept = self.crashed > 0 and self._random.random() < 0.85
            await connection.execute("COMMIT" if is_kept else "ROLLBACK")
            self.crashed += not is_kept
            self._free.append(connection)
            self._locked.difference_update(keys)
            await self._note()
            last = then if is_kept else lost
            if last is not None:
                await last()

        self._open.append(end)

    async def _end_one(self) -> None:
        if self._open:
            await self._open.pop(self._random.randrange(len(self._open)))()

    async def _write(self, connection: Any, keys: Sequence[Key], moment: datetime) -> None:
        units = {key: self.truth.at(key, moment) for key in keys}
        facts = [
            PositionFacts(*key, held, 0, None, [], None, moment)
            for key, held in units.items()
            if held is not None
        ]
        await apply_stock(connection, "wms", facts)
        gone = [key for key, held in units.items() if held is None]
        await clear_gone(connection, "wms", gone, moment)
        refs = [f"{sku}@{self._codes[at]}" for sku, at in keys] + [sku for sku, _ in keys]
        await resolve_quarantined(connection, "wms", "stock", refs, moment, read_at=moment)

    async def _misread(self, connection: Any, broken: Mapping[Key, bool], moment: datetime) -> None:
        entries = [
            _entry(sku, self._codes[at] if is_located else None)
            for (sku, at), is_located in broken.items()
        ]
        await put_in_quarantine(connection, "wms", entries, moment)

    async def _note(self) -> None:
        rows = await self.stage.pool.fetch("SELECT sku, location_id, on_hand FROM position")
        for row in rows:
            key = (row["sku"], row["location_id"])
            self.written.commit(key, row["on_hand"], self.stage.clock.now())

    async def _cover(self, moment: datetime) -> None:
        self._read_to = moment
        state = await load_stream(self.stage.pool, "wms", "stock")
        await self.stage.cover(since=state.covered_since or moment, watermark=moment)

    # Who passes it on, and who asks

    async def _pass_on(self) -> None:
        if not self._copying.is_waiting:
            self.written.begin()
        await self._copying.step()
        if not self._copying.is_waiting:
            self.written.complete()

    async def _hold(self) -> None:
        self._copying.reads.hold()

    async def _let_go(self) -> None:
        self._copying.reads.let_go()
        await asyncio.gather(*self._asks)
        self._asks.clear()

    async def _ask(self) -> None:
        """Ask for everything; where what is read is held back, others take their steps first."""
        due = self.written.due(self.stage.clock.now() - LAG)
        asks = asyncio.create_task(self._judged(due))
        self._asks.add(asks)
        await self._copying.reads.until_quiet(asks)

    async def _judged(self, due: dict[Key, int]) -> None:
        for answer in await self.stage.ask(*SKUS, max_age=1e9):
            judge(answer, self.truth, self.written, due)
        self.asked += 1

    def _tick(self) -> datetime:
        self.stage.clock.advance(0.001)
        return self.stage.clock.now()


def _entry(sku: str, place: str | None) -> QuarantineEntry:
    ask = {"ref": sku} if place is None else {"item": sku, "location": place}
    ref = sku if place is None else f"{sku}@{place}"
    return QuarantineEntry("stock", ref, b"{}", "MALFORMED_PAYLOAD", "", "no number", ask)
