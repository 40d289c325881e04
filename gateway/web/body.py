"""Reads a request's body within bounds of size and time."""

import asyncio

from starlette.requests import Request

from gateway.web.refusals import Refusal

MOST_DISCARDED_BYTES = 1_048_576


async def read_body(request: Request, limit: int, timeout_seconds: float) -> bytes:
    """Answer the body; raises Refusal where it is larger than `limit` bytes or too slow."""
    try:
        async with asyncio.timeout(timeout_seconds):
            return await _read(request, limit)
    except TimeoutError:
        message = f"the body did not arrive within {timeout_seconds:g} seconds"
        raise Refusal(408, "BODY_TOO_SLOW", message, {"Connection": "close"}) from None


async def _read(request: Request, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= limit:
            chunks.append(chunk)
        elif size > limit + MOST_DISCARDED_BYTES:
            break
    if size > limit:
        # What is left of a large body is read, so that its sender gets to see the answer.
        message = f"the body is larger than {limit} bytes; send less"
        raise Refusal(413, "BODY_TOO_LARGE", message, {"Connection": "close"})
    return b"".join(chunks)
