"""What every connector's tests stand on: a clock that stands still, an order, a served sandbox."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import msgspec

from gateway.connect.deadline import Deadline
from gateway.connect.testing.dataset import (
    DataAddress,
    DataCustomer,
    DataLine,
    DataOrder,
    OrderWord,
)

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


def a_line(sku: str = "SKU-1", quantity: int = 2, location: str = "store-1") -> DataLine:
    return DataLine(sku, quantity, "10.50", "3.25", location)


def an_order(ref: str = "1000-01", word: OrderWord = "approved", **changes: Any) -> DataOrder:
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
        delivered_at=NOW if word == "delivered" else None,
        promised_by=NOW + timedelta(days=3),
    )
    return msgspec.structs.replace(order, **changes)


class Served:
    """A sandbox on a socket, told by its own address what to do."""

    def __init__(self, url: str, clock: StillClock) -> None:
        self.url = url
        self.clock = clock

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
