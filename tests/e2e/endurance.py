"""A long story: orders change without pause, readers lose their connections, processes die.

`make endure SECONDS=600` runs it for as long as wanted, on a Postgres of its own; the tests run a
short form of it.
"""

import argparse
import asyncio
import random
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from gateway.connect.testing.dataset import OrderWord
from gateway.model.ids import GlobalId
from gateway.projection.embedded import EmbeddedPostgres

from .followers import (
    ByPull,
    Follower,
    OverServerSentEvents,
    OverWebSocket,
    Receiver,
    Seen,
)
from .processes import Gateway, Process, until, worker_process
from .stage import Stage, a_retailer, an_order, everything_read, staged

ORDERS = 40
WORDS: tuple[OrderWord, ...] = ("approved", "invoiced", "canceled", "approved")
CHANGE_SECONDS = 0.05
CREATE = """mutation($input: CreateWebhookEndpointInput!) {
  createWebhookEndpoint(input: $input) { __typename }
}"""


@dataclass
class Found:
    """What the log holds, and what each reader has had of it."""

    events: set[Seen]
    readers: dict[str, Follower]
    receiver: Receiver
    restarts: int
    kills: int

    def faults(self) -> list[str]:
        """Answer what must not be: lost, doubled within a connection, or out of order."""
        told: list[str] = []
        for name, reader in self.readers.items():
            seen = set(reader.seen)
            told += [f"{name} lost {each}" for each in self.events - seen]
            told += [f"{name} had {each}, which is not in the log" for each in seen - self.events]
            told += [f"{name} had {each} twice in one connection" for each in reader.doubled]
            told += [f"{name} had {each} after a later one" for each in reader.turned_back]
        hooked = set(self.receiver.order)
        told += [f"webhooks lost {each}" for each in self.events - hooked]
        told += [
            f"webhooks told {each} under {len(ids)} ids"
            for each, ids in self.receiver.ids.items()
            if len(ids) != 1
        ]
        return told


async def endure(dsn: str, folder: Path, seconds: float, seed: int = 1) -> Found:
    """Let it all happen for a while; answer what came of it once everybody has caught up."""
    chance = random.Random(seed)
    orders = [an_order(number) for number in range(ORDERS)]
    async with staged(a_retailer(*orders), dsn, folder, {"vtex": {"poll_seconds": 0.2}}) as stage:
        stage.sections["webhooks"] = {
            "allowed_networks": ["127.0.0.0/8"],
            "allow_http": True,
            "retry_seconds": [0.2] * 29,
        }
        house = House(stage, _free_port())
        receiver = Receiver(random.Random(seed + 1))
        async with house.open() as url, receiver.served() as hook:
            await everything_read(house.gateway)
            first = await _last_event(dsn)
            await _subscribe(house.gateway, hook)
            readers = _readers(url, seed)
            async with asyncio.TaskGroup() as tasks:
                running = [tasks.create_task(each.run()) for each in readers.values()]
                await asyncio.gather(*(each.began.wait() for each in readers.values()))
                changing = tasks.create_task(_change(stage, chance))
                await _trouble(house, seconds)
                changing.cancel()
                events = await _settled(dsn, first)
                await _caught_up(events, readers, receiver)
                for each in running:
                    each.cancel()
        return Found(events, readers, receiver, house.restarts, house.kills)


class House:
    """`trama serve` and `trama worker` as processes of their own, restarted at one address."""

    def __init__(self, stage: Stage, port: int) -> None:
        self._stage = stage
        self._port = port
        self._serving = AsyncExitStack()
        self._working = AsyncExitStack()
        self._worker: Process | None = None
        self.gateway: Gateway
        self.restarts = 0
        self.kills = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        """Start both."""
        try:
            await self._serve()
            await self._work()
            yield f"http://127.0.0.1:{self._port}"
        finally:
            await self._serving.aclose()
            await self._working.aclose()

    async def restart(self) -> None:
        """Deploy: the gateway is asked to end, and started again."""
        await self._serving.aclose()
        await self._serve()
        self.restarts += 1

    async def kill_worker(self) -> None:
        """Crash the worker, and start another."""
        assert self._worker is not None
        await self._worker.kill()
        await self._working.aclose()
        await self._work()
        self.kills += 1

    async def _serve(self) -> None:
        self._serving = AsyncExitStack()
        serving = self._stage.gateway(self._port, "--no-worker")
        self.gateway = await self._serving.enter_async_context(serving)

    async def _work(self) -> None:
        self._working = AsyncExitStack()
        tree, environ = self._stage.configuration()
        working = worker_process(tree, environ, self._stage.folder)
        self._worker, _ = await self._working.enter_async_context(working)


