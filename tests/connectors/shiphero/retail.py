"""Retail data, a clock that stands still, and a sandbox with a connector on it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, TypeVar

import msgspec

from connectors.shiphero.connector import CONNECTOR, ShipHeroConnector
from connectors.shiphero.sandbox import ShipHeroSandbox
from gateway.connect.definition import ConnectContext
from gateway.connect.records import Mapped, Page
from gateway.connect.testing.dataset import (
    DataItem,
    DataLocation,
    DataOrder,
    Dataset,
    DataStock,
    OrderWord,
)
from gateway.connect.testing.sandbox import SandboxOptions, serve_sandbox
from tests.connectors import staging
from tests.connectors.staging import NOW, Served, StillClock

T = TypeVar("T")

DC, STORE = "V2FyZWhvdXNlOjE=", "V2FyZWhvdXNlOjI="


def an_order(ref: str = "1000-01", word: OrderWord = "approved", **changes: Any) -> DataOrder:
    shipped_at = NOW - timedelta(hours=21) if word in ("shipped", "delivered") else None
    return staging.an_order(ref, word, **{"shipped_at": shipped_at, **changes})


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


class Stage(Served):
    """A served sandbox and a connector that speaks to it."""

    def __init__(
        self,
        sandbox: ShipHeroSandbox,
        connector: ShipHeroConnector,
        url: str,
        clock: StillClock,
        settings: dict[str, Any],
    ) -> None:
        super().__init__(url, clock)
        self.sandbox = sandbox
        self.connector = connector
        self.settings = settings

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
