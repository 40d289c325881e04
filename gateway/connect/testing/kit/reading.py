"""K05, K06, K10, K16, K18: every record once, in the asked order, byte for byte, and none lost."""

import math
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from gateway.connect.errors import SourceError
from gateway.connect.manifest import Capability, Role
from gateway.connect.records import Mapped
from gateway.connect.testing.dataset import DataStock
from gateway.connect.testing.kit.retail import (
    STRANGE_REFS,
    STRANGE_SKUS,
    a_customer,
    a_retailer,
    a_strange_retailer,
    an_invoice,
    an_order,
)
from gateway.connect.testing.kit.rules import hold, rule
from gateway.connect.testing.kit.streams import (
    Endless,
    StreamView,
    followed,
    key_of,
    pages,
    position_key,
    streams_of,
)
from gateway.connect.testing.kit.subject import Subject
from gateway.connect.testing.kit.world import World, world
from gateway.model.stock import PositionRef

WALKS = (
    Capability.LOCATION_SOURCE, Capability.STOCK_SOURCE, Capability.ORDER_SOURCE,
    Capability.FULFILLMENT_SOURCE, Capability.CUSTOMER_SOURCE, Capability.INVOICE_SOURCE,
)  # fmt: skip
BATCHES = WALKS[1:]
DELTAS = BATCHES
MOST_ROWS = 120


def views(made: World, connector: Any = None) -> list[StreamView]:
    """Answer the streams of the world's connector, or of another one."""
    manifest = made.subject.definition.manifest
    deltas = [name for name, told in manifest.streams.items() if told.change_filter != "none"]
    return streams_of(connector or made.connector, deltas)


def expected(count: int) -> dict[str, int]:
    """Answer how many records each stream of the kit's retailer has."""
    per_order = ("stock", "orders", "fulfillments", "customers", "invoices")
    return {"locations": max(1, count), **dict.fromkeys(per_order, count)}


async def walked(made: World, view: StreamView, cursor: str | None = None) -> list[str]:
    """Answer the keys of a walk from a cursor on."""
    return [
        key_of(item)
        async for page in pages(view.walk, lambda: made.soon, cursor)
        for item in page.items
    ]


@rule("K05", "paging: 0, 1, n, n+1 items, each once; a repeating cursor ends in an error", *WALKS)
async def paging(subject: Subject) -> None:
    sizes = {
        min(told.page_size, MOST_ROWS) for told in subject.definition.manifest.streams.values()
    }
    for count in sorted({0, 1, *sizes, *(size + 1 for size in sizes)}):
        async with world(subject, a_retailer(count)) as made:
            for view in views(made):
                keys = await walked(made, view)
                twice = [key for key, times in Counter(keys).items() if times > 1]
                hold(not twice, f"{view.name} of {count}: read twice: {twice[:3]}")
                told = f"{view.name}: {len(keys)} of {expected(count)[view.name]} records"
                hold(len(keys) == expected(count)[view.name], told)
    async with world(subject, a_retailer(2 * max(sizes) + 1)) as made:
        made.proxy.repeats = True
        for view in views(made):
            await _ends(made, view)


async def _ends(made: World, view: StreamView) -> None:
    """A vendor that answers the first page for ever: an error or an end, not a loop."""
    try:
        async for _ in pages(view.walk, lambda: made.soon):
            pass
    except SourceError:
        return
    except Endless as error:
        hold(False, f"{view.name}: {error}")


@rule("K06", "a batch read keeps the asked order, None for absent, within the batch size", *BATCHES)
async def batches(subject: Subject) -> None:
    manifest = subject.definition.manifest
    async with world(subject, a_retailer(60)) as made:
        for view in views(made):
            if view.name == "locations":
                continue
            told = manifest.streams[view.name]
            asked = _asked(await _names(made, view), min(2 * told.batch_size + 3, 55))
            place = await _some_place(made)
            await by_name(made, view.name, asked, place)
            made.sandbox.traffic.reset()
            found = await by_name(made, view.name, asked, place)
            wanted = [None if "absent" in key else key for key in asked]
            hold(found == wanted, f"{view.name}: asked {wanted[:4]}, answered {found[:4]}")
            most = math.ceil(len(asked) / told.batch_size)
            sent = sum(made.sandbox.traffic.requests.values())
            hold(sent <= most, f"{view.name}: {sent} requests for {len(asked)}, at most {most}")
            peak = made.sandbox.traffic.peak_concurrency
            hold(peak <= manifest.limits.concurrency, f"{view.name}: {peak} requests at once")


