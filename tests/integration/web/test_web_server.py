"""The server: its port, its end, and whose address a request has."""

import asyncio
import contextlib
import socket
import sys

import aiohttp
import pytest

from gateway.web.server import serve
from tests.integration.web.serving import (
    PARTNER_KEY,
    Backstage,
    app_of,
    running,
    settings_with,
)

KEY = {"X-Api-Key": PARTNER_KEY}
ASKED = {"query": "{greet}"}


async def test_an_open_request_is_finished_when_the_server_ends() -> None:
    backstage = Backstage(hold=asyncio.Event())
    stop = asyncio.Event()
    ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    app = app_of(backstage, settings_with())
    task = asyncio.create_task(serve(app, "127.0.0.1", 0, on_ready=ready.set_result, stop=stop))
    async with aiohttp.ClientSession(f"http://127.0.0.1:{await ready}") as client:
        asking = asyncio.create_task(client.post("/graphql", json=ASKED, headers=KEY))
        await asyncio.wait_for(backstage.reached.wait(), 60)
        stop.set()
        await until_refused(await ready)
        assert backstage.hold is not None
        backstage.hold.set()
        async with await asking as response:
            assert await response.json() == {"data": {"greet": "hello you"}}
    await task


async def test_an_endless_request_ends_with_the_server() -> None:
    backstage = Backstage(hold=asyncio.Event())
    async with running(app_of(backstage, settings_with()), shutdown_seconds=0) as client:
        asking = asyncio.create_task(client.post("/graphql", json=ASKED, headers=KEY))
        await asyncio.wait_for(backstage.reached.wait(), 60)
    with pytest.raises(aiohttp.ClientError):
        await asking


async def test_cancelling_ends_the_server_and_frees_its_port() -> None:
    ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    app = app_of(Backstage(), settings_with())
    task = asyncio.create_task(
        serve(app, "127.0.0.1", 0, on_ready=ready.set_result, stop=asyncio.Event())
    )
    port = await ready
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with socket.create_server(("127.0.0.1", port)) as listener:
        assert listener.getsockname()[1] == port


async def test_a_port_that_is_taken_is_an_error() -> None:
    app = app_of(Backstage(), settings_with())
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="ddress already in use"):
            await serve(app, "127.0.0.1", port, on_ready=print, stop=asyncio.Event())


@pytest.mark.parametrize(
    ("trusted", "forwarded", "client_address"),
    [
        ([], ["1.1.1.1"], "127.0.0.1"),
        (["127.0.0.1"], [], "127.0.0.1"),
        (["127.0.0.1"], ["1.1.1.1"], "1.1.1.1"),
        (["127.0.0.1"], ["1.1.1.1, 2.2.2.2"], "2.2.2.2"),
        (["127.0.0.1"], ["1.1.1.1", "2.2.2.2"], "2.2.2.2"),
        (["127.0.0.1", "2.2.0.0/16"], ["1.1.1.1, 2.2.2.2"], "1.1.1.1"),
        (["127.0.0.1"], ["1.1.1.1, nonsense"], "127.0.0.1"),
        (["10.0.0.0/8"], ["1.1.1.1"], "127.0.0.1"),
    ],
)
async def test_only_trusted_proxies_tell_whose_address_it_is(
    trusted: list[str], forwarded: list[str], client_address: str
) -> None:
    backstage = Backstage()
    settings = settings_with(server={"trusted_proxies": trusted})
    headers = [*KEY.items(), *(("X-Forwarded-For", value) for value in forwarded)]
    async with (
        running(app_of(backstage, settings)) as client,
        client.post("/graphql", json=ASKED, headers=headers) as response,
    ):
        assert response.status == 200
    assert backstage.contexts[0].client == client_address


async def test_a_head_without_end_is_cut_off() -> None:
    async with running(app_of(Backstage(), settings_with())) as client:
        reader, writer = await connected_with(client)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Long: ")
        with contextlib.suppress(ConnectionError):
            for _ in range(200):
                writer.write(b"x" * 4096)
                await writer.drain()
        with contextlib.suppress(ConnectionError):
            assert (await reader.read()).startswith(b"HTTP/1.1 400 Bad Request")
        await closed(writer)


@pytest.mark.parametrize("begun", [b"", b"GET /healthz HTTP/1.1\r\nHost:"])
async def test_a_head_that_does_not_arrive_is_not_waited_for(begun: bytes) -> None:
    app = app_of(Backstage(), settings_with())
    async with running(app, keep_alive_seconds=1) as client:
        reader, writer = await connected_with(client)
        writer.write(begun)
        assert await asyncio.wait_for(reader.read(), 60) == b""
        await closed(writer)


async def test_half_a_head_behind_a_whole_request_is_not_waited_for() -> None:
    app = app_of(Backstage(), settings_with())
    async with running(app, keep_alive_seconds=1) as client:
        reader, writer = await connected_with(client)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /healthz HTTP/1.1\r\nHost:")
        told = await asyncio.wait_for(reader.read(), 60)
        assert told.count(b"HTTP/1.1") == 1
        assert told.endswith(b'{"status":"alive"}')
        await closed(writer)


async def test_many_requests_go_through_one_connection() -> None:
    asked = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
    async with running(app_of(Backstage(), settings_with())) as client:
        reader, writer = await connected_with(client)
        for _ in range(3):
            writer.write(asked * 2)
            for _ in range(2):
                assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
                assert await reader.readexactly(18) == b'{"status":"alive"}'
        await closed(writer)


async def connected_with(
    client: aiohttp.ClientSession,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    async with client.get("/healthz") as response:
        return await asyncio.open_connection("127.0.0.1", response.url.port)


async def closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def until_refused(port: int) -> None:
    """Return once nobody takes new connections."""
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                return
            writer.close()
            await writer.wait_closed()
            await asyncio.sleep(0.005)


async def test_what_is_there_at_the_start_is_not_looked_at_again() -> None:
    told = "import gc; from gateway.web.server import settle_memory; "
    told += "settle_memory(); print(gc.get_threshold(), gc.get_freeze_count() > 10_000)"
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-c", told, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await running.communicate()
    assert said.decode().strip() == "(10000, 10, 20) True"
