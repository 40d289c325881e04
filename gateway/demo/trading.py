"""Business that goes on while the demo runs: one order after the other comes further.

Only the marketplace's own orders of the sample that are on their way, and none that is shown as an
example; so a subscriber hears of something every few seconds.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path

import aiohttp
import msgspec
import structlog

from gateway.connect.testing.dataset import DataOrder, OrderWord, read_dataset
from gateway.demo.data import Shown
from gateway.model.time import Clock

EVERY_SECONDS = 5.0
MOST_ORDERS = 12
_NEXT: dict[OrderWord, OrderWord] = {
    "created": "approved", "approved": "processing", "processing": "invoiced",
}  # fmt: skip

log = structlog.get_logger("trama.demo")


async def trade(seed: Path, sandbox_url: str, shown: Shown, clock: Clock) -> None:
    """Let orders of a sandbox come further until cancelled."""
    orders = on_their_way(read_dataset(seed).orders, shown)
    async with aiohttp.ClientSession() as client:
        for order in steps(orders, clock):
            await clock.sleep(EVERY_SECONDS)
            told = {"do": "put_order", "order": msgspec.to_builtins(order)}
            try:
                async with client.post(f"{sandbox_url}/_sandbox/act", json=told) as answer:
                    answer.raise_for_status()
            except aiohttp.ClientError as error:
                log.warning("demo.not_traded", error=type(error).__name__)


def on_their_way(orders: Sequence[DataOrder], shown: Shown) -> list[DataOrder]:
    """Answer the latest orders that can come further, without those that are examples."""
    kept = (shown.order, shown.disputed)
    going = [
        each
        for each in orders
        if each.word in _NEXT and each.sold_at is None
        and each.ref not in kept and each.customer.ref != shown.customer
    ]  # fmt: skip
    return sorted(going, key=lambda each: each.placed_at, reverse=True)[:MOST_ORDERS]


def steps(orders: Sequence[DataOrder], clock: Clock) -> Iterator[DataOrder]:
    """Answer each order in turn as it is next: a step further, at last promised for another day."""
    latest = {each.ref: each for each in orders}
    for ref in cycle(list(latest)):
        latest[ref] = further(latest[ref], clock.now())
        yield latest[ref]


def further(order: DataOrder, now: datetime) -> DataOrder:
    """Answer an order one step on."""
    word = _NEXT.get(order.word)
    if word is None:
        promised = (order.promised_by or now) + timedelta(days=1)
        return msgspec.structs.replace(order, promised_by=promised, updated_at=now)
    approved_at = order.approved_at or now
    return msgspec.structs.replace(order, word=word, approved_at=approved_at, updated_at=now)
