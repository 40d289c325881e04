"""Reads at sources what the projection knows too little of, in shared batches, written through."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

from gateway.connect.concurrency import beside
from gateway.connect.deadline import Deadline
from gateway.connect.protocols import FulfillmentSource, InvoiceSource, OrderSource
from gateway.connect.records import Mapped, Unmappable
from gateway.federation.allowance import Allowance
from gateway.federation.fanout import Asked, Fanout, after_requests
from gateway.federation.sources import ConnectedSource, Sources
from gateway.model.stock import PositionRef
from gateway.model.time import Clock
from gateway.projection.items import load_item_refs
from gateway.projection.locations import load_location_refs
from gateway.projection.orders.confirming import Confirmation, Confirmed
from gateway.telemetry.spans import RECORDS, SOURCE, STREAM, Attribute, span

K = TypeVar("K")
T = TypeVar("T")
Item: TypeAlias = Mapped[Any] | Unmappable
Position: TypeAlias = tuple[str, UUID]
WriteStock: TypeAlias = Callable[
    [ConnectedSource, Sequence[PositionRef], Sequence[Item | None], Any], Awaitable[None]
]
# What is known of records, in the words of whoever writes them.
Expected: TypeAlias = Any
Expect: TypeAlias = Callable[[ConnectedSource, str, Sequence[str]], Coroutine[Any, Any, Expected]]
WriteRecords: TypeAlias = Callable[
    [ConnectedSource, str, Sequence[Item], Expected], Awaitable[Confirmed]
]
# What was read by a key was written, or these records are all there is, and were only told again.
Told: TypeAlias = bool | tuple[Confirmation, ...]


@dataclass(frozen=True, slots=True)
class AskedRecords:
    """Records that a source was asked for; those beyond the allowance were refused."""

    refs: frozenset[str]
    asked: Asked[str, Told]
    refusal: Exception

    @property
    def outcomes(self) -> "dict[str, Told | Exception | None]":
        """What became of each by now."""
        return {**dict.fromkeys(self.refs, self.refusal), **self.asked.outcomes}


@dataclass(frozen=True, slots=True)
class WriteThrough:
    """How what was read reaches the projection; given by whoever puts the parts together.

    `expect` reads what is known of records, while their source is asked; `records` is given it,
    and answers what was only told again: that is dated soon after, and `settled` waits for it.
    """

    stock: WriteStock
    expect: Expect
    records: WriteRecords
    settled: Callable[[Collection[UUID]], Awaitable[None]]


class Refresher:
    """Shared reads: positions by (SKU, location), work by the channel's order id, orders and
    invoices by their source's id."""

    def __init__(
        self, pool: Any, sources: Sources, write: WriteThrough, clock: Clock, *, seconds: float
    ) -> None:
        self._pool = pool
        self._write = write
        self._clock = clock
        self._sources = sources
        self._stock: dict[str, Fanout[PositionRef, bool]] = {}
        self._records: dict[tuple[str, str], Fanout[str, Told]] = {}
        for source in sources:
            if source.stock is not None:
                self._stock[source.id] = self._fanout(source, "stock", self._levels, seconds)
            kinds: tuple[tuple[str, Any, Any], ...] = (
                ("orders", source.orders, self._orders),
                ("invoices", source.invoices, self._invoices),
                ("fulfillments", source.fulfillments, self._works),
            )
            for stream, can, work in kinds:
                if can is not None:
                    reads = partial(work, can)
                    self._records[source.id, stream] = self._fanout(source, stream, reads, seconds)

    def can_read_stock(self, source_id: str | None) -> bool:
        """Answer whether a source's stock can be read."""
        return source_id in self._stock

    async def read_stock(
        self,
        positions: Iterable[tuple[str, UUID, str]],
        deadline: Deadline,
        allowance: Allowance,
    ) -> "dict[Position, bool | Exception | None]":
        """Read positions given as (SKU, location, source); answer what became of each."""
        named = await self._named(positions)
        found = await asyncio.gather(
            *(self._levels_of(of, asked, deadline, allowance) for of, asked in named.items())
        )
        return {position: value for some in found for position, value in some.items()}

    async def read_stock_behind(
        self, positions: Iterable[tuple[str, UUID, str]], allowance: Allowance
    ) -> None:
        """Begin to read positions; nobody waits."""
        for source_id, asked in (await self._named(positions)).items():
            admitted = self._admitted(source_id, "stock", list(asked.values()), allowance)
            self._stock[source_id].ask(admitted)

    def ask_records(
        self, source_id: str, stream: str, refs: Sequence[str], allowance: Allowance
    ) -> "AskedRecords":
        """Ask for orders or work by the channel's order ids, for invoices by their own; nobody
        waits, but whoever wants may."""
        admitted = self._admitted(source_id, stream, refs, allowance)
        asked = self._records[source_id, stream].ask(admitted)
        return AskedRecords(frozenset(refs), asked, allowance.refusal(source_id))

    async def settled(self, ids: Collection[UUID]) -> None:
        """Wait until those of these rows that were only told again are dated."""
        await self._write.settled(ids)

    async def close(self) -> None:
        """Give up what is under way."""
        for stock in self._stock.values():
            await stock.close()
        for records in self._records.values():
            await records.close()

    async def _levels_of(
        self,
        source_id: str,
        asked: Mapping[Position, PositionRef],
        deadline: Deadline,
        allowance: Allowance,
    ) -> "dict[Position, bool | Exception | None]":
        admitted = self._admitted(source_id, "stock", list(asked), allowance)
        refs = {position: asked[position] for position in admitted}
        found = await self._stock[source_id].get(refs.values(), deadline)
        refused = dict.fromkeys(asked, allowance.refusal(source_id))
        return {**refused, **{position: found[ref] for position, ref in refs.items()}}

    def _admitted(
        self, source_id: str, stream: str, keys: Sequence[K], allowance: Allowance
    ) -> Sequence[K]:
        source = self._sources.get(source_id)
        if source is None:
            return keys
        return allowance.admit(source_id, keys, source.stream(stream).batch_size)

    async def _named(
        self, positions: Iterable[tuple[str, UUID, str]]
    ) -> dict[str, dict[Position, PositionRef]]:
        """Answer the positions in their sources' words; what a source has no word for is left."""
        by_source: dict[str, list[Position]] = {}
        for sku, location, source_id in positions:
            by_source.setdefault(source_id, []).append((sku, location))
        named: dict[str, dict[Position, PositionRef]] = {}
        for source_id, asked in by_source.items():
            items = await load_item_refs(self._pool, source_id, [sku for sku, _ in asked])
            places = await load_location_refs(self._pool, source_id, [at for _, at in asked])
            named[source_id] = {
                (sku, at): PositionRef(items[sku].sku, places[at])
                for sku, at in asked
                if sku in items and at in places
            }
        return named

    def _fanout(
        self, source: ConnectedSource, stream: str, work: Any, seconds: float
    ) -> "Fanout[Any, Any]":
        async def fetch(keys: Sequence[Any], deadline: Deadline) -> Mapping[Any, Any]:
            told: dict[str, Attribute] = {SOURCE: source.id, STREAM: stream, RECORDS: len(keys)}
            with span(f"refresh {stream}", told):
                found: Mapping[Any, Any] = await work(source, keys, deadline)
            return found

        size = source.stream(stream).batch_size * source.manifest.limits.concurrency
        return Fanout(fetch, batch_size=size, clock=self._clock, seconds=seconds)

    async def _levels(
        self, source: ConnectedSource, keys: Sequence[PositionRef], deadline: Deadline
    ) -> dict[PositionRef, bool]:
        stock = source.stock
        if stock is None:
            return {}
        observed_at = self._clock.now()
        found = await source.breaker.run(lambda: stock.stock_levels(keys, deadline=deadline))
        await self._write.stock(source, keys, found, observed_at)
        return {
            key: True
            for key, each in zip(keys, found, strict=True)
            if each is None or isinstance(each, Mapped)
        }

    async def _orders(
        self, orders: OrderSource, source: ConnectedSource, keys: Sequence[str], deadline: Deadline
    ) -> dict[str, Told]:
        found, expected = await self._asked(
            source, "orders", keys, lambda: orders.orders_by_ref(keys, deadline=deadline)
        )
        return await self._kept(source, "orders", keys, found, expected)

    async def _invoices(
        self,
        invoices: InvoiceSource,
        source: ConnectedSource,
        keys: Sequence[str],
        deadline: Deadline,
    ) -> dict[str, Told]:
        found, expected = await self._asked(
            source, "invoices", keys, lambda: invoices.invoices_by_ref(keys, deadline=deadline)
        )
        return await self._kept(source, "invoices", keys, found, expected)

    async def _asked(
        self,
        source: ConnectedSource,
        stream: str,
        keys: Sequence[str],
        ask: "Callable[[], Coroutine[Any, Any, T]]",
    ) -> tuple[T, Expected]:
        """Answer what the source says, and what is known of it: read while the source is asked."""
        told, known = await beside(
            _outcome(source.breaker.run(ask)), _outcome(self._known(source, stream, keys))
        )
        return _result(told), _result(known)

    async def _known(self, source: ConnectedSource, stream: str, keys: Sequence[str]) -> Expected:
        await after_requests()
        return await self._write.expect(source, stream, keys)

    async def _kept(
        self,
        source: ConnectedSource,
        stream: str,
        keys: Sequence[str],
        found: Sequence[Item | None],
        expected: Expected,
    ) -> dict[str, Told]:
        """Write records through; answer the keys whose record could be read."""
        items = [each for each in found if each is not None]
        confirmed = await self._write.records(source, stream, items, expected)
        return {
            key: True if (again := confirmed.get(each.record.ref)) is None else (again,)
            for key, each in zip(keys, found, strict=True)
            if isinstance(each, Mapped)
        }

    async def _works(
        self,
        works: FulfillmentSource,
        source: ConnectedSource,
        keys: Sequence[str],
        deadline: Deadline,
    ) -> dict[str, Told]:
        found, expected = await self._asked(
            source, "fulfillments", keys, lambda: works.fulfillments_by_ref(keys, deadline=deadline)
        )
        items = [each for some in found for each in some]
        confirmed = await self._write.records(source, "fulfillments", items, expected)
        return {
            key: _told(some, confirmed)
            for key, every in zip(keys, found, strict=True)
            for some in [[each for each in every if isinstance(each, Mapped)]]
            if len(some) == len(every)
        }


def _told(records: Sequence[Mapped[Any]], confirmed: Confirmed) -> Told:
    """Answer what was told again of all of them, or that some of them was written."""
    again = tuple(confirmed[ref] for each in records if (ref := each.record.ref) in confirmed)
    return again if len(again) == len(records) else True


async def _outcome(work: Awaitable[T]) -> T | Exception:
    try:
        return await work
    except Exception as error:  # noqa: BLE001
        return error


def _result(outcome: T | Exception) -> T:
    if isinstance(outcome, Exception):
        raise outcome
    return outcome
