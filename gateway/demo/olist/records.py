"""A row of Olist's files as retail data: pure."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from zoneinfo import ZoneInfo

from gateway.connect.testing.dataset import (
    DataAddress,
    DataCustomer,
    DataItem,
    DataLine,
    DataLocation,
    DataOrder,
    DataStock,
)
from gateway.demo.olist.files import Row
from gateway.demo.olist.names import place, simulated_name, title

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
# How far back the marketplace lists orders.
LISTED = timedelta(days=731)
STREET = "Endereço não divulgado"
Move = Callable[[datetime], datetime]


def utc(local: datetime) -> datetime:
    """Answer a time of São Paulo's clocks in UTC; an hour shown twice is taken as the first."""
    return local.replace(tzinfo=SAO_PAULO, fold=0).astimezone(UTC)


def order_of(row: Row, lines: tuple[DataLine, ...], move: Move, now: datetime) -> DataOrder:
    """Answer an order moved in time, as it is `now`."""

    def when(name: str) -> datetime | None:
        return None if row[name] is None else move(utc(row[name]))

    ref: str = row["order_id"]
    placed_at = move(utc(row["placed_at"]))
    approved, shipped, delivered = when("approved_at"), when("shipped_at"), when("delivered_at")
    known = [each for each in (placed_at, approved, shipped, delivered) if each is not None]
    return DataOrder(
        ref=ref,
        number=str(int(ref[:12], 16)),
        word=row["word"],
        placed_at=placed_at,
        updated_at=min(max(known), now),
        customer=_customer(row["person"]),
        address=_address(row),
        lines=lines,
        currency="BRL",
        paid=f"{_sum(lines) if lines else row['paid'] or Decimal():.2f}",
        approved_at=approved,
        shipped_at=shipped,
        delivered_at=delivered,
        promised_by=when("promised_by"),
        is_beyond_window=placed_at < now - LISTED,
    )


def line_of(row: Row) -> DataLine:
    """Answer a line: one row is one unit, even where the next row is the same again."""
    return DataLine(row["product_id"], 1, str(row["price"]), str(row["freight"]), row["seller_id"])


def location_of(row: Row) -> DataLocation:
    """Answer a seller: where it sends from is a location."""
    name = f"Vendedor {row['seller_id'][:8]}"
    return DataLocation(
        code=row["seller_id"],
        name=name,
        type="PARTNER",
        owner=name,
        street=STREET,
        city=place(row["city"]),
        region=row["region"],
        postal_code=f"{row['zip']}-000",
        latitude=row["latitude"],
        longitude=row["longitude"],
    )


def item_of(row: Row) -> DataItem:
    """Answer a product with the lowest price that it was ever sold at."""
    name = title(row["category"], row["product_id"])
    return DataItem(row["product_id"], name, str(row["price"] or "0.00"), row["grams"])


def stock_of(row: Row) -> DataStock:
    """Answer simulated stock, always the same for the same product and seller."""
    product, seller = row["product_id"], row["seller_id"]
    chance = sha256(f"{product}/{seller}".encode()).digest()
    on_hand = 0 if chance[0] < 32 else chance[1] % 60
    return DataStock(product, seller, on_hand, min(on_hand, chance[2] % 4), chance[3] % 2)


def _customer(person: str) -> DataCustomer:
    return DataCustomer(person, *simulated_name(person), f"{person[:12]}@example.com")


def _address(row: Row) -> DataAddress:
    return DataAddress(
        STREET, "s/n", "", place(row["city"]), row["region"], f"{row['zip']}-000",
        row["latitude"], row["longitude"],
    )  # fmt: skip


def _sum(lines: tuple[DataLine, ...]) -> Decimal:
    return sum((Decimal(line.unit_price) + Decimal(line.freight) for line in lines), Decimal())