async def _names(made: World, view: StreamView) -> list[str]:
    """Answer the names by which the stream's records are asked for, in the walk's order."""
    records = await records_of(made, view)
    if view.name == "stock":
        return [str(record.position.item) for record in records]
    if view.name == "fulfillments":
        return [str(record.order_ref) for record in records]
    return [str(record.ref) for record in records]


async def records_of(made: World, view: StreamView) -> list[Any]:
    """Answer the records of a whole walk."""
    return [
        item.record
        async for page in pages(view.walk, lambda: made.soon)
        for item in page.items
        if isinstance(item, Mapped)
    ]


def _asked(names: Sequence[str], count: int) -> list[str]:
    """Answer so many names in no order of their own, and two of nothing."""
    places = sorted(range(len(names)), key=lambda n: (n * 7919) % 101)
    chosen = [names[n] for n in places[:count]]
    return [*chosen[:1], "absent-1", *chosen[1:], "absent-2"]


async def by_name(made: World, stream: str, asked: Sequence[str], place: str) -> "list[str | None]":
    """Read records of a stream by name; answer the name that each came back with."""
    connector: Any = made.connector
    if stream == "stock":
        positions = [PositionRef(sku, place) for sku in asked]
        levels = await connector.stock_levels(positions, deadline=made.soon)
        return [_item_of(each) for each in levels]
    if stream == "fulfillments":
        works = await connector.fulfillments_by_ref(asked, deadline=made.soon)
        return [_order_of(some) for some in works]
    found = await getattr(connector, f"{stream}_by_ref")(asked, deadline=made.soon)
    return [None if each is None else key_of(each) for each in found]


def _order_of(works: Sequence[Any]) -> str | None:
    named = {each.record.order_ref for each in works if isinstance(each, Mapped)}
    return str(named.pop()) if len(named) == 1 else None


def _item_of(found: Any) -> str | None:
    return str(found.record.position.item) if isinstance(found, Mapped) else None


async def _some_place(made: World) -> str:
    """Answer what the source calls the location where all stock lies."""
    for view in views(made):
        if view.name == "stock":
            page = await view.walk(None, made.soon)
            for item in page.items:
                if isinstance(item, Mapped):
                    return str(item.record.position.location)
    return "dc-1"


@rule("K10", "refs round-trip byte for byte: leading zeros, case, unicode, 64 bits", *BATCHES)
async def refs(subject: Subject) -> None:
    async with world(subject, a_strange_retailer()) as made:
        for view in views(made):
            if view.name in ("locations", "customers"):
                continue
            records = await records_of(made, view)
            wanted = STRANGE_SKUS if view.name == "stock" else STRANGE_REFS
            named = {joined_by(view.name, record): record for record in records}
            lost = set(wanted) - set(named)
            hold(not lost, f"{view.name}: the walk loses {sorted(lost)}")
            asked = await _names(made, view)
            found = await by_name(made, view.name, asked, await _some_place(made))
            hold(found == asked, f"{view.name}: asked {asked}, answered {found}")


def joined_by(stream: str, record: Any) -> str:
    """Answer the retailer's own name of a record: its order's, its item's or its e-mail."""
    if stream == "orders":
        return str(record.channel_ref or record.ref)
    if stream in ("fulfillments", "invoices"):
        return str(record.order_ref)
    if stream == "stock":
        return str(record.position.item)
    return str(record.emails[0])


