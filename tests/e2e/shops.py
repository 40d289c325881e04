"""The stage of the tills: a retailer's shops at Square, and a gateway over them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from gateway.connect.deadline import Deadline
from gateway.connect.definition import ConnectContext, load_connector
from gateway.connect.protocols import WebhookSource
from gateway.connect.testing.dataset import DataLine, DataOrder
from gateway.model.time import SystemClock

from .processes import KEYS, Gateway, Vendor, gateway, vendor
from .stage import a_retailer, an_order, everything_read

SKU, SHOP = "007", "store-1"
_AVAILABLE = "query($skus: [Sku!]!) { availability(skus: $skus) { availableToSell } }"
_SALE = """query($ref: String!) {
  order(by: {channelRef: {channel: "shops", ref: $ref}}) {
    status nativeStatus placedAt
    lines { quantities { ordered shipped delivered } }
    fulfillmentOrders { status location { code } }
  }
}"""


@dataclass
class Shops:
    """The tills and the gateway, which has read everything."""

    tills: Vendor
    running: Gateway

    async def subscribe(self) -> None:
        """Ask Square to push to the gateway, as the demo does."""
        clock = SystemClock()
        definition = load_connector("square")
        context = ConnectContext("square", clock, definition.manifest.limits)
        connector = definition.connect(self.tills.settings, context)
        assert isinstance(connector, WebhookSource)
        url = f"{self.running.url}/hooks/square"
        await connector.subscribe(url, deadline=Deadline.after(10, clock))
        await connector.close()

    async def sell(self, number: int, quantity: int, placed_at: datetime | None = None) -> None:
        """Sell at the shop's till; one that was offline tells of it later."""
        sale = a_sale(number, quantity, placed_at or datetime.now(UTC))
        await self.tills.act("sell", order=msgspec.to_builtins(sale))

    async def available(self) -> int | None:
        """Answer what may be sold of the SKU."""
        found = await self.running.data(_AVAILABLE, {"skus": [SKU]})
        units: int | None = found["availability"][0]["availableToSell"]
        return units

    async def sale(self, number: int) -> dict[str, Any] | None:
        """Answer a till's sale as the gateway knows it."""
        found = await self.running.data(_SALE, {"ref": f"till-{number}"})
        order: dict[str, Any] | None = found["order"]
        return order


def a_sale(number: int, quantity: int, placed_at: datetime) -> DataOrder:
    """Answer a sale that is paid and taken home."""
    return an_order(
        number,
        "delivered",
        ref=f"till-{number}",
        placed_at=placed_at,
        approved_at=placed_at,
        delivered_at=placed_at,
        promised_by=None,
        lines=(DataLine(SKU, quantity, "5.00", "0.00", SHOP),),
        paid=f"{5 * quantity}.00",
    )


@asynccontextmanager
async def opened(dsn: str, folder: Path, poll_seconds: float = 0.3) -> AsyncIterator[Shops]:
    """Open the shops, with nine of the SKU at one of them."""
    async with vendor("square", a_retailer(), folder) as tills:
        environ = {"STORY_DSN": dsn, "STORY_OPERATOR": KEYS["operator"]}
        options = {}
        for name, value in tills.settings.items():
            environ[f"STORY_SQUARE_{name}".upper()] = value
            options[name] = {"env": f"STORY_SQUARE_{name}".upper()}
        tree = {
            "server": {"port": 0, "introspection": True, "shutdown_seconds": 1},
            "metrics": {"port": 0},
            "database": {"dsn": {"env": "STORY_DSN"}},
            "sources": {
                "square": {
                    "connector": "square",
                    "poll_seconds": poll_seconds,
                    "items": "create",
                    "limits": {"requests_per_second": 1000, "burst": 1000},
                    "options": options,
                }
            },
            "channels": {"shops": {"name": "Shops", "source": "square"}},
            "keys": [{"id": "people", "kind": "operator", "key": {"env": "STORY_OPERATOR"}}],
        }
        async with gateway(tree, environ, folder) as running:
            await everything_read(running)
            yield Shops(tills, running)
