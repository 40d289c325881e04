"""The stage of the stories: a marketplace, a warehouse system and a gateway over both."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

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
from gateway.demo.systems import share_out
from gateway.projection.migrate import missing_revisions

from .processes import KEYS, ROOT, Gateway, Vendor, gateway, toml, until, vendor

CUSTOMER = DataCustomer("c-1", "Ana", "Souza", "ana@example.com", "12345678909", "+5511955550001")
ADDRESS = DataAddress("Rua A", "10", "Centro", "Recife", "PE", "50010-000", -8.05, -34.9)
CHANNELS = {"marketplace": "vtex", "tills": "square"}
READ = "{ sources { id streams { name lastCompleteWalkAt walkRows } } }"


def an_order(number: int, word: OrderWord = "approved", **changes: Any) -> DataOrder:
    """Answer an order of a day ago, its minutes by its number."""
    placed_at = datetime.now(UTC) - timedelta(days=1, minutes=number)
    order = DataOrder(
        ref=f"{number}-01",
        number=str(number),
        word=word,
        placed_at=placed_at,
        updated_at=placed_at + timedelta(hours=1),
        customer=CUSTOMER,
        address=ADDRESS,
        lines=(DataLine("SKU-1", 2, "10.50", "3.25", "store-1"),),
        currency="BRL",
        paid="24.25",
        approved_at=placed_at + timedelta(minutes=30),
        shipped_at=placed_at + timedelta(hours=1) if word in ("shipped", "delivered") else None,
        delivered_at=placed_at + timedelta(hours=2) if word == "delivered" else None,
        promised_by=placed_at + timedelta(days=5),
    )
    return msgspec.structs.replace(order, **changes)


def a_retailer(*orders: DataOrder) -> Dataset:
    """Answer two locations, two SKUs, their stock and these orders."""
    where = ("Rua B, 1", "Recife", "PE", "50010-001")
    return Dataset(
        locations=[
            DataLocation("dc-1", "Main", "DISTRIBUTION_CENTER", "Trama Modas", *where),
            DataLocation("store-1", "Centro", "STORE", "Loja Dois", *where),
        ],
        items=[DataItem("SKU-1", "Camiseta", "10.50"), DataItem("007", "Caneca", "5.00")],
        stock=[
            DataStock("SKU-1", "dc-1", 5, 2),
            DataStock("SKU-1", "store-1", 0),
            DataStock("007", "store-1", 9),
        ],
        orders=list(orders),
    )


@dataclass
class Stage:
    """Everything that a story needs; `others` are further systems, by their connector.

    `availability` is how the marketplace is told what it may sell, if it is; `sections` are further
    ones of the gateway's configuration.
    """

    marketplace: Vendor
    warehouse: Vendor
    dsn: str
    folder: Path
    changes: dict[str, Any]
    deadline_seconds: float
    others: dict[str, Vendor] = field(default_factory=dict)
    sections: dict[str, Any] = field(default_factory=dict)
    availability: dict[str, Any] | None = None

    def configuration(self, port: int = 0) -> tuple[dict[str, Any], dict[str, str]]:
        """Answer the gateway's configuration and its secrets."""
        environ = {"STORY_DSN": self.dsn}
        sources = {}
        for each in (self.marketplace, self.warehouse, *self.others.values()):
            options: dict[str, Any] = {}
            for name, value in each.settings.items():
                variable = f"STORY_{each.connector}_{name}".upper()
                environ[variable] = value
                options[name] = {"env": variable}
            sources[each.connector] = {
                "connector": each.connector,
                "poll_seconds": 0.3,
                "timeout_seconds": 3,
                "limits": {"requests_per_second": 2000, "burst": 2000},
                "options": options,
                **self.changes.get(each.connector, {}),
            }
        sources["vtex"]["streams"] = ["orders"]
        sources["shiphero"]["items"] = "create"
        environ.update({f"STORY_{kind}".upper(): key for kind, key in KEYS.items()})
        tree: dict[str, Any] = {
            "server": {"port": port, "introspection": True, "shutdown_seconds": 1},
            "metrics": {"port": 0},
            "database": {"dsn": {"env": "STORY_DSN"}},
            "freshness": {"deadline_seconds": self.deadline_seconds},
            "sync": {"lease_seconds": 5},
            "sources": sources,
            "channels": {
                code: {"name": code.title(), "source": source}
                for code, source in CHANNELS.items()
                if source in sources
            },
            "keys": [
                {"id": "shop", "kind": "storefront", "key": {"env": "STORY_STOREFRONT"}},
                {
                    "id": "partner",
                    "kind": "partner",
                    "key": {"env": "STORY_PARTNER"},
                    "channels": ["marketplace"],
                },
                {"id": "people", "kind": "operator", "key": {"env": "STORY_OPERATOR"}},
            ],
            **self.sections,
        }
        if self.availability is not None:
            tree["channels"]["marketplace"]["availability"] = self.availability
        return tree, environ

    @asynccontextmanager
    async def gateway(self, port: int = 0, *arguments: str) -> AsyncIterator[Gateway]:
        """Start a gateway."""
        tree, environ = self.configuration(port)
        async with gateway(tree, environ, self.folder, *arguments) as running:
            yield running


@asynccontextmanager
async def staged(
    dataset: Dataset,
    dsn: str,
    folder: Path,
    changes: dict[str, Any] | None = None,
    deadline_seconds: float = 20.0,
) -> AsyncIterator[Stage]:
    """Start both vendors over a database, and migrate it by the command if it is empty.

    `deadline_seconds` is how long an answer waits for a source: long, unless a story is about it.
    """
    async with (
        vendor("vtex", dataset, folder) as marketplace,
        vendor("shiphero", dataset, folder) as warehouse,
    ):
        stage = Stage(marketplace, warehouse, dsn, folder, changes or {}, deadline_seconds)
        if await missing_revisions(dsn):
            await migrate(stage)
        yield stage


@asynccontextmanager
async def four_staged(
    dataset: Dataset, dsn: str, folder: Path, changes: dict[str, Any] | None = None
) -> AsyncIterator[Stage]:
    """Start four vendors, each knowing its share, over a migrated database."""
    async with AsyncExitStack() as stack:
        shares = share_out(dataset)
        vendors = (vendor(name, share, folder) for name, share in shares.items())
        told = await asyncio.gather(*map(stack.enter_async_context, vendors))
        started = dict(zip(shares, told, strict=True))
        marketplace, warehouse = started.pop("vtex"), started.pop("shiphero")
        yield Stage(marketplace, warehouse, dsn, folder, changes or {}, 20.0, started)


async def migrate(stage: Stage) -> None:
    """Run `trama migrate`."""
    tree, environ = stage.configuration()
    path = stage.folder / "migrate.toml"
    path.write_text(toml(tree), "utf-8")
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", "migrate", "-c", str(path),
        env={**os.environ, **environ}, cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    told, _ = await running.communicate()
    assert (running.returncode, told) == (0, b"The database is at revision 0009.\n")


async def everything_read(running: Gateway) -> None:
    """Wait until every stream was read whole."""

    async def is_read() -> bool:
        sources = (await running.data(READ))["sources"]
        streams = [stream for source in sources for stream in source["streams"]]
        return all(s["lastCompleteWalkAt"] and s["walkRows"] is None for s in streams)

    await until("every stream is read whole", is_read)
