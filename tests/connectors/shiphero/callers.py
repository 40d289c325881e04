"""A plain caller of the sandbox, and a place for its pushes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web

from connectors.shiphero.sandbox import TOKEN
from gateway.connect.records import RawDelivery
from tests.connectors.staging import NOW

from .retail import Stage

Answered = tuple[int, Any]


async def ask(stage: Stage, query: str, token: str = TOKEN, **variables: Any) -> Answered:
    body = {"query": query, "variables": variables}
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as client,
        client.post(f"{stage.url}/graphql", json=body) as answer,
    ):
        assert answer.headers["X-Trama-Sandbox"] == "ShipHero sandbox"
        return answer.status, await answer.json()


async def data(stage: Stage, query: str, **variables: Any) -> Any:
    status, body = await ask(stage, query, **variables)
    assert status == 200, body
    assert "errors" not in body, body
    return body["data"]


@asynccontextmanager
async def receiver() -> AsyncIterator[tuple[str, list[RawDelivery]]]:
    """Answer an address that takes pushes, and what arrived there."""
    arrived: list[RawDelivery] = []

    async def take(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        arrived.append(RawDelivery(headers, await request.read(), str(request.url), NOW))
        return web.json_response({"code": "200", "Status": "Success"})

    app = web.Application()
    app.router.add_post("/hooks/shiphero", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}/hooks/shiphero", arrived
    await runner.cleanup()
