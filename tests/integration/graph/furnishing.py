"""Something of everything that callers can ask for."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from gateway.events.webhooks.secrets import new_secret
from gateway.model.order import OrderLineRecord
from gateway.model.webhooks import AttemptError, DeliveryState
from gateway.projection.database import transaction
from gateway.projection.drift import Drift, DriftKind, keep_drift
from gateway.projection.events import LoggedEvent
from gateway.projection.webhooks.deliveries import add_deliveries, claim_deliveries
from gateway.projection.webhooks.endpoints import EndpointWish, add_endpoint, skip_missed
from gateway.projection.webhooks.outcomes import Attempt, note_attempt

from .stage import Stage, an_order, reais, some_work


async def furnish(stage: Stage) -> None:
    """Let there be something behind every door."""
    line = OrderLineRecord("l-1", "SKU-1", "Camiseta", 2, reais("10.50"), reais("1.00"))
    gift = OrderLineRecord("l-1", "GIFT", "Presente", 1, reais("1.00"))
    await stage.put("orders", an_order("mine", "c-1", lines=(line,)))
    await stage.put("orders", an_order("gift", "c-1", lines=(gift,)))
    await stage.put("fulfillments", some_work("mine", "w-2", shipped=1))
    await stage.put_beside("mine")
    run = await stage.gateway.directory.ask_walk("wms", "stock", "a key", reconciles=True)
    async with transaction(stage.gateway.pool) as connection:
        found = [Drift("SKU-1@w-1", DriftKind.CHANGED, ("on_hand",))]
        await keep_drift(connection, run["id"], found, stage.gateway.clock.now())
        await _let_endpoint_be(connection)
    await stage.gateway.pool.execute(
        """INSERT INTO channel_stock (source_id, location, item, sku, failure, failed_at)
           VALUES ('market', 'v-1', 'SKU-1', 'SKU-1', 'NOT_FOUND: it has none', now())"""
    )
    await stage.logged()


async def _let_endpoint_be(connection: Any) -> None:
    """Let the partner have an endpoint where nothing may be sent to, with all that one can have."""
    now, key = datetime.now(UTC), uuid4()
    wish = EndpointWish("https://127.0.0.1/hooks", None, (), ())
    await add_endpoint(
        connection, key, "key:seller", wish, secret=new_secret().reveal(), position=9, now=now
    )
    await skip_missed(connection, key, 9, 12, now)
    event = LoggedEvent(13, "order.updated", uuid4(), 2, ("status",), {}, now, now)
    await add_deliveries(connection, key, [event], now)
    (delivery,) = await claim_deliveries(connection, key, most=1, seconds=9, now=now)
    attempt = Attempt(1, now, 5, 500, AttemptError.REFUSED, "no")
    await note_attempt(connection, delivery, attempt, state=DeliveryState.DEAD, due_at=now)
