"""K05, K06, K10, K16: every record once, in the asked order, byte for byte, and none lost."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from gateway.connect.errors import SourceError
from gateway.connect.manifest import Capability
from gateway.connect.records import Mapped
from gateway.connect.testing.kit.retail import (
    STRANGE_REFS,
    STRANGE_SKUS,
    a_retailer,
    a_strange_retailer,
)
from gateway.connect.testing.kit.rules import hold, rule
from gateway.connect.testing.kit.streams import (
    Endless,
    StreamView,
    key_of,
    pages,
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
            asked = asked_for(await names_of(made, view), min(2 * told.batch_size + 3, 55))
            place = await some_place(made)
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


async def names_of(made: World, view: StreamView) -> list[str]:
    """Answer the names by which the stream's records are asked for, in the walk's order."""
    return [name_in(view.name, record) for record in await records_of(made, view)]


def name_in(stream: str, record: Any) -> str:
    """Answer the name by which a record of the stream is asked for."""
    if stream == "stock":
        return str(record.position.item)
    return str(record.order_ref if stream == "fulfillments" else record.ref)


async def records_of(made: World, view: StreamView) -> list[Any]:
    """Answer the records of a whole walk."""
    return [
        item.record
        async for page in pages(view.walk, lambda: made.soon)
        for item in page.items
        if isinstance(item, Mapped)
    ]


def asked_for(names: Sequence[str], count: int) -> list[str]:
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


async def some_place(made: World) -> str:
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
            asked = await names_of(made, view)
            found = await by_name(made, view.name, asked, await some_place(made))
            hold(found == asked, f"{view.name}: asked {asked}, answered {found}")


def joined_by(stream: str, record: Any) -> str:
    """Answer the retailer's own name of a record: its order's, item's or own code, or e-mail."""
    if stream == "locations":
        return str(record.code)
    if stream == "orders":
        return str(record.channel_ref or record.ref)
    if stream in ("fulfillments", "invoices"):
        return str(record.order_ref)
    if stream == "stock":
        return str(record.position.item)
    return str(record.emails[0])


@rule("K16", "stopped after any page and resumed from the stored cursor: nothing lost", *WALKS)
async def resuming(subject: Subject) -> None:
    sizes = [told.page_size for told in subject.definition.manifest.streams.values()]
    async with world(subject, a_retailer(2 * min(max(sizes), MOST_ROWS) + 5)) as made:
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
