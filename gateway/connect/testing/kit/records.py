"""K07-K09: whatever the vendor sends maps or is refused with its path; money exact, times aware."""

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.connect.errors import ContractError, SourceError, UpstreamFault
from gateway.connect.manifest import Capability
from gateway.connect.records import Mapped, Unmappable
from gateway.connect.testing.dataset import DataOrder
from gateway.connect.testing.kit.proxy import Spoil
from gateway.connect.testing.kit.reading import WALKS, views
from gateway.connect.testing.kit.retail import a_retailer
from gateway.connect.testing.kit.rules import Violation, also, hold, rule
from gateway.connect.testing.kit.streams import StreamView, pages
from gateway.connect.testing.kit.subject import Subject
from gateway.connect.testing.kit.world import World, world
from gateway.model.location import GeoPoint
from gateway.model.money import Money
from gateway.model.stock import PositionRef

Path = tuple[str | int, ...]
ABSENT = object()
RETYPED: dict[type, object] = {str: 17, int: "seventeen", float: [], bool: "perhaps", list: "x",
                               dict: [], type(None): {"x": 1}}  # fmt: skip
MOST_PATHS = 400


@rule(
    "K07",
    "every payload maps or is quarantined: missing, null, retyped -> Contract error, never absent",
    *WALKS,
)
async def mutations(subject: Subject) -> None:
    async with world(subject, a_retailer(1)) as made:
        for view in views(made):
            bodies = await _bodies(made, view)
            for path, body in bodies.items():
                await _spoil_each(made, view, path, body)


async def _bodies(made: World, view: StreamView) -> dict[str, bytes]:
    """Answer the JSON bodies that one walk of the stream receives, by address."""
    seen: dict[str, bytes] = {}

    def keep(path: str, body: bytes) -> bytes:
        seen.setdefault(path, body)
        return body

    made.proxy.spoil = keep
    fresh = _fresh(made, view)
    await fresh.walk(None, made.soon)
    made.proxy.spoil = None
    return seen


def _fresh(made: World, view: StreamView) -> StreamView:
    """Answer the stream on a connector that remembers nothing."""
    return next(each for each in views(made, made.another()) if each.name == view.name)


async def _spoil_each(made: World, view: StreamView, address: str, body: bytes) -> None:
    tree = json.loads(body)
    places = list(_places(tree))[:MOST_PATHS]
    for place in places:
        for value in (ABSENT, None, RETYPED[type(_at(tree, place))]):
            spoiled = json.dumps(_put(json.loads(body), place, value)).encode()
            made.proxy.spoil = _replacing(address, spoiled)
            where = f"{view.name}: {address}: {'.'.join(map(str, place))} {_word(value)}"
            is_leaf = not isinstance(_at(tree, place), dict)
            await _is_contract(made, _fresh(made, view), where, is_leaf=is_leaf)
    made.proxy.spoil = None


def _replacing(address: str, spoiled: bytes) -> Spoil:
    return lambda path, body: spoiled if path == address else body


async def _is_contract(made: World, view: StreamView, where: str, *, is_leaf: bool) -> None:
    try:
        page = await view.walk(None, made.soon)
    except (ContractError, UpstreamFault):
        return
    except SourceError as error:
        raise Violation(f"{where}: {type(error).__name__}") from error
    except Exception as error:
        raise Violation(f"{where}: {type(error).__name__}: {error}") from error
    for item in page.items:
        if isinstance(item, Unmappable):
            hold(isinstance(item.error, ContractError), f"{where}: {item.error!r}")
            hold(item.raw, f"{where}: the record's bytes are not kept")
            hold(item.error.path or not is_leaf, f"{where}: the error has no path")


