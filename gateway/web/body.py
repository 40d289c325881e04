"""Reads a request's body within bounds of size and time."""

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from gateway.connect.alarm import within
from gateway.web.refusals import Refusal
from gateway.web.whole import body_of

MOST_DISCARDED_BYTES = 1_048_576


async def read_body(scope: Scope, receive: Receive, limit: int, timeout_seconds: float) -> bytes:
    """Answer the body; raises Refusal where it is larger than `limit` bytes or too slow."""
    whole = whole_body(scope, limit)
    if whole is not None:
        return whole
    try:
        return await within(timeout_seconds, _read(receive, limit))
    except TimeoutError:
        message = f"the body did not arrive within {timeout_seconds:g} seconds"
        raise Refusal(408, "BODY_TOO_SLOW", message, {"Connection": "close"}) from None


def whole_body(scope: Scope, limit: int) -> bytes | None:
    """Answer the body that is there already, if it is; raises Refusal where it is too large."""
    whole = body_of(scope)
    return None if whole is None else _bounded(whole, len(whole), limit)


async def _read(receive: Receive, limit: int) -> bytes:
    chunks: list[bytes] = []
    size, is_over = 0, False
    while not is_over and size <= limit + MOST_DISCARDED_BYTES:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk, is_over = message.get("body", b""), not message.get("more_body", False)
        size += len(chunk)
        if size <= limit:
            chunks.append(chunk)
    return _bounded(b"".join(chunks), size, limit)


def _bounded(body: bytes, size: int, limit: int) -> bytes:
    if size > limit:
        # What is left of a large body is read, so that its sender gets to see the answer.
        told = f"the body is larger than {limit} bytes; send less"
        raise Refusal(413, "BODY_TOO_LARGE", told, {"Connection": "close"})
    return body