@rule("K16", "stopped after any page and resumed from the stored cursor: nothing lost", *WALKS)
async def resuming(subject: Subject) -> None:
    async with world(subject, a_retailer(MOST_ROWS * 2 + 5)) as made:
        for view in views(made):
            whole = [page async for page in pages(view.walk, lambda: made.soon)]
            every = Counter(key_of(item) for page in whole for item in page.items)
            for stop, page in enumerate(whole[:-1]):
                again = next(v for v in views(made, made.another()) if v.name == view.name)
                before = [key_of(item) for done in whole[: stop + 1] for item in done.items]
                after = await walked(made, again, page.next_cursor)
                lost = set(every) - set(before) - set(after)
                hold(
                    not lost, f"{view.name}, stopped after page {stop + 1}: lost {sorted(lost)[:3]}"
                )
                repeated = len(before) + len(after) - len(every)
                most = max(len(each.items) for each in whole)
                hold(repeated <= most, f"{view.name}: {repeated} rows are read again")


@rule("K18", "equal timestamps across a page edge and late commits are not lost", *DELTAS)
async def equal_times(subject: Subject) -> None:
    manifest = subject.definition.manifest
    async with world(subject, a_retailer(3)) as made:
        for view in views(made):
            if view.changes is None:
                continue
            first = await view.changes(None, made.soon)
            _, cursor = await followed(made.connector, view, lambda: made.soon, first.next_cursor)
            many = min(manifest.streams[view.name].page_size, MOST_ROWS) + 7
            wanted = await _change_many(made, view.name, many)
            seen, cursor = await followed(made.connector, view, lambda: made.soon, cursor)
            lost = wanted - set(seen)
            hold(not lost, f"{view.name}: {len(lost)} of {many} with one time are lost")
            late = await _change_late(made, view.name)
            seen, cursor = await followed(made.connector, view, lambda: made.soon, cursor)
            hold(late <= set(seen), f"{view.name}: what was committed late is lost")


async def _change_many(made: World, stream: str, many: int) -> set[str]:
    """Change many records in the same moment; answer what their stream calls them."""
    now = made.clock.now().replace(microsecond=0)
    for n in range(many):
        await _put(made, stream, n, now)
    return await _keys_named(made, stream, {_name(stream, n) for n in range(many)})


async def _change_late(made: World, stream: str) -> set[str]:
    """Change one more record at once after a read: its time may lie before the read's."""
    now = made.clock.now().replace(microsecond=0) - timedelta(seconds=1)
    await _put(made, stream, LATE, now)
    return await _keys_named(made, stream, {_name(stream, LATE)})


LATE = 90_000


def _name(stream: str, n: int) -> str:
    if stream == "stock":
        return f"NEW-{n:05d}"
    return a_customer(n + 100).email if stream == "customers" else f"{n + 700000}-01"


async def _put(made: World, stream: str, n: int, at: datetime) -> None:
    """Make a record of the stream at the vendor, or the order that brings it about."""
    if stream == "stock":
        stock = DataStock(_name(stream, n), "dc-1", 4)
        await made.act("put_stock", stock=msgspec.to_builtins(stock))
        return
    ref = f"{n + 700000}-01"
    order = an_order(ref, at, updated_at=at, customer=a_customer(n + 100))
    await made.act("put_order", order=msgspec.to_builtins(order))
    if stream == "invoices":
        invoice = an_invoice(n + 100, at, order=ref)
        await made.act("put_invoice", invoice=msgspec.to_builtins(invoice))


async def _keys_named(made: World, stream: str, names: Collection[str]) -> set[str]:
    """Answer what the stream calls the records that the retailer calls so."""
    if stream == "stock":
        place = await _some_place(made)
        return {position_key(PositionRef(name, place)) for name in names}
    if stream == "orders" and "orders" in _own_names(made):
        return set(names)
    if stream == "fulfillments":
        connector: Any = made.connector
        works = await connector.fulfillments_by_ref(sorted(names), deadline=made.soon)
        return {key_of(each) for some in works for each in some}
    view = next(each for each in views(made, made.another()) if each.name == stream)
    records = await records_of(made, view)
    keys = {str(r.ref) for r in records if joined_by(stream, r) in names}
    hold(len(keys) == len(names), f"{stream}: the walk shows {len(keys)} of {len(names)}")
    return keys


def _own_names(made: World) -> set[str]:
    """Answer the streams whose records are called by the channel's ids: a channel's orders."""
    roles = set(made.subject.definition.manifest.roles)
    return {"orders"} if roles & {Role.MARKETPLACE, Role.ECOMMERCE} else set()
