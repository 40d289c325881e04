"""Retail data, a clock that stands still, and a sandbox with a connector on it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from connectors.square.connector import CONNECTOR, SquareConnector
from connectors.square.sandbox import SquareSandbox
from gateway.connect.definition import ConnectContext
from gateway.connect.records import Mapped, Page
from gateway.connect.testing.dataset import (
    DataItem,
    DataLocation,
    DataOrder,
    Dataset,
    DataStock,
)
from gateway.connect.testing.sandbox import SandboxOptions, serve_sandbox
from tests.connectors.staging import Served, StillClock


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


class Stage(Served):
    """A served sandbox and a connector that speaks to it."""

    def __init__(
        self,
        sandbox: SquareSandbox,
        connector: SquareConnector,
        url: str,
        clock: StillClock,
        settings: dict[str, Any],
    ) -> None:
        super().__init__(url, clock)
        self.sandbox = sandbox
        self.connector = connector
        self.settings = settings

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
