"""Sales at the tills of the sample's stores: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

import msgspec

from gateway.connect.testing.dataset import DataLine, DataOrder
from gateway.demo.course import Person, make_order

SPAN_DAYS = 60


@dataclass(frozen=True, slots=True)
class Goods:
    """What stores sell: the price of each SKU, and the SKUs that each has, by its code."""

    prices: Mapping[str, str]
    at: Mapping[str, Sequence[str]]


def chosen_sale(
    place: int, goods: Goods, people: Sequence[Person], now: datetime, chance: Random
) -> DataOrder:
    """Answer a sale of one or two SKUs at one of the stores, in the last 60 days."""
    shop = chance.choice(sorted(goods.at))
    skus = chance.sample(goods.at[shop], chance.choice((1, 1, 2)))
    lines = tuple(
        DataLine(sku, chance.choice((1, 1, 2)), goods.prices[sku], "0.00", shop) for sku in skus
    )
    sold_at = now - timedelta(days=SPAN_DAYS * chance.random() ** 1.6, seconds=1)
    return till_sale(place, chance.choice(people), lines, sold_at)


def till_sale(place: int, who: Person, lines: tuple[DataLine, ...], sold_at: datetime) -> DataOrder:
    """Answer a sale at the till of the lines' store: paid and taken home at once."""
    order = make_order(f"till-{place:05d}", "delivered", sold_at, who, lines, sold_at)
    return msgspec.structs.replace(
        order, number=f"{place:05d}", promised_by=None, sold_at=lines[0].location
    )