def _readers(url: str, seed: int) -> dict[str, Follower]:
    kinds: dict[str, type[Follower]] = {
        "socket 1": OverWebSocket,
        "socket 2": OverWebSocket,
        "events 1": OverServerSentEvents,
        "events 2": OverServerSentEvents,
        "pull": ByPull,
    }
    return {
        name: kind(url, random.Random(seed * 100 + place))
        for place, (name, kind) in enumerate(kinds.items())
    }


async def _subscribe(gateway: Gateway, hook: str) -> None:
    told = {"url": hook, "idempotencyKey": "endurance"}
    answer = await gateway.ask(CREATE, {"input": told}, "partner")
    assert answer["data"]["createWebhookEndpoint"]["__typename"] == "CreateWebhookEndpointSuccess"


async def _change(stage: Stage, chance: random.Random) -> None:
    """Change one order after the other at the marketplace."""
    for turn in range(1, 1_000_000):
        number = chance.randrange(ORDERS)
        placed_at = datetime.now(UTC) - timedelta(days=1)
        changed: dict[str, Any] = msgspec.to_builtins(
            an_order(
                number, WORDS[turn % len(WORDS)], placed_at=placed_at, updated_at=datetime.now(UTC)
            )
        )
        await stage.marketplace.act("put_order", order=changed)
        await asyncio.sleep(CHANGE_SECONDS)


async def _trouble(house: House, seconds: float) -> None:
    """Two restarts of the gateway and a worker's death, evenly spread."""
    for trouble in (house.restart, house.kill_worker, house.restart):
        await asyncio.sleep(seconds / 4)
        await trouble()
    await asyncio.sleep(seconds / 4)


async def _last_event(dsn: str) -> int:
    return int(await _value(dsn, "SELECT coalesce(max(id), 0) FROM event"))


async def _settled(dsn: str, first: int) -> set[Seen]:
    """Answer the log's entries since, once no more come."""
    count = -1
    quiet_since = time.monotonic()
    while time.monotonic() - quiet_since < 3:
        now = int(await _value(dsn, "SELECT count(*) FROM event"))
        if now != count:
            count, quiet_since = now, time.monotonic()
        await asyncio.sleep(0.2)
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch(
            """SELECT aggregate_id, aggregate_version FROM event
               WHERE aggregate = 'order' AND id > $1""",
            first,
        )
    finally:
        await connection.close()
    return {(str(GlobalId("Order", str(key))), version) for key, version in rows}


async def _value(dsn: str, query: str) -> Any:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def _caught_up(events: set[Seen], readers: dict[str, Follower], receiver: Receiver) -> None:
    def has_all() -> bool:
        return events <= set(receiver.order) and all(
            events <= set(each.seen) for each in readers.values()
        )

    try:
        await until("every reader has every event", has_all)
    except AssertionError:
        return  # what is missing is told as a fault


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


async def _main(seconds: float) -> Sequence[str]:
    with tempfile.TemporaryDirectory(prefix="trama-endurance-") as name:
        folder = Path(name)
        async with EmbeddedPostgres(folder / "postgres") as postgres:
            dsn = await postgres.create_database("endurance")
            found = await endure(dsn, folder, seconds)
    for each, reader in found.readers.items():
        print(f"{each}: {len(reader.seen)} events over {len(reader.connections)} connections")
    print(f"webhooks: {len(found.receiver.order)} deliveries")
    faults = found.faults()
    print(f"{len(found.events)} events, {found.restarts} restarts, {found.kills} worker killed, "
          f"{len(faults)} faults")  # fmt: skip
    return faults


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.endurance", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    faults = asyncio.run(_main(parser.parse_args().seconds))
    raise SystemExit("\n".join(faults[:20]) or 0)


if __name__ == "__main__":
    main()
