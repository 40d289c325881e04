"""K20: whoever follows the deltas knows what a full walk would tell."""

import asyncio
from dataclasses import fields, is_dataclass
from datetime import datetime
from random import Random
from typing import Any

import msgspec

from gateway.connect.records import Mapped
from gateway.connect.testing.dataset import DataLine, DataOrder, DataStock
from gateway.connect.testing.kit.deleting import VICTIMS
from gateway.connect.testing.kit.reading import DELTAS, records_of, views
from gateway.connect.testing.kit.retail import a_customer, a_retailer, an_invoice, an_order
from gateway.connect.testing.kit.rules import hold, rule
from gateway.connect.testing.kit.streams import StreamView, begun, key_of, read_changes
from gateway.connect.testing.kit.subject import Subject
from gateway.connect.testing.kit.world import World, world

SEEDS = (3, 14, 159)
STEPS = 40
KNOWN, MOST = 4, 7
WORDS = ("approved", "processing", "invoiced", "shipped", "delivered", "canceled")
_TURNS = 500
_TURN_SECONDS = 0.01

State = dict[str, dict[str, Any]]


@rule("K20", "random history: replaying deltas = full walk", *DELTAS)
async def histories(subject: Subject) -> None:
    for seed in SEEDS:
        async with world(subject, a_retailer(KNOWN)) as made:
            for view in views(made):
                if view.changes is not None:
                    await History(made, view, seed).plays()


class History:
    """One stream's random history, and what is known of it by its walk and its deltas."""

    def __init__(self, made: World, view: StreamView, seed: int) -> None:
        self._made = made
        self._view = view
        self._seed = seed
        self._chance = Random(seed)  # noqa: S311
        told = made.subject.definition.manifest.streams[view.name]
        self._covered = told.fields_covered
        self._deletes = told.deletes == "event"
        self._living = set(range(KNOWN))
        self._cursor: str | None = None

    async def plays(self) -> None:
        """Let things happen, read deltas in between, and hold what is known to a full walk."""
        made, view = self._made, self._view
        self._cursor = await begun(made.connector, view, lambda: made.soon)
        state = await self._walked()
        for _ in range(STEPS):
            await self._happen()
            if self._chance.random() < 0.3:
                await self._follow(state)
        for _ in range(_TURNS):
            await self._follow(state)
            wanted = await self._walked()
            if state == wanted:
                return
            await asyncio.sleep(_TURN_SECONDS)
        hold(False, f"{view.name}, history {self._seed}: {_difference(state, wanted)}")

    async def _walked(self) -> State:
        records = await records_of(self._made, self._view)
        return {key_of(Mapped(record, b"")): self._facts(record) for record in records}

    async def _follow(self, state: State) -> None:
        made, view = self._made, self._view
        async for page in read_changes(made.connector, view, lambda: made.soon, self._cursor):
            for item in page.items:
                hold(isinstance(item, Mapped), f"{view.name}: {item!r}")
                if isinstance(item, Mapped):
                    state[key_of(item)] = self._facts(item.record)
            for ref in page.gone:
                state.pop(ref, None)
            self._cursor = page.next_cursor or self._cursor

    def _facts(self, record: Any) -> dict[str, Any]:
        return {name: _timeless(getattr(record, name)) for name in self._covered}

    async def _happen(self) -> None:
        made, stream, n = self._made, self._view.name, self._chance.randrange(MOST)
        if self._deletes and n in self._living and self._chance.random() < 0.3:
            self._living.remove(n)
            await made.act(VICTIMS[stream][0], **_named(stream, n))
            return
        self._living.add(n)
        now = made.clock.now()
        if stream == "stock":
            await made.act("put_stock", stock=msgspec.to_builtins(self._stock(n)))
            return
        await made.act("put_order", order=msgspec.to_builtins(self._order(n, now)))
        if stream == "invoices":
            word = self._chance.choice(("issued", "cancelled"))
            invoice = msgspec.structs.replace(an_invoice(n, now), word=word)
            await made.act("put_invoice", invoice=msgspec.to_builtins(invoice))

    def _stock(self, n: int) -> DataStock:
        on_hand, allocated = self._chance.randrange(50), self._chance.randrange(5)
        return DataStock(f"SKU-{n:05d}", "dc-1", on_hand, allocated)

    def _order(self, n: int, now: datetime) -> DataOrder:
        word, quantity = self._chance.choice(WORDS), self._chance.randrange(1, 5)
        is_sent = word in ("shipped", "delivered")
        customer = msgspec.structs.replace(a_customer(n), last_name=f"Souza {quantity}")
        return an_order(
            f"{n + 1000}-01",
            now,
            word=word,
            updated_at=now,
            customer=customer,
            lines=(DataLine("SKU-00000", quantity, "10.50", "3.25", "dc-1"),),
            paid=f"{10.5 * quantity + 3.25:.2f}",
            shipped_at=now if is_sent else None,
            delivered_at=now if word == "delivered" else None,
        )


def _timeless(value: Any) -> Any:
    """Answer a value without the times at which it was read."""
    if isinstance(value, tuple):
        return tuple(map(_timeless, value))
    if not is_dataclass(value) or isinstance(value, type):
        return value
    names = [each.name for each in fields(value) if each.name != "observed_at"]
    return {name: _timeless(getattr(value, name)) for name in names}


def _named(stream: str, n: int) -> dict[str, str]:
    """Answer how an act of deletion is told of the n-th record."""
    if stream == "stock":
        return {"sku": f"SKU-{n:05d}", "location": "dc-1"}
    if stream == "customers":
        return {"ref": f"c-{n}"}
    return {"order" if stream == "invoices" else "ref": f"{n + 1000}-01"}


def _difference(state: State, wanted: State) -> str:
    """Answer the first record that differs, and in which fields."""
    for key in sorted(state.keys() | wanted.keys()):
        followed, walked = state.get(key), wanted.get(key)
        if followed is None or walked is None:
            return f"{key} is only {'walked' if followed is None else 'replayed'}"
        for name, value in followed.items():
            if value != walked[name]:
                return f"{key}: {name} is replayed as {value!r} and walked as {walked[name]!r}"
    return "nothing"
