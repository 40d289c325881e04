"""The messages of `graphql-transport-ws`, as they are read and written.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md (read 2026-11-25).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from gateway.settings import VariableLimits
from gateway.web.asking import Asked, check_values, request_of_fields
from gateway.web.closing import CloseCode, SocketClosed
from gateway.web.refusals import Refusal

SUBPROTOCOL = "graphql-transport-ws"
LONGEST_ID = 256
ACK = b'{"type":"connection_ack"}'
_CREDENTIALS = {
    "authorization": "authorization",
    "apikey": "x-api-key",
    "x-api-key": "x-api-key",
}


@dataclass(frozen=True, slots=True)
class Init:
    """Who is there: credentials by the header that they would be."""

    credentials: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Ping:
    """Asks whether we are there; its payload comes back."""

    payload: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Pong:
    """Says that the peer is there."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Asks for an operation, a query or a mutation as well."""

    id: str
    asked: Asked


@dataclass(frozen=True, slots=True)
class Complete:
    """Wants no more of an operation."""

    id: str


Incoming = Init | Ping | Pong | Subscribe | Complete


def read_message(text: str | None, limits: VariableLimits) -> Incoming:
    """Answer a peer's message, None being a binary one; raises SocketClosed."""
    if text is None:
        raise _malformed("send text, not binary messages")
    fields = _fields_of(text)
    payload = fields.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise _malformed("`payload` must be a map")
    try:
        return _read(fields, payload, limits)
    except Refusal as refusal:
        raise _malformed(refusal.message) from None


def _read(
    fields: dict[str, Any], payload: dict[str, Any] | None, limits: VariableLimits
) -> Incoming:
    match fields.get("type"):
        case "subscribe":
            if payload is None:
                raise _malformed("`payload` must be a map")
            return Subscribe(_id_of(fields), request_of_fields(payload, limits))
        case "complete":
            return Complete(_id_of(fields))
        case "ping":
            check_values(payload, limits)
            return Ping(payload)
        case "pong":
            return Pong()
        case "connection_init":
            return Init(_credentials(payload or {}))
        case _:
            raise _malformed("`type` is none that a client sends")


def pong_text(payload: dict[str, Any] | None) -> bytes:
    """Answer the message that a ping is answered with."""
    told = {"type": "pong"} if payload is None else {"type": "pong", "payload": payload}
    return orjson.dumps(told)


def next_head(operation_id: str) -> bytes:
    """Answer what goes before each result of an operation; `}` goes after it."""
    return b'{"id":%s,"type":"next","payload":' % orjson.dumps(operation_id)


def error_text(operation_id: str, errors: bytes) -> bytes:
    """Answer the message that ends an operation with a JSON list of errors."""
    return b'{"id":%s,"type":"error","payload":%s}' % (orjson.dumps(operation_id), errors)


def complete_text(operation_id: str) -> bytes:
    """Answer the message that says that an operation is over."""
    return b'{"id":%s,"type":"complete"}' % orjson.dumps(operation_id)


def _fields_of(text: str) -> dict[str, Any]:
    try:
        fields = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _malformed("not valid JSON") from None
    if not isinstance(fields, dict):
        raise _malformed("a message must be a map")
    return fields


def _id_of(fields: dict[str, Any]) -> str:
    told = fields.get("id")
    if not isinstance(told, str) or not 0 < len(told) <= LONGEST_ID or "\x00" in told:
        raise _malformed(f"`id` must be a text of 1 to {LONGEST_ID} characters")
    return told


def _credentials(payload: dict[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in payload.items():
        header = _CREDENTIALS.get(name.lower())
        if header is not None and value is not None:
            if not isinstance(value, str):
                raise _malformed(f"`{header}` must be a text")
            found.setdefault(header, []).append(value)
    return found


def _malformed(why: str) -> SocketClosed:
    return SocketClosed(CloseCode.BAD_REQUEST, why)
