"""A row of Olist's files as retail data: pure."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256

from gateway.connect.testing.dataset import (
    DataAddress,
    DataCustomer,
    DataItem,
    DataLine,
    DataLocation,
    DataOrder,
    DataStock,
)
from gateway.demo.geography import SAO_PAULO
from gateway.demo.olist.files import Row
from gateway.demo.olist.names import place, simulated_name, title
from gateway.demo.people import cpf

SHOPS = 100
# How far back the marketplace lists orders.
LISTED = timedelta(days=731)
# Prime to ten, so that no two persons have one CPF.
SPREAD = 104_729
STREET = "Endereço não divulgado"
Move = Callable[[datetime], datetime]


def utc(local: datetime) -> datetime:
    """Answer a time of São Paulo's clocks in UTC; an hour shown twice is taken as the first."""
    return local.replace(tzinfo=SAO_PAULO, fold=0).astimezone(UTC)


def order_of(
    row: Row, lines: tuple[DataLine, ...], shops: frozenset[str], move: Move, now: datetime
) -> DataOrder:
    """Answer an order moved in time, as it is `now`; what is all of one shop was sold by it."""

    def when(name: str) -> datetime | None:
        return None if row[name] is None else move(utc(row[name]))

    ref: str = row["order_id"]
    placed_at = move(utc(row["placed_at"]))
    approved, shipped, delivered = when("approved_at"), when("shipped_at"), when("delivered_at")
    sellers = {line.location for line in lines}
    shop = next(iter(sellers)) if len(sellers) == 1 and sellers <= shops else None
    known = [each for each in (placed_at, approved, shipped, delivered) if each is not None]
    return DataOrder(
        ref=ref,
        number=str(int(ref[:12], 16)),
        word=row["word"],
        placed_at=placed_at,
        updated_at=min(max(known), now),
        customer=_customer(row["person"], row["person_number"]),
        address=_address(row),
        lines=lines,
        currency="BRL",
        paid=f"{_sum(lines) if lines else row['paid'] or Decimal():.2f}",
        approved_at=approved,
        shipped_at=shipped,
        delivered_at=delivered,
        promised_by=when("promised_by"),
        is_beyond_window=shop is None and placed_at < now - LISTED,
        sold_at=shop,
    )


def line_of(row: Row) -> DataLine:
    """Answer a line: one row is one unit, even where the next row is the same again."""
    return DataLine(row["product_id"], 1, str(row["price"]), str(row["freight"]), row["seller_id"])


def shops_of(sellers: Iterable[str]) -> frozenset[str]:
    """Answer the sellers who are shops, chosen by hash."""
    return frozenset(sorted(sellers, key=lambda each: sha256(each.encode()).digest())[:SHOPS])


def location_of(row: Row, shops: frozenset[str]) -> DataLocation:
    """Answer a seller: where it sends from is a location; tills count a shop's own stock."""
    name, is_shop = f"Vendedor {row['seller_id'][:8]}", row["seller_id"] in shops
    return DataLocation(
        code=row["seller_id"],
        name=name,
        type="STORE" if is_shop else "PARTNER",
        owner=name,
        street=STREET,
        city=place(row["city"]),
        region=row["region"],
        postal_code=f"{row['zip']}-000",
        latitude=row["latitude"],
        longitude=row["longitude"],
        kept_by="till" if is_shop else "warehouse",
    )


def item_of(row: Row) -> DataItem:
    """Answer a product with the lowest price that it was ever sold at."""
    name = title(row["category"], row["product_id"])
    return DataItem(row["product_id"], name, str(row["price"] or "0.00"), row["grams"])


def stock_of(row: Row, shops: frozenset[str]) -> DataStock:
    """Answer simulated stock, the same for the same product and seller; shops promise nothing."""
    product, seller = row["product_id"], row["seller_id"]
    chance = sha256(f"{product}/{seller}".encode()).digest()
    on_hand = 0 if chance[0] < 32 else chance[1] % 60
    if seller in shops:
        return DataStock(product, seller, on_hand)
    return DataStock(product, seller, on_hand, min(on_hand, chance[2] % 4), chance[3] % 2)


def _customer(person: str, number: int) -> DataCustomer:
    tax_id = cpf((number * SPREAD + 10**8) % 10**9)
    return DataCustomer(person, *simulated_name(person), f"{person[:12]}@example.com", tax_id)


def _address(row: Row) -> DataAddress:
    return DataAddress(
        STREET, "s/n", "", place(row["city"]), row["region"], f"{row['zip']}-000",
        row["latitude"], row["longitude"],
    )  # fmt: skip


def _sum(lines: tuple[DataLine, ...]) -> Decimal:
    return sum((Decimal(line.unit_price) + Decimal(line.freight) for line in lines), Decimal())
