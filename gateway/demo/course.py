"""How far an order of the sample has come, and when it came there: pure."""

from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from random import Random

from gateway.connect.testing.dataset import (
    DataAddress,
    DataCustomer,
    DataLine,
    DataOrder,
    OrderWord,
)

Person = tuple[DataCustomer, DataAddress]
# From which age to which, in days, orders stand there.
_AGES: tuple[tuple[OrderWord, float, float], ...] = (
    ("created", 0.0, 0.03), ("approved", 0.03, 0.3), ("processing", 0.2, 1.0),
    ("invoiced", 0.8, 1.8), ("shipped", 1.5, 6.0), ("delivered", 5.0, 99.0),
)  # fmt: skip
# How many hours after it was placed an order comes there: always before the ages above begin.
_HOURS: dict[OrderWord, tuple[float, float]] = {
    "created": (0.0, 0.0), "approved": (0.05, 0.7), "processing": (1.0, 4.5),
    "invoiced": (8.0, 19.0), "shipped": (20.0, 35.0), "delivered": (60.0, 118.0),
    "canceled": (0.2, 20.0), "unavailable": (3.0, 30.0),
}  # fmt: skip
_STAGES = [word for word, _, _ in _AGES]


def choose_word(age: float, chance: Random) -> OrderWord:
    """Answer how far an order of this age in days has come."""
    if chance.random() < 0.04:
        return chance.choice(("canceled", "canceled", "unavailable"))
    fitting = [word for word, since, until in _AGES if since <= age < until]
    return chance.choice(fitting)


def make_order(
    ref: str,
    word: OrderWord,
    placed_at: datetime,
    who: Person,
    lines: tuple[DataLine, ...],
    now: datetime,
) -> DataOrder:
    """Answer an order with the times of what has happened, none of them after `now`."""
    reached = _reached(word)

    def came(stage: OrderWord) -> datetime:
        least, most = _HOURS[stage]
        hours = least + (most - least) * share_of(ref, stage)
        return min(placed_at + timedelta(seconds=round(hours * 3600)), now)

    def when(stage: OrderWord) -> datetime | None:
        return came(stage) if stage in reached else None

    return DataOrder(
        ref=ref,
        number=ref.partition("-")[0],
        word=word,
        placed_at=placed_at,
        updated_at=came(word),
        customer=who[0],
        address=who[1],
        lines=lines,
        currency="BRL",
        paid=paid_for(lines),
        approved_at=when("approved"),
        shipped_at=when("shipped"),
        delivered_at=when("delivered"),
        promised_by=placed_at + timedelta(days=4 + round(8 * share_of(ref, "promise"))),
    )


def _reached(word: OrderWord) -> list[OrderWord]:
    if word == "canceled":
        return _STAGES[:1]
    last: OrderWord = "approved" if word == "unavailable" else word
    return _STAGES[: _STAGES.index(last) + 1]


def share_of(ref: str, of: str) -> float:
    """Answer a number from 0 to 1, always the same for the same two texts."""
    return sha256(f"{ref}/{of}".encode()).digest()[0] / 255


def paid_for(lines: tuple[DataLine, ...]) -> str:
    """Answer what the goods and their freight cost."""
    goods = sum((Decimal(line.unit_price) * line.quantity for line in lines), Decimal())
    freight = sum((Decimal(line.freight) for line in lines), Decimal())
    return f"{goods + freight:.2f}"
