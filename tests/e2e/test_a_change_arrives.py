"""A change at a source becomes visible: by its push at once, and by the poll where that is lost."""

from pathlib import Path

import msgspec
import pytest

from gateway.connect.definition import load_connector

from .processes import PATIENCE_SECONDS, Gateway, Vendor, until
from .stage import Stage, a_retailer, an_order, everything_read, staged

ORDER = """query($ref: String!) {
  order(by: {channelRef: {channel: "marketplace", ref: $ref}}) { status nativeStatus }
}"""
SLOW = {"vtex": {"poll_seconds": 3600}, "shiphero": {"poll_seconds": 3600}}


async def _subscribe(stage: Stage, vendor: Vendor, running: Gateway) -> None:
    """Ask the vendor to push to the gateway, as the demo does."""
    from gateway.connect.deadline import Deadline
    from gateway.connect.definition import ConnectContext
    from gateway.connect.protocols import WebhookSource
    from gateway.model.time import SystemClock

    clock = SystemClock()
    definition = load_connector(vendor.connector)
    context = ConnectContext(vendor.connector, clock, definition.manifest.limits)
    connector = definition.connect(vendor.settings, context)
    assert isinstance(connector, WebhookSource)
    url = f"{running.url}/hooks/{vendor.connector}"
    try:
        await connector.subscribe(url, deadline=Deadline.after(PATIENCE_SECONDS, clock))
    finally:
        await connector.close()


async def _status(running: Gateway, ref: str) -> str | None:
    order = (await running.data(ORDER, {"ref": ref}))["order"]
    return None if order is None else str(order["status"])


@pytest.mark.parametrize("mode", ["normal", "duplicate"])
async def test_a_push_makes_a_change_visible_without_any_poll(
    database: str, tmp_path: Path, mode: str
) -> None:
    dataset = a_retailer(an_order(1))
    async with staged(dataset, database, tmp_path, SLOW) as stage:
        async with stage.gateway() as running:
            await everything_read(running)
            await _subscribe(stage, stage.marketplace, running)
            await stage.marketplace.post("/_sandbox/pushes", {"mode": mode})
            changed = msgspec.to_builtins(an_order(2))
            await stage.marketplace.act("put_order", order=changed)
            await until("the new order is visible", lambda: _status(running, "2-01"))
            assert await _status(running, "2-01") == "CONFIRMED"


async def test_a_lost_push_is_healed_by_the_poll(database: str, tmp_path: Path) -> None:
    async with staged(a_retailer(an_order(1)), database, tmp_path) as stage:
        async with stage.gateway() as running:
            await everything_read(running)
            await _subscribe(stage, stage.marketplace, running)
            await stage.marketplace.post("/_sandbox/pushes", {"mode": "lose"})
            changed = msgspec.to_builtins(an_order(1, "canceled"))
            await stage.marketplace.act("put_order", order=changed)

            async def is_cancelled() -> bool:
                return await _status(running, "1-01") == "CANCELLED"

            await until("the cancellation is visible", is_cancelled)


async def test_stock_that_changes_at_the_warehouse_is_pushed(database: str, tmp_path: Path) -> None:
    async with staged(a_retailer(an_order(1)), database, tmp_path, SLOW) as stage:
        async with stage.gateway() as running:
            await everything_read(running)
            await _subscribe(stage, stage.warehouse, running)
            stock = {"kind": "stock", "sku": "007", "location": "store-1", "on_hand": 41}
            await stage.warehouse.act("put_stock", stock=stock)

            async def is_seen() -> bool:
                found = await running.data('{ availability(skus: ["007"]) { availableToSell } }')
                return bool(found["availability"] == [{"availableToSell": 41}])

            await until("the new level is visible", is_seen)
