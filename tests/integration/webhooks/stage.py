"""A gateway that delivers to a partner's server, on a real Postgres and real sockets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from gateway.bootstrap import Gateway, GatewayOptions, open_gateway
from gateway.events.webhooks.endpoints import Revealed
from gateway.events.webhooks.listening import log_end
from gateway.model.ids import GlobalId
from gateway.model.principal import Principal
from gateway.model.time import Clock, SystemClock
from gateway.projection.database import transaction
from gateway.projection.log import Event, append_events
from gateway.projection.webhooks.deliveries import Delivery
from gateway.projection.webhooks.endpoints import Endpoint, EndpointWish
from gateway.settings import Settings, read_settings
from gateway.web.keys import key_ring_of

from .receiver import Receiver, receiving

ORDERS = UUID("11111111-2222-5333-8444-555555555555")
NOWHERE = "http://127.0.0.1:9"
KEYS = {
    "market": "partner-of-the-marketplace",
    "tills": "partner-of-the-tills",
    "people": "operator-of-the-retailer",
}
QUICK = {
    "allowed_networks": ["127.0.0.0/8"], "allow_http": True, "sweep_seconds": 0.2,
    "timeout_seconds": 30,
}  # fmt: skip


def order_id(number: int) -> UUID:
    """Answer an order's id by its number."""
    return uuid5(ORDERS, str(number))


def shown(number: int) -> str:
    """Answer an order's id as a partner sees it."""
    return str(GlobalId("Order", str(order_id(number))))


def tree_of(**webhooks: Any) -> dict[str, Any]:
    """Answer a gateway's configuration: two channels of a source that is away, three keys."""
    told = {"account": "a", "app_key": "k", "app_token": {"env": "TOKEN"}, "endpoint": NOWHERE}
    return {
        "database": {"dsn": {"env": "DSN"}, "pool_max": 12},
        "metrics": {"enabled": False},
        "events": {"poll_seconds": 0.05},
        "webhooks": {**QUICK, **webhooks},
        "sources": {
            "shop": {
                "connector": "vtex",
                "backfill": False,
                "poll_seconds": 3600,
                "options": told,
                "streams": ["orders"],
            }
        },
        "channels": {
            code: {"name": code.title(), "source": "shop"} for code in ("marketplace", "tills")
        },
        "keys": [
            _key("market", "partner", channels=["marketplace"]),
            _key("tills", "partner", channels=["tills"]),
            _key("people", "operator"),
        ],
    }


def _key(name: str, kind: str, **reach: Any) -> dict[str, Any]:
    digest = sha256(KEYS[name].encode()).hexdigest()
    return {"id": name, "kind": kind, "sha256": digest, **reach}


def environ_of(dsn: str) -> dict[str, str]:
    return {"DSN": dsn, "TOKEN": "a-token-of-the-story"}


def settings_of(dsn: str, **webhooks: Any) -> Settings:
    return read_settings(tree_of(**webhooks), environ_of(dsn), Path())


async def happen(executor: Any, *changes: tuple[int, int], channel: str = "marketplace") -> None:
    """Let orders change: each by its number, and the version that it has then."""
    now = SystemClock().now()
    events = [
        Event(
            "order.created" if version == 1 else "order.updated", "order", order_id(number),
            version, ("payment_status",), {"channel": channel, "locations": [], "buyer": None}, now,
        )
        for number, version in changes
    ]  # fmt: skip
    async with transaction(executor) as connection:
        await append_events(connection, events)


@dataclass
class Stage:
    """Everything that a story of webhooks needs."""

    gateway: Gateway
    receiver: Receiver

    def who(self, name: str = "market") -> Principal:
        found = key_ring_of(self.gateway.settings.keys).principals
        return next(each for each in found if each.id == f"key:{name}")

    async def happen(self, *changes: tuple[int, int], channel: str = "marketplace") -> None:
        await happen(self.gateway.pool, *changes, channel=channel)

    async def seen(self) -> None:
        """Wait until the tail of the log has seen everything."""
        last = await self.gateway.pool.fetchval("SELECT coalesce(max(id), 0) FROM event")

        async def is_seen() -> bool:
            return await log_end(self.gateway.feed) >= int(last)

        await until("the tail has seen everything", is_seen)

    async def create(self, who: str = "market", path: str = "/hooks", key: str = "k",
                     types: tuple[str, ...] = (), channels: tuple[str, ...] = (),
                     after: str | None = None) -> Revealed:  # fmt: skip
        wish = EndpointWish(self.receiver.url + path, None, types, channels)
        return await self.gateway.webhooks.endpoints.create(self.who(who), wish, key, after)

    async def state(self, made: Revealed) -> Endpoint:
        found = await self.gateway.webhooks.endpoints.find(self.who("people"), made.endpoint.id)
        assert found is not None
        return found

    async def deliveries(self, made: Revealed) -> list[Delivery]:
        """Answer what is kept for an endpoint, the earliest event first."""
        key = made.endpoint.id
        found = await self.gateway.webhooks.endpoints.deliveries([key], None, None, 1000)
        return found[key][::-1]

    async def states(self, made: Revealed) -> list[str]:
        return [each.state.value for each in await self.deliveries(made)]

    async def attempts(self, delivery: Delivery) -> list[tuple[Any, ...]]:
        """Answer number, status and error of each attempt."""
        found = (await self.gateway.webhooks.endpoints.attempts([delivery.id]))[delivery.id]
        return [(each.number, each.status, each.error and each.error.value) for each in found]

    @asynccontextmanager
    async def working(self, count: int = 1) -> AsyncIterator[None]:
        """Let so many workers deliver."""
        async with AsyncExitStack() as stack:
            for _ in range(count - 1):
                other = await stack.enter_async_context(open_gateway(self.gateway.settings))
                await stack.enter_async_context(running(other))
            await stack.enter_async_context(running(self.gateway))
            yield


@asynccontextmanager
async def running(gateway: Gateway) -> AsyncIterator[None]:
    """Let a gateway's worker deliver."""
    task = asyncio.create_task(gateway.webhooks.worker.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def staged(dsn: str, clock: Clock | None = None, **webhooks: Any) -> AsyncIterator[Stage]:
    """Open a gateway and a partner's server; nothing is delivered before `working`."""
    options = GatewayOptions(clock=clock or SystemClock())
    async with receiving() as receiver, open_gateway(settings_of(dsn, **webhooks), options) as made:
        yield Stage(made, receiver)


async def until(what: str, condition: Callable[[], Awaitable[Any]], seconds: float = 60) -> Any:
    """Ask again and again until it is so; fails after a while."""
    loop = asyncio.get_running_loop()
    end, found = loop.time() + seconds, None
    while loop.time() < end:
        found = await condition()
        if found:
            return found
        await asyncio.sleep(0.01)
    raise AssertionError(f"never: {what}; last: {found!r}")
