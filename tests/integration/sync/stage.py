"""A gateway over both vendors' sandboxes, in this process, on real sockets and a real Postgres."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from connectors.shiphero.sandbox import ShipHeroSandbox
from connectors.vtex.sandbox import VtexSandbox
from gateway.bootstrap import Gateway, open_gateway
from gateway.connect.testing.dataset import (
    DataAddress,
    DataCustomer,
    DataItem,
    DataLine,
    DataLocation,
    DataOrder,
    Dataset,
    DataStock,
)
from gateway.connect.testing.faults import Fault
from gateway.connect.testing.sandbox import Sandbox, SandboxOptions, serve_sandbox
from gateway.settings import Settings, read_settings

PATIENCE_SECONDS = 60.0


async def until(what: str, condition: Callable[[], Awaitable[Any]]) -> Any:
    """Ask again and again until the condition answers something true; fails after a while."""
    loop = asyncio.get_running_loop()
    end = loop.time() + PATIENCE_SECONDS
    while loop.time() < end:
        found = await condition()
        if found:
            return found
        await asyncio.sleep(0.02)
    raise AssertionError(f"never: {what}")


def an_order(number: int, sku: str = "SKU-1", **changes: Any) -> DataOrder:
    placed_at = datetime.now(UTC) - timedelta(days=1, minutes=number)
    order = DataOrder(
        ref=f"{number}-01", number=str(number), word="approved", placed_at=placed_at,
        updated_at=placed_at + timedelta(hours=1),
        customer=DataCustomer("c-1", "Ana", "Souza", "ana@example.com"),
        address=DataAddress("Rua A", "10", "Centro", "Recife", "PE", "50010-000"),
        lines=(DataLine(sku, 2, "10.50", "3.25", "dc-1"),), currency="BRL", paid="24.25",
        approved_at=placed_at + timedelta(minutes=30),
    )  # fmt: skip
    return msgspec.structs.replace(order, **changes)


def a_retailer(*orders: DataOrder) -> Dataset:
    where = ("Rua B, 1", "Recife", "PE", "50010-001")
    return Dataset(
        locations=[DataLocation("dc-1", "Main", "DISTRIBUTION_CENTER", "Trama", *where)],
        items=[DataItem("SKU-1", "Camiseta", "10.50"), DataItem("007", "Caneca", "5.00")],
        stock=[DataStock("SKU-1", "dc-1", 5, 2), DataStock("007", "dc-1", 9)],
        orders=list(orders),
    )


@dataclass
class Stage:
    """Both vendors, and how a gateway over them is configured."""

    marketplace: Sandbox
    warehouse: Sandbox
    settings: Settings

    async def act(self, name: str, **told: Any) -> None:
        """Let something happen at the vendor whom it concerns."""
        at = self.marketplace if name == "put_order" else self.warehouse
        result = at.acts[name](msgspec.to_builtins(told))
        if hasattr(result, "__await__"):
            await result

    def fail(self, at: Sandbox, **fault: Any) -> None:
        at.faults.plan([Fault(**fault)])

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Gateway]:
        """Open a gateway that reads, and end it."""
        async with open_gateway(self.settings) as gateway:
            task = asyncio.create_task(gateway.worker.run())
            try:
                yield gateway
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)


async def everything_read(gateway: Gateway) -> None:
    """Wait until every stream was read whole."""

    async def is_read() -> bool:
        left = await gateway.pool.fetchval(
            """SELECT count(*) FROM source_stream WHERE stream <> 'inbox'
               AND (backfilled_at IS NULL OR walk_started_at IS NOT NULL)"""
        )
        return bool(left == 0)

    await until("everything is read", is_read)


@asynccontextmanager
async def staged(dsn: str, dataset: Dataset, **changes: dict[str, Any]) -> AsyncIterator[Stage]:
    """Serve both sandboxes and configure a gateway; `changes` are per source."""
    marketplace = VtexSandbox(SandboxOptions(dataset, speed=100))
    warehouse = ShipHeroSandbox(SandboxOptions(dataset, speed=100))
    async with _served(marketplace) as shop_url, _served(warehouse) as wms_url:
        told = {
            "vtex": marketplace.settings_for(shop_url), "shiphero": warehouse.settings_for(wms_url),
        }  # fmt: skip
        yield Stage(marketplace, warehouse, _configured(dsn, told, changes))


@asynccontextmanager
async def _served(sandbox: Sandbox) -> AsyncIterator[str]:
    runner, url = await serve_sandbox(sandbox)
    try:
        yield url
    finally:
        await runner.cleanup()


def _configured(
    dsn: str, told: dict[str, dict[str, str]], changes: dict[str, dict[str, Any]]
) -> Settings:
    environ, sources = {"DSN": dsn}, {}
    for name, settings in told.items():
        options = {}
        for key, value in settings.items():
            environ[f"{name}_{key}".upper()] = value
            options[key] = {"env": f"{name}_{key}".upper()}
        sources[name] = {
            "connector": name, "poll_seconds": 0.1, "timeout_seconds": 5,
            "limits": {"requests_per_second": 5000, "burst": 5000}, "options": options,
            **changes.get(name, {}),
        }  # fmt: skip
    sources["vtex"].setdefault("streams", ["orders"])
    sources["shiphero"]["items"] = "create"
    tree = {
        "database": {"dsn": {"env": "DSN"}},
        "sync": {"lease_seconds": 30},
        "sources": sources,
        "channels": {"marketplace": {"name": "Marketplace", "source": "vtex"}},
    }
    return read_settings(tree, environ, Path())
