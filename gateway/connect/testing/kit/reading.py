"""K05, K06, K10, K16, K18: every record once, in the asked order, byte for byte, and none lost."""

import math
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec

from gateway.connect.errors import SourceError
from gateway.connect.manifest import Capability
from gateway.connect.protocols import FulfillmentSource, OrderSource, StockSource
from gateway.connect.records import Mapped
from gateway.connect.testing.dataset import DataStock
from gateway.connect.testing.kit.retail import (
    STRANGE_REFS,
    STRANGE_SKUS,
    a_retailer,
    a_strange_retailer,
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
    Capability.FULFILLMENT_SOURCE,
)  # fmt: skip
BATCHES = (Capability.STOCK_SOURCE, Capability.ORDER_SOURCE, Capability.FULFILLMENT_SOURCE)
DELTAS = BATCHES
MOST_ROWS = 120


def views(made: World, connector: Any = None) -> list[StreamView]:
    """Answer the streams of the world's connector, or of another one."""
    manifest = made.subject.definition.manifest
    deltas = [name for name, told in manifest.streams.items() if told.change_filter != "none"]
    return streams_of(connector or made.connector, deltas)


def expected(count: int) -> dict[str, int]:
    """Answer how many records each stream of the kit's retailer has."""
    return {"locations": max(1, count), "stock": count, "orders": count, "fulfillments": count}


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
        for stream in ("orders", "stock", "fulfillments"):
            if stream not in manifest.streams:
                continue
            count = min(2 * manifest.streams[stream].batch_size + 3, 55)
            asked = _asked(stream, count)
            place = await _some_place(made)
            await _by_name(made, stream, asked, place)
            made.sandbox.traffic.reset()
            found = await _by_name(made, stream, asked, place)
            told = [None if each is None else each for each in found]
            wanted = [None if "absent" in key else key for key in asked]
            hold(told == wanted, f"{stream}: asked {wanted[:4]}, answered {told[:4]}")
            most = math.ceil(len(asked) / manifest.streams[stream].batch_size)
            sent = sum(made.sandbox.traffic.requests.values())
            hold(sent <= most, f"{stream}: {sent} requests for {len(asked)}, at most {most}")
            peak = made.sandbox.traffic.peak_concurrency
            hold(peak <= manifest.limits.concurrency, f"{stream}: {peak} requests at once")


def _asked(stream: str, count: int) -> list[str]:
    """Answer names in no order of their own, two of them of nothing."""
    numbers = sorted(range(count), key=lambda n: (n * 7919) % 101)
    if stream == "stock":
        names = [f"SKU-{n:05d}" for n in numbers]
    else:
        names = [f"{n + 1000}-01" for n in numbers]
    return [*names[:1], "absent-1", *names[1:], "absent-2"]


async def _by_name(made: World, stream: str, asked: Sequence[str], place: str) -> list[str | None]:
    connector: Any = made.connector
    if stream == "orders" and isinstance(connector, OrderSource):
        orders = await connector.orders_by_ref(asked, deadline=made.soon)
        return [None if each is None else key_of(each) for each in orders]
    if stream == "fulfillments" and isinstance(connector, FulfillmentSource):
        works = await connector.fulfillments_by_ref(asked, deadline=made.soon)
        return [_order_of(some) for some in works]
    if isinstance(connector, StockSource):
        positions = [PositionRef(sku, place) for sku in asked]
        levels = await connector.stock_levels(positions, deadline=made.soon)
        return [_item_of(each) for each in levels]
    return []


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
    manifest = subject.definition.manifest
    async with world(subject, a_strange_retailer()) as made:
        for stream, asked in (
            ("orders", STRANGE_REFS), ("fulfillments", STRANGE_REFS), ("stock", STRANGE_SKUS),
        ):  # fmt: skip
            if stream in manifest.streams:
                found = await _by_name(made, stream, asked, await _some_place(made))
                hold(found == list(asked), f"{stream}: asked {list(asked)}, answered {found}")
        for view in views(made):
            if view.name == "stock":
                keys = await walked(made, view)
                seen = {key.rpartition("@")[0] for key in keys}
                hold(seen >= set(STRANGE_SKUS), f"the walk loses {set(STRANGE_SKUS) - seen}")


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
    if stream == "stock":
        place = await _some_place(made)
        for n in range(many):
            stock = DataStock(f"NEW-{n:05d}", "dc-1", 4)
            await made.act("put_stock", stock=msgspec.to_builtins(stock))
        return {position_key(PositionRef(f"NEW-{n:05d}", place)) for n in range(many)}
    for n in range(many):
        order = an_order(f"{n + 700000}-01", now, updated_at=now)
        await made.act("put_order", order=msgspec.to_builtins(order))
    refs = [f"{n + 700000}-01" for n in range(many)]
    return await _keys_of_orders(made, stream, refs)


async def _change_late(made: World, stream: str) -> set[str]:
    """Change one more record at once after a read: its time may lie before the read's."""
    now = made.clock.now().replace(microsecond=0)
    if stream == "stock":
        stock = DataStock("LATE-1", "dc-1", 4)
        await made.act("put_stock", stock=msgspec.to_builtins(stock))
        return {position_key(PositionRef("LATE-1", await _some_place(made)))}
    order = an_order("800000-01", now, updated_at=now - timedelta(seconds=1))
    await made.act("put_order", order=msgspec.to_builtins(order))
    return await _keys_of_orders(made, stream, ["800000-01"])


async def _keys_of_orders(made: World, stream: str, refs: Sequence[str]) -> set[str]:
    connector: Any = made.connector
    if stream == "orders":
        return set(refs)
    works = await connector.fulfillments_by_ref(refs, deadline=made.soon)
    return {key_of(each) for some in works for each in some}
