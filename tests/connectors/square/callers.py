"""A plain caller of the sandbox, and a place for its pushes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web

from connectors.square.client import VERSION
from connectors.square.sandbox import TOKEN
from gateway.connect.records import RawDelivery
from tests.connectors.staging import NOW

from .retail import Stage

Answered = tuple[int, Any]
SEARCH = "/v2/orders/search"
COUNTS = "/v2/inventory/counts/batch-retrieve"


async def call(
    stage: Stage, path: str, body: object = None, token: str = TOKEN, version: str = VERSION
) -> Answered:
    """Ask with a body by POST, without one by GET."""
    headers = {"Authorization": f"Bearer {token}", "Square-Version": version}
    method = "GET" if body is None else "POST"
    async with (
        aiohttp.ClientSession(headers=headers) as client,
        client.request(method, stage.url + path, json=body) as answer,
    ):
        assert answer.headers["X-Trama-Sandbox"] == "Square sandbox"
        return answer.status, await answer.json()


async def refused(stage: Stage, path: str, body: object) -> str:
    """Answer the code that a request is refused with."""
    status, told = await call(stage, path, body)
    assert status == 400, told
    code: str = told["errors"][0]["code"]
    return code


@asynccontextmanager
async def receiver() -> AsyncIterator[tuple[str, list[RawDelivery]]]:
    """Answer an address that takes pushes, and what arrived there."""
    arrived: list[RawDelivery] = []

    async def take(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        arrived.append(RawDelivery(headers, await request.read(), str(request.url), NOW))
        return web.Response()

    app = web.Application()
    app.router.add_post("/hooks/square", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}/hooks/square", arrived
    await runner.cleanup()
