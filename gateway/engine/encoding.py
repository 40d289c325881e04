"""JSON in pieces, the same bytes as in one: for answers that take long to write."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from gateway.engine.natives import encode

PIECE_BYTES = 65_536
# A list of fewer items is written item by item: each may be large.
FEW = 8


def pieces(value: Any) -> Iterator[bytes]:
    """Answer the JSON of a value, in pieces of some 64 kB; raises as orjson.dumps does."""
    waiting: list[bytes] = []
    size = 0
    for part in _parts(value):
        waiting.append(part)
        size += len(part)
        if size >= PIECE_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)


def _parts(value: Any) -> Iterator[bytes]:
    if type(value) is dict:
        yield from _object(value)
    elif type(value) is list:
        yield from _few(value) if len(value) < FEW else _many(value)
    else:
        yield encode(value)


def _object(value: Mapping[str, Any]) -> Iterator[bytes]:
    mark = b"{"
    for key, each in value.items():
        yield mark + orjson.dumps({key: None})[1:-5]
        yield from _parts(each)
        mark = b","
    yield b"}" if mark == b"," else b"{}"


def _few(values: Sequence[Any]) -> Iterator[bytes]:
    mark = b"["
    for each in values:
        yield mark
        yield from _parts(each)
        mark = b","
    yield b"]" if mark == b"," else b"[]"


def _many(values: Sequence[Any]) -> Iterator[bytes]:
    """Write as many items at once as the last ones make likely to fill a piece."""
    mark, start, count = b"[", 0, 1
    while start < len(values):
        text = encode(values[start : start + count])
        yield mark + text[1:-1]
        mark, start = b",", start + count
        if len(text) < PIECE_BYTES // 2:
            count *= 2
        elif len(text) > PIECE_BYTES * 2:
            count = max(1, count // 2)
    yield b"]"
