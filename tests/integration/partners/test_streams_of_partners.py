"""The clients of docs/partners.md over event streams, while the gateway is replaced."""

import asyncio
import json
import re
import shutil
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from gateway.web.app import create_app
from tests.integration.graph.stage import KEYS, Stage, an_order, staged
from tests.integration.graphiql.chrome import browsing
from tests.integration.partners.stage import PARTNER, SNIPPETS, following, free_port, served_at

CLIENTS = ("sse.py", "sse.mjs", "sse-urql.mjs", "multipart-apollo.mjs")
FOLLOW = """subscription ($after: EventCursor) {
  orderEvents(after: $after) { cursor node { id type orderId version } }
}"""
DOCUMENT = sha256(FOLLOW.encode()).hexdigest()


async def has_open(stage: Stage, count: int) -> None:
    """Wait until so many streams are open."""
    loop, connections = asyncio.get_running_loop(), stage.gateway.parts.subscribers.connections
    deadline = loop.time() + 60
    while sum(connections.values()) != count:
        assert loop.time() < deadline, connections
        await asyncio.sleep(0.02)


def environ_of(url: str) -> dict[str, str]:
    return {"TRAMA_URL": f"{url}/graphql", "TRAMA_KEY": KEYS["partner"]}


async def written(stage: Stage) -> list[tuple[str, str, int]]:
    """Answer every event there is."""
    await stage.logged()
    told = await stage.data("{ orderEvents(first: 500) { nodes { id type version } } }")
    return [(each["id"], each["type"], each["version"]) for each in told["orderEvents"]["nodes"]]


@pytest.mark.usefixtures("packages")
async def test_no_client_loses_an_event_while_the_gateway_is_replaced(
    database: str, tmp_path: Path
) -> None:
    port = free_port()
    keys = [PARTNER, {"id": "people", "kind": "operator", "key": {"env": "OPERATOR"}}]
    async with staged(database, keys=keys) as stage, AsyncExitStack() as stack:
        async with served_at(create_app(stage.gateway.parts), port) as url:
            followers = [
                await stack.enter_async_context(following(client, tmp_path, environ_of(url)))
                for client in CLIENTS
            ]
            await has_open(stage, len(CLIENTS))
            await stage.put("orders", an_order("1"))
            for follower in followers:
                await follower.heard(1)
        await stage.put("orders", an_order("2"), an_order("3"))
        async with served_at(create_app(stage.gateway.parts), port):
            await stage.put("orders", an_order("4"))
            heard = {
                client: await follower.heard(4)
                for client, follower in zip(CLIENTS, followers, strict=True)
            }
            expected = await written(stage)
    assert [each[1] for each in expected] == ["CREATED"] * 4
    assert heard == dict.fromkeys(CLIENTS, expected)


async def test_curl_shows_the_stream(database: str) -> None:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl")
    async with staged(database, keys=[PARTNER]) as stage:
        environ = {**environ_of(stage.url), "PATH": "/usr/local/bin:/usr/bin:/bin"}
        curl = await asyncio.create_subprocess_exec(
            "/bin/sh", "-c", f"exec {SNIPPETS['sse.sh']}", env=environ, stdin=DEVNULL, stdout=PIPE
        )
        try:
            assert curl.stdout is not None
            async with asyncio.timeout(60):
                lines = [(await curl.stdout.readline()).decode() for _ in range(5)]
        finally:
            curl.kill()
            await curl.communicate()
    assert lines[:3] == ["retry: 2000\n", "\n", "event: next\n"]
    cursor = lines[3].removeprefix("id: ").rstrip("\n")
    data = json.loads(lines[4].removeprefix("data: "))
    assert data["data"] == {"orderEvents": {"cursor": cursor, "node": None}}


async def test_a_client_whose_key_is_refused_ends_and_says_so(database: str) -> None:
    async with staged(database, keys=[PARTNER]) as stage:
        environ = {**environ_of(stage.url), "TRAMA_KEY": "a-key-that-nobody-has"}
        client = await asyncio.create_subprocess_exec(
            sys.executable, "-c", SNIPPETS["sse.py"], env=environ, stdin=DEVNULL, stderr=PIPE
        )
        async with asyncio.timeout(60):
            _, told = await client.communicate()
    assert client.returncode == 1
    assert "UNAUTHENTICATED" in told.decode()


@asynccontextmanager
async def site(ticket: Callable[[str | None], str]) -> AsyncIterator[tuple[str, list[Any]]]:
    """Serve a page that follows orders; answer its address, and which tickets it has asked for."""
    asked: list[Any] = []

    async def page(request: web.Request) -> web.Response:
        script = f"{SNIPPETS['page.js']}\nconst told = [];\n"
        start = f"follow('{request.query['url']}', (event) => told.push(event));"
        text = f"<!doctype html><title>Orders</title><script>{script}{start}</script>"
        return web.Response(text=text, content_type="text/html")

    async def give(request: web.Request) -> web.Response:
        asked.append((await request.json())["after"])
        return web.Response(text=await asyncio.to_thread(ticket, asked[-1]))

    app = web.Application()
    app.add_routes([web.get("/", page), web.post("/ticket", give)])
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        place = web.TCPSite(runner, "127.0.0.1", 0)
        await place.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", asked
    finally:
        await runner.cleanup()


async def test_a_browsers_event_source_comes_back_by_itself_and_gets_a_new_ticket_when_it_must(
    database: str, tmp_path: Path, chromium: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, manifest = free_port(), tmp_path / "documents.json"
    manifest.write_text(json.dumps({DOCUMENT: FOLLOW}), "utf-8")
    url = f"http://127.0.0.1:{port}"
    for name, value in {**environ_of(url), "TRAMA_DOCUMENT": DOCUMENT}.items():
        monkeypatch.setenv(name, value)
    snippet: dict[str, Any] = {}
    exec(SNIPPETS["ticket.py"], snippet)
    async with site(snippet["ticket"]) as (shop, asked), browsing(chromium) as page:
        operator = {"id": "people", "kind": "operator", "key": {"env": "OPERATOR"}}
        sections = {
            "keys": [{**PARTNER, "allowed_origins": [shop]}, operator],
            "documents": {"manifest_file": str(manifest)},
        }
        async with staged(database, **sections) as stage:
            parts = stage.gateway.parts
            async with served_at(create_app(parts), port):
                await page.open(f"{shop}/?url={url}/graphql")
                await has_open(stage, 1)
                await stage.put("orders", an_order("1"))
                await page.until("told.length >= 1")
            await stage.put("orders", an_order("2"))
            async with served_at(create_app(parts), port):
                await page.until("told.length >= 2")
                assert asked == [None]
            await stage.gateway.pool.execute("DELETE FROM stream_ticket")
            await stage.put("orders", an_order("3"))
            async with served_at(create_app(parts), port):
                await page.until("told.length >= 3")
                await stage.put("orders", an_order("4"))
                await page.until("told.length >= 4")
                told = await page.value("told.map(({ id, type, version }) => [id, type, version])")
                assert [tuple(each) for each in told] == await written(stage)
    assert len(told) == 4
    assert len(asked) == 2
    assert re.fullmatch(r"[\w-]{20,}", asked[1])
