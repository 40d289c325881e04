"""K19: what the vendor deletes is missed by whom the manifest says."""

import asyncio
from collections.abc import Mapping
from typing import Any

from gateway.connect.protocols import WebhookSource
from gateway.connect.records import Mapped, Notice
from gateway.connect.testing.kit.reading import (
    WALKS,
    by_name,
    joined_by,
    name_in,
    records_of,
    some_place,
    views,
)
from gateway.connect.testing.kit.retail import a_retailer
from gateway.connect.testing.kit.rules import hold, rule
from gateway.connect.testing.kit.streams import (
    StreamView,
    begun,
    key_of,
    position_key,
    read_changes,
)
from gateway.connect.testing.kit.subject import Subject
from gateway.connect.testing.kit.world import World, receiving, subscribe, world

# What is deleted of the kit's retailer: the act, what it is told, and the retailer's own name.
VICTIMS: Mapping[str, tuple[str, dict[str, str], str]] = {
    "locations": ("delete_location", {"code": "dc-2"}, "dc-2"),
    "stock": ("delete_stock", {"sku": "SKU-00001", "location": "dc-1"}, "SKU-00001"),
    "orders": ("delete_order", {"ref": "1001-01"}, "1001-01"),
    "fulfillments": ("delete_order", {"ref": "1001-01"}, "1001-01"),
    "customers": ("delete_customer", {"ref": "c-1"}, "ana-1@example.com"),
    "invoices": ("delete_invoice", {"order": "1001-01"}, "1001-01"),
}
_TURNS = 500
_TURN_SECONDS = 0.01


@rule("K19", "deletions become visible the way the manifest says", *WALKS)
async def deletions(subject: Subject) -> None:
    for name, told in subject.definition.manifest.streams.items():
        if told.deletes == "none":
            continue
        async with world(subject, a_retailer(4)) as made:
            view = next(each for each in views(made) if each.name == name)
            await (_leaves_the_walk if told.deletes == "walk" else _is_told)(made, view)


async def _leaves_the_walk(made: World, view: StreamView) -> None:
    before = await _walked(made, view)
    await _delete(made, view)
    after = await _walked(made, view)
    for _ in range(_TURNS):
        if len(after) < len(before):
            break
        await asyncio.sleep(_TURN_SECONDS)
        after = await _walked(made, view)
    gone = sorted(set(before) - set(after))
    hold(gone, f"{view.name}: what the vendor has deleted stays in the walk")
    hold(len(gone) == 1, f"{view.name}: one is deleted and {gone} leave the walk")
    if view.name != "locations":
        name = name_in(view.name, before[gone[0]])
        found = await by_name(made, view.name, [name], await some_place(made))
        hold(found == [None], f"{view.name}: {name} is deleted, read by name it is {found}")


async def _is_told(made: World, view: StreamView) -> None:
    due = await _names_of_victim(made, view)
    async with receiving(made) as url:
        hooks = made.connector
        if isinstance(hooks, WebhookSource):
            await subscribe(made, hooks, url)
        cursor = await begun(made.connector, view, lambda: made.soon)
        await _delete(made, view)
        await made.sandbox.pushes.settle()
        for _ in range(_TURNS):
            gone = await _gone(made, view, cursor)
            if gone & due:
                return
            await asyncio.sleep(_TURN_SECONDS)
    word = "neither in Page.gone nor by a notice of what reads as None"
    hold(False, f"{view.name}: what the vendor has deleted is told {word}")


async def _walked(made: World, view: StreamView) -> dict[str, Any]:
    return {_key(record): record for record in await records_of(made, view)}


def _key(record: Any) -> str:
    return key_of(Mapped(record, b""))


async def _names_of_victim(made: World, view: StreamView) -> set[str]:
    """Answer what the victim may be called: its key, or what it is read by."""
    for record in await records_of(made, view):
        if joined_by(view.name, record) == VICTIMS[view.name][2]:
            return {_key(record), name_in(view.name, record)}
    hold(False, f"{view.name}: the walk does not show {VICTIMS[view.name][2]}")
    return set()


async def _delete(made: World, view: StreamView) -> None:
    act, told, _ = VICTIMS[view.name]
    hold(act in made.sandbox.acts, f"{view.name}: the sandbox has no act {act}")
    await made.act(act, **told)


async def _gone(made: World, view: StreamView, cursor: str | None) -> set[str]:
    """Answer what the delta says is gone, and what a push names and reads as absent."""
    found: set[str] = set()
    async for page in read_changes(made.connector, view, lambda: made.soon, cursor):
        found.update(page.gone)
    hooks = made.connector
    if isinstance(hooks, WebhookSource):
        for each in made.deliveries:
            hooks.verify(each)
            for notice in hooks.notices(each):
                if notice.stream == view.name:
                    found |= await _absent(made, notice)
    return found


async def _absent(made: World, notice: Notice) -> set[str]:
    connector: Any = made.connector
    if notice.stream == "stock":
        levels = await connector.stock_levels(notice.positions, deadline=made.soon)
        read = zip(notice.positions, levels, strict=True)
        return {position_key(position) for position, level in read if level is None}
    refs = list(notice.refs)
    found = await by_name(made, notice.stream, refs, "")
    return {ref for ref, name in zip(refs, found, strict=True) if name is None}
