"""Retail data, a clock that stands still, and a sandbox with a connector on it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import aiohttp
import msgspec

from connectors.shiphero.connector import CONNECTOR, ShipHeroConnector
from connectors.shiphero.sandbox import ShipHeroSandbox
from gateway.connect.deadline import Deadline
from gateway.connect.definition import ConnectContext
from gateway.connect.records import Mapped, Page
from gateway.connect.testing.dataset import (
    DataAddress,
    DataCustomer,
    DataItem,
    DataLine,
    DataLocation,
    DataOrder,
    Dataset,
    DataStock,
    OrderWord,
)
from gateway.connect.testing.sandbox import SandboxOptions, serve_sandbox

T = TypeVar("T")

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CUSTOMER = DataCustomer("c-1", "Ana", "Souza", "ana@example.com", "12345678909", "+5511999990000")
ADDRESS = DataAddress("Rua A", "10", "Centro", "Recife", "PE", "50000-000", -8.05, -34.9)
DC, STORE = "V2FyZWhvdXNlOjE=", "V2FyZWhvdXNlOjI="


class StillClock:
    """A clock that moves only when told."""

    def __init__(self, now: datetime = NOW) -> None:
        self._now = now
        self._ticks = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._ticks

    async def sleep(self, seconds: float) -> None:
        if seconds > 0:
            await asyncio.Event().wait()

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._ticks += seconds


def a_line(sku: str = "SKU-1", quantity: int = 2, location: str = "store-1") -> DataLine:
    return DataLine(sku, quantity, "10.50", "3.25", location)


def an_order(ref: str = "1000-01", word: OrderWord = "approved", **changes: Any) -> DataOrder:
    gone = word in ("shipped", "delivered")
    order = DataOrder(
        ref=ref,
        number=ref.split("-")[0],
        word=word,
        placed_at=NOW - timedelta(days=1),
        updated_at=NOW - timedelta(hours=20),
        customer=CUSTOMER,
        address=ADDRESS,
        lines=(a_line(),),
        currency="BRL",
        paid="24.25",
        approved_at=None if word == "created" else NOW - timedelta(hours=23),
        shipped_at=NOW - timedelta(hours=21) if gone else None,
        delivered_at=NOW if word == "delivered" else None,
        promised_by=NOW + timedelta(days=3),
    )
    return msgspec.structs.replace(order, **changes)


def a_dataset(*orders: DataOrder) -> Dataset:
    where = ("Rua B", "Recife", "PE", "50000-001")
    return Dataset(
        locations=[
            DataLocation("dc-1", "Main", "DISTRIBUTION_CENTER", "Loja Um", *where),
            DataLocation("store-1", "Centro", "STORE", "Loja Dois", *where),
        ],
        items=[
            DataItem("SKU-1", "Shirt", "10.50"),
            DataItem("007", "Mug", "5.00"),
            DataItem("ghost", "Cup", "5.00", in_catalogue=False),
        ],
        stock=[
            DataStock("SKU-1", "dc-1", 5, 2, 1),
            DataStock("SKU-1", "store-1", 0),
            DataStock("ghost", "dc-1", 9),
        ],
        orders=list(orders),
    )


@dataclass(frozen=True)
class Stage:
    """A served sandbox and a connector that speaks to it."""

    sandbox: ShipHeroSandbox
    connector: ShipHeroConnector
    url: str
    clock: StillClock
    settings: dict[str, Any]

    @property
    def soon(self) -> Deadline:
        return Deadline.after(30, self.clock)

    async def act(self, name: str, **told: Any) -> Any:
        return await self.control("/_sandbox/act", {"do": name, **msgspec.to_builtins(told)})

    async def control(self, path: str, body: object) -> Any:
        async with (
            aiohttp.ClientSession() as client,
            client.post(self.url + path, json=body) as answer,
        ):
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def fail(self, *faults: dict[str, Any]) -> None:
        await self.control("/_sandbox/faults", list(faults))

    async def says(self, operation: str, text: str, times: int = 1) -> None:
        """Let an operation answer 200 with this text."""
        await self.fail(
            {"kind": "body", "operation": operation, "status": 200, "text": text, "times": times}
        )

    def another(self, **options: Any) -> ShipHeroConnector:
        return connect(self.clock, {**self.settings, **options})


def connect(clock: StillClock, settings: dict[str, Any]) -> ShipHeroConnector:
    limits = msgspec.structs.replace(
        CONNECTOR.manifest.limits, requests_per_second=100_000.0, burst=100_000
    )
    connector = CONNECTOR.connect(settings, ConnectContext("shiphero", clock, limits))
    assert isinstance(connector, ShipHeroConnector)
    return connector


@asynccontextmanager
async def staged(dataset: Dataset, **options: Any) -> AsyncIterator[Stage]:
    clock = StillClock()
    sandbox = ShipHeroSandbox(SandboxOptions(dataset, clock=clock))
    runner, url = await serve_sandbox(sandbox)
    settings = {**sandbox.settings_for(url), **options}
    connector = connect(clock, settings)
    try:
        yield Stage(sandbox, connector, url, clock, settings)
    finally:
        await connector.close()
        await runner.cleanup()


async def read_all(
    stage: Stage, read: Callable[..., Awaitable[Page[T]]], cursor: str | None = None
) -> list[Page[T]]:
    """Read to the last page; credits come back in between, so that no page waits."""
    pages = [await read(cursor, deadline=stage.soon)]
    while not pages[-1].is_last:
        stage.clock.advance(60)
        cursor = pages[-1].next_cursor
        assert cursor is not None
        assert len(cursor) <= 1024
        pages.append(await read(cursor, deadline=stage.soon))
    return pages


def records(pages: list[Page[T]]) -> list[T]:
    return [item.record for page in pages for item in page.items if isinstance(item, Mapped)]
