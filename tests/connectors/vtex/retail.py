"""Retail data, a clock that stands still, and a sandbox with a connector on it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from connectors.vtex.connector import CONNECTOR, VtexConnector
from connectors.vtex.sandbox import ACCOUNT, APP_KEY, KEYS, VtexSandbox
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
from gateway.model.order import ChannelState, OrderRecord
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
        sandbox: VtexSandbox,
        connector: VtexConnector,
        url: str,
        clock: StillClock,
        settings: dict[str, Any],
    ) -> None:
        super().__init__(url, clock)
        self.sandbox = sandbox
        self.connector = connector
        self.settings = settings

    def another(self, **options: Any) -> VtexConnector:
        return connect(self.clock, {**self.settings, **options})


def connect(clock: StillClock, settings: dict[str, Any]) -> VtexConnector:
    limits = msgspec.structs.replace(
        CONNECTOR.manifest.limits, requests_per_second=100_000.0, burst=100_000
    )
    connector = CONNECTOR.connect(settings, ConnectContext("vtex", clock, limits))
    assert isinstance(connector, VtexConnector)
    return connector


@asynccontextmanager
async def staged(
    dataset: Dataset, make: type[VtexSandbox] = VtexSandbox, **options: Any
) -> AsyncIterator[Stage]:
    clock = StillClock()
    sandbox = make(SandboxOptions(dataset, clock=clock))
    runner, url = await serve_sandbox(sandbox)
    settings = {
        "account": ACCOUNT,
        "app_key": APP_KEY,
        "app_token": KEYS[APP_KEY],
        "endpoint": url,
        "hook_secret": "between-us",
        **options,
    }
    connector = connect(clock, settings)
    try:
        yield Stage(sandbox, connector, url, clock, settings)
    finally:
        await connector.close()
        await runner.cleanup()


def refs(page: Page[OrderRecord]) -> list[str | None]:
    return [item.record.ref if isinstance(item, Mapped) else item.ref for item in page.items]


def states(page: Page[OrderRecord]) -> dict[str, ChannelState]:
    return {i.record.ref: i.record.state for i in page.items if isinstance(i, Mapped)}