@also("K07", Capability.STOCK_SOURCE)
async def levels(subject: Subject) -> None:
    """A row that cannot be read is not absent, where levels are asked for: it would count as 0."""
    async with world(subject, a_retailer(1)) as made:
        (first, *_) = [each for stream, each in await _records(made) if stream == "stock"]
        bodies: dict[str, bytes] = {}
        made.proxy.spoil = lambda path, body: bodies.setdefault(path, body)
        await _ask_again(made, first.position)
        for address, body in bodies.items():
            tree = json.loads(body)
            rows = [each for each in _places(tree) if any(isinstance(part, int) for part in each)]
            for place in [each for each in rows if isinstance(each[-1], str)][:MOST_PATHS]:
                for value in (ABSENT, RETYPED[type(_at(tree, place))]):
                    spoiled = json.dumps(_put(json.loads(body), place, value)).encode()
                    made.proxy.spoil = _replacing(address, spoiled)
                    found = await _ask_again(made, first.position)
                    where = f"{address}: {'.'.join(map(str, place))} {_word(value)}"
                    hold(found is not None, f"stock_levels: {where}: the position is absent")
        made.proxy.spoil = None


async def _ask_again(made: World, position: PositionRef) -> object:
    """Read a level by a connector that remembers nothing; answer it, or why it was not read."""
    connector: Any = made.another()
    try:
        (found,) = await connector.stock_levels([position], deadline=made.soon)
    except SourceError as error:
        return error
    return found


def _word(value: object) -> str:
    return "missing" if value is ABSENT else "null" if value is None else "of another type"


def _places(tree: Any, at: Path = ()) -> Iterator[Path]:
    children = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in children:
        yield (*at, key)
        if isinstance(value, dict | list):
            yield from _places(value, (*at, key))


def _at(tree: Any, place: Path) -> Any:
    for key in place:
        tree = tree[key]
    return tree


def _put(tree: Any, place: Path, value: object) -> Any:
    holder = _at(tree, place[:-1])
    if value is ABSENT:
        del holder[place[-1]]
    else:
        holder[place[-1]] = value
    return tree


async def _records(made: World) -> list[tuple[str, Any]]:
    return [
        (view.name, item.record)
        for view in views(made)
        async for page in pages(view.walk, lambda: made.soon)
        for item in page.items
        if isinstance(item, Mapped)
    ]


@rule("K08", "no float money; currency always there", *WALKS)
async def money(subject: Subject) -> None:
    async with world(subject, a_retailer(3)) as made:
        for stream, record in await _records(made):
            for name, value in _values(record):
                hold(not isinstance(value, float), f"{stream}: {name} is a float")
                is_money = not isinstance(value, Money) or len(value.currency) == 3
                hold(is_money, f"{stream}: {name} has no currency")
            total = getattr(record, "total", None)
            if total is not None:
                hold(isinstance(total, Money), f"{stream}: total is {type(total).__name__}")
                hold(str(total.amount) == "24.25", f"{stream}: total {total.amount} is not 24.25")


@rule("K09", "all times aware UTC; the vendor's own time where it gives one", *WALKS)
async def times(subject: Subject) -> None:
    async with world(subject, a_retailer(3)) as made:
        began = made.clock.now()
        found = await _records(made)
        for stream, record in found:
            for name, value in _values(record):
                if isinstance(value, datetime):
                    is_utc = value.utcoffset() == timedelta(0)
                    hold(is_utc, f"{stream}: {name} is not in UTC: {value.isoformat()}")
            hold(record.observed_at >= began, f"{stream}: observed_at is not the request's start")
            updated_at = getattr(record, "updated_at", None)
            is_vendors = updated_at is None or updated_at < began + timedelta(seconds=1)
            hold(is_vendors, f"{stream}: updated_at is not the vendor's")
        placed = {r.placed_at for stream, r in found if stream == "orders"}
        data = {_told(order, subject) for order in made.sandbox.options.dataset.orders}
        hold(placed <= data, f"orders: placed_at {sorted(placed - data)} is not the vendor's")


def _told(order: DataOrder, subject: Subject) -> datetime:
    """Answer when an order was placed as far as its vendor tells."""
    if subject.order_days_in is None:
        return order.placed_at
    day = order.placed_at.astimezone(subject.order_days_in)
    return day.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def _values(record: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(record, GeoPoint):
        return
    if is_dataclass(record) and not isinstance(record, type):
        for each in fields(record):
            value = getattr(record, each.name)
            yield f"{at}{each.name}", value
            yield from _values(value, f"{at}{each.name}.")
    elif isinstance(record, tuple):
        for place, value in enumerate(record):
            yield f"{at}{place}", value
            yield from _values(value, f"{at}{place}.")
