"""K17: a cursor resumes its own stream, or says that it cannot."""

import base64
import json
import string
from collections.abc import AsyncIterator
from typing import Any

from gateway.connect.errors import CursorExpired
from gateway.connect.testing.kit.reading import MOST_ROWS, WALKS, views
from gateway.connect.testing.kit.retail import a_retailer
from gateway.connect.testing.kit.rules import Violation, hold, rule
from gateway.connect.testing.kit.streams import Read, StreamView, pages
from gateway.connect.testing.kit.subject import Subject
from gateway.connect.testing.kit.world import World, world

MOST_BYTES = 1024
_LETTERS = set(string.ascii_letters + string.digits + "-_=")
_GARBAGE = ("", "0", "garbage", "!?", "ação", "bnVsbA", "e30", "W10", "x" * MOST_BYTES)


@rule("K17", "cursor opaque, versioned, small; any that is not its own -> CursorExpired", *WALKS)
async def cursors(subject: Subject) -> None:
    async with world(subject, a_retailer(MOST_ROWS * 2 + 5)) as made:
        found: dict[str, list[str]] = {}
        reads = {name: read for view in views(made) for name, read in _reads(view)}
        for name, read in reads.items():
            found[name] = [cursor async for cursor in _cursors(made, read)]
            for number, cursor in enumerate(found[name], 1):
                _is_small(f"{name}, page {number}", cursor)
        for name, read in reads.items():
            others = [each for other, some in found.items() if other != name for each in some[-1:]]
            await _refuses_all(made, name, read, found[name], others)
            again = await read(None, made.soon)
            hold(again is not None, f"{name}: no backfill after CursorExpired")


def _reads(view: StreamView) -> list[tuple[str, Read]]:
    """Answer the stream's walk and its delta, by what a failure calls them."""
    walk = (f"the walk of {view.name}", view.walk)
    return [walk, (f"the changes of {view.name}", view.changes)] if view.changes else [walk]


async def _cursors(made: World, read: Read) -> AsyncIterator[str]:
    async for page in pages(read, lambda: made.soon):
        if page.next_cursor is not None:
            yield page.next_cursor


def _is_small(where: str, cursor: Any) -> None:
    hold(isinstance(cursor, str), f"{where}: the cursor is a {type(cursor).__name__}")
    size = len(cursor.encode())
    hold(size <= MOST_BYTES, f"{where}: the cursor has {size} bytes, {MOST_BYTES} are allowed")
    hold(set(cursor) <= _LETTERS, f"{where}: the cursor is not opaque: {cursor!r}")
    kind, _, version = str(_opened(cursor).get("v")).rpartition("/")
    is_versioned = bool(kind) and version.isdigit()
    hold(is_versioned, f"{where}: no version in it: write it with gateway.connect.cursors")


def _opened(cursor: str) -> dict[str, Any]:
    """Answer what `write_cursor` wrote, {} where it is not of that form."""
    try:
        told = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _of_another_version(cursor: str) -> str:
    told = _opened(cursor)
    told["v"] = str(told["v"]).rpartition("/")[0] + "/999"
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")


async def _refuses_all(
    made: World, name: str, read: Read, own: list[str], others: list[str]
) -> None:
    for garbage in _GARBAGE:
        await _refuses(made, name, read, garbage, f"the cursor {garbage[:20]!r}")
    for other in others:
        await _refuses(made, name, read, other, "another stream's cursor")
    for cursor in own[-1:]:
        await _refuses(made, name, read, cursor[: len(cursor) // 2], "half a cursor")
        await _refuses(made, name, read, _of_another_version(cursor), "another version's cursor")


async def _refuses(made: World, name: str, read: Read, cursor: str, what: str) -> None:
    try:
        await read(cursor, made.soon)
    except CursorExpired:
        return
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        raise Violation(f"{name}, {what}: {told} where CursorExpired is due") from error
    raise Violation(f"{name}, {what}: it is taken where CursorExpired is due")
