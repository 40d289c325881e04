"""Faults that a sandbox can be told to have, for so many requests."""

import asyncio
from typing import Literal

import msgspec
from aiohttp import web

FaultKind = Literal[
    "status", "html", "cut_json", "oversize", "hang", "slow", "drop_answer", "refuse", "body"
]


class Fault(msgspec.Struct, forbid_unknown_fields=True):
    """One fault. `operation` matches an operation's name exactly, or all when it is `*`.

    `drop_answer` does the work and then breaks the connection, `refuse` breaks it before. `body`
    answers `status` with `text` as JSON (for vendors that report errors with HTTP 200).
    """

    kind: FaultKind
    operation: str = "*"
    times: int = 1
    status: int = 500
    headers: dict[str, str] = {}
    text: str = "{}"
    seconds: float = 0.0


class Faults:
    """The faults still to come, first in, first out per operation."""

    def __init__(self) -> None:
        self._planned: list[Fault] = []

    def plan(self, faults: list[Fault]) -> None:
        """Add faults."""
        self._planned.extend(faults)

    def clear(self) -> None:
        """Forget all of them."""
        self._planned.clear()

    def take(self, operation: str) -> Fault | None:
        """Answer the fault for this request, used up once."""
        for fault in self._planned:
            if fault.operation in ("*", operation):
                fault.times -= 1
                if fault.times <= 0:
                    self._planned.remove(fault)
                return fault
        return None


async def answer_before(fault: Fault, request: web.Request) -> web.StreamResponse | None:
    """Answer in the fault's way instead of doing the work, or None when the work is to be done."""
    match fault.kind:
        case "hang":
            await asyncio.Event().wait()
        case "slow":
            await asyncio.sleep(fault.seconds)
        case "refuse":
            _break_off(request)
        case "status":
            return web.json_response({}, status=fault.status, headers=fault.headers)
        case "html":
            page = "<!DOCTYPE html><html><body>Service unavailable</body></html>"
            return web.Response(text=page, content_type="text/html", status=fault.status)
        case "body":
            return web.Response(
                text=fault.text, content_type="application/json", status=fault.status
            )
        case "cut_json":
            return web.Response(text='[{"orderId": "1', content_type="application/json")
        case "oversize":
            return await _endless(request)
        case "drop_answer":
            pass
    return None


def answer_after(fault: Fault, request: web.Request) -> None:
    """Lose the answer of work that is done."""
    if fault.kind == "drop_answer":
        _break_off(request)


def _break_off(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
    raise ConnectionResetError("the sandbox broke off the connection, as told")


async def _endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    for _ in range(2048):
        await response.write(b" " * 65536)
    return response
