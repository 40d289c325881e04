"""Retail data, a clock that stands still, and a sandbox with a connector on it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import msgspec

from connectors.square.connector import CONNECTOR, SquareConnector
from connectors.square.sandbox import SquareSandbox
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

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CUSTOMER = DataCustomer("c-1", "Ana", "Souza", "ana@example.com", "12345678909", "+5511999990000")
ADDRESS = DataAddress("Rua A", "10", "Centro", "Recife", "PE", "50000-000", -8.05, -34.9)


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


def an_order(ref: str = "1000-01", word: OrderWord = "approved", **changes: Any) -> DataOrder:
    order = DataOrder(
        ref=ref,
        number=ref.split("-")[0],
        word=word,
        placed_at=NOW - timedelta(days=1),
        updated_at=NOW - timedelta(hours=20),
        customer=CUSTOMER,
        address=ADDRESS,
        lines=(DataLine("SKU-1", 2, "10.50", "3.25", "store-1"),),
        currency="BRL",
        paid="24.25",
        approved_at=None if word == "created" else NOW - timedelta(hours=23),
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
        items=[DataItem("SKU-1", "Shirt", "10.50"), DataItem("007", "Mug", "5.00")],
        stock=[DataStock("SKU-1", "dc-1", 5, 2), DataStock("SKU-1", "store-1", 0)],
        orders=list(orders),
    )


@dataclass(frozen=True)
class Stage:
    """A served sandbox and a connector that speaks to it."""

    sandbox: SquareSandbox
    connector: SquareConnector
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

    def another(self, **options: Any) -> SquareConnector:
        return connect(self.clock, {**self.settings, **options})


def connect(clock: StillClock, settings: dict[str, Any]) -> SquareConnector:
    limits = msgspec.structs.replace(
        CONNECTOR.manifest.limits, requests_per_second=100_000.0, burst=100_000
    )
    connector = CONNECTOR.connect(settings, ConnectContext("square", clock, limits))
    assert isinstance(connector, SquareConnector)
    return connector


@asynccontextmanager
async def staged(
    dataset: Dataset, make: type[SquareSandbox] = SquareSandbox, **options: Any
) -> AsyncIterator[Stage]:
    clock = StillClock()
    sandbox = make(SandboxOptions(dataset, clock=clock))
    runner, url = await serve_sandbox(sandbox)
    settings = {**sandbox.settings_for(url), **options}
    connector = connect(clock, settings)
    try:
        yield Stage(sandbox, connector, url, clock, settings)
    finally:
        await connector.close()
        await runner.cleanup()


def refs(page: Page[Any]) -> list[str | None]:
    return [item.record.ref if isinstance(item, Mapped) else item.ref for item in page.items]
