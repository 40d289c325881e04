"""Reads a vendor's JSON as wire types, and says where it is not as it should be."""

import json
import re
from typing import TypeVar

import msgspec
from msgspec import Raw

from gateway.connect.errors import MalformedPayload, UpstreamFault

T = TypeVar("T")

_PLACE = re.compile(r" - at `\$\.?(.*)`$")
_MISSING = re.compile(r"missing required field `(.+?)`")


def decode(raw: bytes | Raw, into: type[T]) -> T:
    """Read JSON as a wire type; raises MalformedPayload, or UpstreamFault when it is not JSON."""
    try:
        return msgspec.json.decode(raw, type=into)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if not _is_json(bytes(raw)):
            raise UpstreamFault("the answer is not JSON") from error
        raise MalformedPayload(_reason(str(error)), _path(str(error))) from error


def _reason(message: str) -> str:
    return _PLACE.sub("", message)


def _path(message: str) -> str:
    place, missing = _PLACE.search(message), _MISSING.search(message)
    parts = [place.group(1) if place else "", missing.group(1) if missing else ""]
    return ".".join(part for part in parts if part)


def _is_json(raw: bytes) -> bool:
    try:
        json.loads(raw)
    except (ValueError, RecursionError):
        return False
    return True
