"""Several processes are one gateway: they share a port, are replaced, and end together."""

import asyncio
import json
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError
from websockets.typing import Subprotocol

from .metrics import scrape
from .processes import KEYS, Gateway, gateway, until
from .stage import a_retailer, an_order, everything_read, staged

SERVER = {
    "port": 0, "introspection": True, "shutdown_seconds": 20, "workers": 2, "silent_seconds": 6,
}  # fmt: skip
VIEWER = "{ viewer { kind } }"
EVENTS = "subscription { orderEvents { cursor node { type } } }"
LOCATIONS = "{ locations(first: 2) { nodes { code } } }"
REQUESTS = "trama_graphql_requests_total"
MINE = {"operation": "query", "principal": "OPERATOR", "outcome": "OK"}
EVERYBODY = {"1", "2", "reader"}


@dataclass
class Log:
    """What the processes have said."""

    path: Path

    def find(self, event: str, **told: str) -> list[dict[str, Any]]:
        """Answer the lines of an event with these values."""
        lines = map(json.loads, self.path.read_text("utf-8").splitlines())
        found = [each for each in lines if each["event"] == event]
        return [each for each in found if told.items() <= each.items()]

    async def worker_of(self, request_id: str) -> str:
        """Answer which of the processes has answered a socket's operation."""
        lines = await until("it is logged", lambda: self.find("operation", request_id=request_id))
        worker: str = lines[0]["worker"]
        return worker

    def pids(self) -> dict[str, int]:
        """Answer the last process of each post."""
        return {each["worker"]: each["pid"] for each in self.find("worker.ready")}


@asynccontextmanager
async def socket_of(running: Gateway, name: str) -> AsyncIterator[ClientConnection]:
    """Open a socket that has asked something, and listens to the events of orders."""
    headers = {"Authorization": f"Bearer {KEYS['operator']}", "X-Request-Id": name}
    url = running.url.replace("http", "ws", 1) + "/graphql"
    protocols = [Subprotocol("graphql-transport-ws")]
    async with connect(url, subprotocols=protocols, additional_headers=headers) as opened:
        await opened.send('{"type": "connection_init"}')
        for key, text in (("q", VIEWER), ("s", EVENTS)):
            asked = {"id": key, "type": "subscribe", "payload": {"query": text}}
            await opened.send(json.dumps(asked))
        told = [json.loads(await opened.recv()) for _ in range(4)]
        assert [each["type"] for each in told].count("next") == 2
        yield opened


async def sockets_of_both(
    running: Gateway, log: Log, stack: AsyncExitStack
) -> dict[str, ClientConnection]:
    """Open sockets until each of the serving processes has one."""
    found: dict[str, ClientConnection] = {}
    for number in range(200):
        socket = await stack.enter_async_context(socket_of(running, f"socket-{number}"))
        found[await log.worker_of(f"socket-{number}")] = socket
        if set(found) == EVERYBODY - {"reader"}:
            return found
    raise AssertionError(f"only {set(found)} of both have answered")


async def test_two_processes_serve_one_port_as_one_gateway(database: str, tmp_path: Path) -> None:
    async with staged(a_retailer(an_order(1)), database, tmp_path) as stage:
        stage.sections["server"] = SERVER
        log = Log(tmp_path / "gateway.log")
        async with stage.gateway() as running, AsyncExitStack() as stack:
            await until("all are ready", lambda: set(log.pids()) == EVERYBODY)
            await everything_read(running)
            sockets = await sockets_of_both(running, log, stack)
            await stage.marketplace.act("put_order", order=msgspec.to_builtins(an_order(2)))
            assert [await heard(socket) for socket in sockets.values()] == ["CREATED"] * 2
            counted = await twenty_are_counted(running)
            await one_is_replaced(running, log, counted)
            await one_that_hangs_is_replaced(log)
            await all_end_in_peace(running, database, sockets["2"])


async def heard(socket: ClientConnection) -> str:
    """Answer the next event's type."""
    async with asyncio.timeout(60):
        while True:
            message = json.loads(await socket.recv())
            assert message["type"] in {"next", "ping", "pong"}, message
            if message["type"] == "next":
                event = message["payload"]["data"]["orderEvents"]["node"]
                if event is not None:
                    kind: str = event["type"]
                    return kind


