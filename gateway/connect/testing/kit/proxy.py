"""A man in the middle: passes a connector's calls on to its sandbox, and can spoil the answers."""

import asyncio
from collections.abc import Callable

import aiohttp
from aiohttp import web

from gateway.connect.errors import Unreachable
from gateway.connect.http import send_once

Spoil = Callable[[str, bytes], bytes]
_NO_CONTENT = 204
_HOP = {"content-length", "transfer-encoding", "connection", "content-encoding", "date", "server"}


class Proxy:
    """Forwards to `target`; `spoil` is given each answer's path and body, and answers a body.

    With `repeats`, the first answer of each address is given again for ever. With `stalls`, half
    of an answer is sent (none of one without a body) and no more until the caller goes away;
    `stalled` counts those.
    """

    def __init__(self, target: str) -> None:
        self.target = target
        self.spoil: Spoil | None = None
        self.repeats = False
        self.stalls = False
        self.stalled = 0
        self._first: dict[tuple[str, str], tuple[int, dict[str, str], bytes]] = {}
        self._client: aiohttp.ClientSession | None = None

    def app(self) -> web.Application:
        """Answer the server."""
        app = web.Application(client_max_size=16 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._forward)
        app.on_startup.append(self._open)
        app.on_cleanup.append(self._close)
        return app

    async def _open(self, app: web.Application) -> None:
        self._client = aiohttp.ClientSession(middlewares=(send_once,))

    async def _close(self, app: web.Application) -> None:
        if self._client is not None:
            await self._client.close()

    async def _forward(self, request: web.Request) -> web.StreamResponse:
        place = (request.method, request.path)
        known = self._first.get(place) if self.repeats else None
        try:
            status, headers, body = known or await self._asked(request)
        except (aiohttp.ClientError, ConnectionError, Unreachable):
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        if self.repeats:
            self._first.setdefault(place, (status, headers, body))
        if self.spoil is not None:
            body = self.spoil(request.path, body)
        if self.stalls:
            return await self._stall(request, status, headers, body)
        return web.Response(status=status, headers=headers, body=body)

    async def _stall(
        self, request: web.Request, status: int, headers: dict[str, str], body: bytes
    ) -> web.StreamResponse:
        response = web.StreamResponse(status=status, headers=headers)
        if status != _NO_CONTENT:
            response.content_length = len(body) + 1
            await response.prepare(request)
            await response.write(body[: len(body) // 2 + 1])
        self.stalled += 1
        try:
            await asyncio.Event().wait()
        finally:
            self.stalled -= 1
        return response

    async def _asked(self, request: web.Request) -> tuple[int, dict[str, str], bytes]:
        if self._client is None:
            raise RuntimeError("the proxy is not running")
        headers = {k: v for k, v in request.headers.items() if k.lower() not in (*_HOP, "host")}
        async with self._client.request(
            request.method, f"{self.target}{request.path_qs}",
            data=await request.read(), headers=headers, allow_redirects=False,
        ) as answer:  # fmt: skip
            kept = {k: v for k, v in answer.headers.items() if k.lower() not in _HOP}
            return answer.status, kept, await answer.read()
