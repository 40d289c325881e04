"""A retailer that does not exist: the same at every making, but for the time of day."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

import msgspec

from gateway.connect.testing.dataset import (
    DataItem,
    DataLine,
    DataLocation,
    DataOrder,
    Dataset,
    DataStock,
    Keeper,
    OrderWord,
)
from gateway.demo.catalogue import HERO_SKUS, UNMAPPED_SKU, make_catalogue
from gateway.demo.course import Person, choose_word, make_order, paid_for, share_of
from gateway.demo.geography import CENTRES, CITIES, EXTRA_STORES
from gateway.demo.invoices import invoices_of
from gateway.demo.people import make_people
from gateway.demo.tills import Goods, chosen_sale, till_sale

LOCATIONS, SKUS, ORDERS, DAYS = 40, 2000, 3000, 60
TILL_SALES = 600
HERO_ORDER_REF = "1500000000001-01"
BROKEN_REF = "1500000000002-01"
UNMAPPED_REF = "1500000000003-01"
MISTYPED_REF = "1500000000004-01"
HERO_SALE_REF = "till-00001"


def generate_sample(now: datetime, seed: int = 7) -> Dataset:
    """Answer 40 locations, 2,000 SKUs, their stock and 3,000 orders of the last 60 days.

    600 of the orders are sales at the tills of eleven stores; the others have invoices once they
    have come that far. One order is broken at the marketplace, and one SKU is sold there that no
    other system has heard of. The records that the docs quote are the same whatever the time.
    """
    chance = Random(seed)  # noqa: S311
    locations = make_locations()
    items = make_catalogue(SKUS, chance)
    people = make_people(900, chance)
    stock = _stock(items[:-1], locations, chance)
    shelves = _shelves(stock, locations, "warehouse")
    shipped = [item for item in items if item.sku in shelves]
    goods = Goods({item.sku: item.price for item in items}, _counters(stock, locations))
    orders = _quoted(now, people[0], items)
    for place in range(len(orders), ORDERS - TILL_SALES):
        orders.append(_order(place, now, people[1:], shipped, shelves, chance))
    orders.append(_quoted_sale(now, people[0], items))
    for place in range(2, TILL_SALES + 1):
        orders.append(chosen_sale(place, goods, people[1:], now, chance))
    return Dataset(locations, items, stock, orders, invoices_of(orders))


def mistyped(orders: Sequence[DataOrder]) -> list[DataOrder]:
    """Answer the orders as they were typed into the ERP: one with another freight."""
    return [_with_freight(each, "18.00") if each.ref == MISTYPED_REF else each for each in orders]


def _with_freight(order: DataOrder, freight: str) -> DataOrder:
    lines = tuple(msgspec.structs.replace(line, freight=freight) for line in order.lines)
    return msgspec.structs.replace(order, lines=lines, paid=paid_for(lines))


def _shelves(
    stock: Sequence[DataStock], locations: Sequence[DataLocation], keeper: Keeper
) -> dict[str, list[str]]:
    """Answer, by SKU, the locations of a keeper that have it."""
    kept = {place.code for place in locations if place.kept_by == keeper}
    shelves: dict[str, list[str]] = {}
    for each in stock:
        if each.location in kept:
            shelves.setdefault(each.sku, []).append(each.location)
    return shelves


def _counters(
    stock: Sequence[DataStock], locations: Sequence[DataLocation]
) -> dict[str, list[str]]:
    """Answer, by store with tills, the SKUs that it has."""
    counters: dict[str, list[str]] = {}
    for sku, codes in _shelves(stock, locations, "till").items():
        for code in codes:
            counters.setdefault(code, []).append(sku)
    return counters


def make_locations() -> list[DataLocation]:
    """Answer six distribution centres and 34 stores, some of them partners'.

    The tills of eleven stores count their own stock, the ERP the partners' five.
    """
    by_code = {city.code: city for city in CITIES}
    places: list[DataLocation] = []
    for number, code in enumerate((*CENTRES, *by_code, *EXTRA_STORES)):
        city = by_code[code]
        is_centre = number < len(CENTRES)
        is_partner = not is_centre and number % 7 == 0
        kind = "CD" if is_centre else "LJ"
        has_tills = not is_centre and not is_partner and number % 5 < 2
        twin = sum(1 for p in places if p.code.startswith(f"{kind}-{code}"))
        places.append(
            DataLocation(
                code=f"{kind}-{code}-{twin + 1:02d}",
                name=f"{'Centro de Distribuição' if is_centre else 'Loja'} {city.name}"
                + (f" {twin + 1}" if twin else ""),
                type="DISTRIBUTION_CENTER" if is_centre else "PARTNER" if is_partner else "STORE",
                owner=f"Parceiro {city.name}" if is_partner else "Trama Modas",
                street="Avenida Principal, 100",
                city=city.name,
                region=city.region,
                postal_code=city.postal_code,
                latitude=round(city.latitude + twin * 0.021, 4),
                longitude=round(city.longitude - twin * 0.017, 4),
                kept_by="till" if has_tills else "ledger" if is_partner else "warehouse",
            )
        )
    return places


def _stock(
    items: Sequence[DataItem], locations: Sequence[DataLocation], chance: Random
) -> list[DataStock]:
    rows = [
        DataStock("CAM-AZUL-M", "CD-SPO-01", 120, 14, 5),
        DataStock("CAM-AZUL-M", "LJ-RIO-01", 7, 0, 0),
        DataStock("CAM-AZUL-M", "LJ-POA-01", 0, 0, 0),
        DataStock("0012345", "CD-SPO-01", 3, 1, 0),
        DataStock("0012345", "CD-REC-01", 2, 0, 0),
        DataStock("0012345", "LJ-BHZ-01", 1, 0, 1),
        DataStock("0012345", "LJ-CPQ-01", 4, 0, 0),
    ]
    for item in items[len(HERO_SKUS) :]:
        for place in sorted(chance.sample(range(len(locations)), chance.randrange(3, 13))):
            where = locations[place]
            most = 200 if where.type == "DISTRIBUTION_CENTER" else 12
            on_hand = max(0, chance.randrange(-most // 6, most))
            allocated = min(on_hand, chance.randrange(0, 4))
            reserve = chance.choice((0, 0, 0, 1, 2)) if on_hand else 0
            if where.kept_by == "till":
                allocated = reserve = 0
            rows.append(DataStock(item.sku, where.code, on_hand, allocated, reserve))
    return rows


def _quoted(now: datetime, hero: Person, items: Sequence[DataItem]) -> list[DataOrder]:
    """Answer the orders that the docs quote, and the two that go wrong on purpose."""
    shirt, mug = items[0], items[1]
    split = (
        DataLine(shirt.sku, 2, shirt.price, "12.50", "CD-SPO-01"),
        DataLine(mug.sku, 1, mug.price, "9.90", "CD-REC-01"),
    )
    one = (DataLine(shirt.sku, 1, shirt.price, "8.00", "CD-SPO-01"),)
    gift = (DataLine(UNMAPPED_SKU, 1, "9.90", "5.00", "CD-SPO-01"),)
    day = timedelta(days=1)
    told: tuple[tuple[str, OrderWord, timedelta, tuple[DataLine, ...]], ...] = (
        (HERO_ORDER_REF, "shipped", 3 * day, split),
        (BROKEN_REF, "approved", day * 20 / 24, one),
        (UNMAPPED_REF, "approved", day * 22 / 24, gift),
        (MISTYPED_REF, "delivered", 25 * day, one),
        ("1500000000005-01", "canceled", 40 * day, one),
    )
    made = [make_order(ref, word, now - age, hero, lines, now) for ref, word, age, lines in told]
    made[1] = msgspec.structs.replace(made[1], is_broken=True)
    return made


def _quoted_sale(now: datetime, hero: Person, items: Sequence[DataItem]) -> DataOrder:
    shirt = items[0]
    line = DataLine(shirt.sku, 1, shirt.price, "0.00", "LJ-RIO-01")
    return till_sale(1, hero, (line,), now - timedelta(days=2))


def _order(
    place: int,
    now: datetime,
    people: Sequence[Person],
    items: Sequence[DataItem],
    shelves: dict[str, list[str]],
    chance: Random,
) -> DataOrder:
    age = DAYS * chance.random() ** 1.6
    lines = []
    for item in chance.sample(list(items[: SKUS // 2]) if chance.random() < 0.8 else list(items),
                              chance.choice((1, 1, 1, 2, 2, 3))):  # fmt: skip
        freight = f"{chance.randrange(5, 40)}.{chance.choice(('00', '50', '90'))}"
        where = chance.choice(shelves[item.sku])
        lines.append(DataLine(item.sku, chance.choice((1, 1, 1, 2)), item.price, freight, where))
    word = choose_word(age, chance)
    ref = f"{1510000000000 + place * 7919}-01"
    placed_at = now - timedelta(days=age, seconds=1)
    shipped = _gathered(ref, tuple(lines), shelves)
    return make_order(ref, word, placed_at, chance.choice(people), shipped, now)


def _gathered(
    ref: str, lines: tuple[DataLine, ...], shelves: dict[str, list[str]]
) -> tuple[DataLine, ...]:
    """Answer the lines from one location where one has them all, but for three orders in ten."""
    known = [set(shelves[line.sku]) for line in lines]
    shared = [each for each in shelves[lines[0].sku] if all(each in places for places in known)]
    if not shared or share_of(ref, "split") < 0.3:
        return lines
    return tuple(msgspec.structs.replace(line, location=shared[0]) for line in lines)