async def twenty_are_counted(running: Gateway) -> float:
    """See that /metrics is the sum of all; answer the requests by now."""
    before = await scrape(running.metrics_url)
    assert before.value("trama_workers", state="READY") == 3
    assert (before.value("trama_live_connections", transport="WEBSOCKET") or 0) >= 2
    for _ in range(20):
        await running.data(VIEWER)
    after = await scrape(running.metrics_url)
    counted = after.value(REQUESTS, **MINE) or 0
    assert counted - (before.value(REQUESTS, **MINE) or 0) == 20
    return counted


async def one_is_replaced(running: Gateway, log: Log, counted: float) -> None:
    """Kill a process: the other one answers, another comes, and no count is lost."""
    killed = log.pids()["1"]
    os.kill(killed, signal.SIGKILL)

    async def is_seen() -> bool:
        return (await scrape(running.metrics_url)).value("trama_workers", state="READY") == 2

    await until("its end is seen", is_seen)
    for _ in range(5):
        assert await running.data(VIEWER) == {"viewer": {"kind": "OPERATOR"}}
    await until("another one is ready", lambda: log.pids()["1"] != killed)
    told = await scrape(running.metrics_url)
    assert told.value("trama_workers", state="READY") == 3
    assert told.value("trama_worker_restarts_total", worker="1") == 1
    assert told.value(REQUESTS, **MINE) == counted + 5


async def one_that_hangs_is_replaced(log: Log) -> None:
    """Let the one that reads stand still: it alone is killed, and another comes."""
    hung = log.pids()["reader"]
    os.kill(hung, signal.SIGSTOP)
    await until("another one is ready", lambda: log.pids()["reader"] != hung)
    assert [each["pid"] for each in log.find("worker.silent")] == [hung]


async def all_end_in_peace(running: Gateway, dsn: str, socket: ClientConnection) -> None:
    """End it with a request under way, which is answered, and a socket, which is told why."""
    database = await asyncpg.connect(dsn)
    try:
        holding = database.transaction()
        await holding.start()
        await database.execute("LOCK TABLE location IN ACCESS EXCLUSIVE MODE")
        asking = asyncio.create_task(running.data(LOCATIONS))
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        await until("a request is under way", lambda: database.fetchval(waiting))
        running.process.running.send_signal(signal.SIGTERM)
        assert await code_of_end(socket) == 1012
        assert not asking.done()
        await holding.rollback()
        nodes = (await asking)["locations"]["nodes"]
        assert [each["code"] for each in nodes] == ["dc-1", "store-1"]
        assert await running.process.ended() == 0
    finally:
        await database.close()


async def code_of_end(socket: ClientConnection) -> int | None:
    """Answer the code that a socket is closed with."""
    with suppress(ConnectionClosedError):
        async with asyncio.timeout(60):
            async for _ in socket:
                pass
    return socket.close_code


async def test_when_the_supervisor_is_killed_nobody_is_left(database: str, tmp_path: Path) -> None:
    log = Log(tmp_path / "gateway.log")
    tree, environ = alone(database)
    async with gateway(tree, environ, tmp_path, "--no-worker") as running:
        assert await running.data(VIEWER) == {"viewer": {"kind": "OPERATOR"}}
        await until("both are ready", lambda: set(log.pids()) == {"1", "2"})
        pids = log.pids()
        await running.process.kill()
        await until("all have ended", lambda: not any(map(lives, pids.values())))
        port = int(running.url.rpartition(":")[2])
        with socket.create_server(("127.0.0.1", port)):
            pass


def alone(dsn: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Answer the configuration of a gateway without sources."""
    key = {"id": "people", "kind": "operator", "key": {"env": "STORY_OPERATOR"}}
    tree = {
        "server": SERVER, "metrics": {"port": 0}, "database": {"dsn": {"env": "STORY_DSN"}},
        "keys": [key],
    }  # fmt: skip
    return tree, {"STORY_DSN": dsn, "STORY_OPERATOR": KEYS["operator"]}


def lives(pid: int) -> bool:
    """Whether a process runs; one that nobody has asked after does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def test_what_keeps_them_from_starting_is_told_once(
    empty_database: str, tmp_path: Path
) -> None:
    tree, environ = alone(empty_database)
    with pytest.raises(AssertionError) as told:
        async with gateway(tree, environ, tmp_path):
            pass
    assert str(told.value).strip().count("migrations are missing; run `trama migrate` first") == 1
