"""Reads the real Olist orders into retail data; docs/olist.md says what is simulated."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gateway.bootstrap import StartFailed
from gateway.connect.testing.dataset import (
    DataAddress,
    DataCustomer,
    DataItem,
    DataLine,
    DataLocation,
    DataOrder,
    Dataset,
    DataStock,
)
from gateway.demo.moving import moved, whole_weeks

LISTED = timedelta(days=731)
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
FILES = (
    "orders_partial", "order_items", "order_payments", "products", "sellers", "customers",
    "geo_zip_prefix_median",
)  # fmt: skip
_FIRST = ("Alex", "Bruna", "Caio", "Dora", "Elis", "Fábio", "Gil", "Hugo", "Iara", "João")
_LAST = ("Amaral", "Brito", "Cunha", "Dias", "Esteves", "Farias", "Guerra", "Horta", "Leal")


@dataclass(frozen=True, slots=True)
class OlistLoad:
    """The set as retail data, by how many weeks it was moved, and how many orders are too old."""

    dataset: Dataset
    weeks: int
    counts: dict[str, int]
    beyond_window: int


def read_olist(
    folder: Path, now: datetime, progress: Callable[[str], None] | None = None
) -> OlistLoad:
    """Read the folder's parquet files; raises StartFailed when it cannot.

    Times are Brazilian local ones without a zone; an hour that the clock showed twice is taken as
    the first. All are moved by one whole number of weeks.
    """
    tables = _Tables(folder)
    orders = tables.orders()
    last = max(_utc(row["order_purchase_timestamp"]) for row in orders)
    weeks = whole_weeks(last, now)
    if progress is not None:
        progress(f"{len(orders):,} orders; every time is moved by {weeks} whole weeks.")
    lines, paid = tables.lines(), tables.paid()
    dataset = Dataset(locations=tables.locations(), items=tables.items(), stock=tables.stock())
    counts: dict[str, int] = defaultdict(int)
    for row in orders:
        order = _order(row, lines.get(row["order_id"], ()), paid, weeks, now)
        counts[order.word] += 1
        dataset.orders.append(order)
    old = sum(1 for order in dataset.orders if order.is_beyond_window)
    return OlistLoad(dataset, weeks, dict(counts), old)


class _Tables:
    """The files, read by duckdb; money by CAST to DECIMAL."""

    def __init__(self, folder: Path) -> None:
        missing = [name for name in FILES if not (folder / f"{name}.parquet").is_file()]
        if missing:
            raise StartFailed(
                [f"{folder} lacks {', '.join(f'{name}.parquet' for name in missing)}"]
            )
        try:
            duckdb = import_module("duckdb")
        except ModuleNotFoundError:
            raise StartFailed(["the Olist files need duckdb: pip install 'trama[olist]'"]) from None
        self._connection = duckdb.connect()
        self._folder = folder

    def _rows(self, query: str) -> list[dict[str, Any]]:
        files = {name: f"read_parquet('{self._folder / name}.parquet')" for name in FILES}
        found = self._connection.execute(query.format(**files))
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def orders(self) -> list[dict[str, Any]]:
        """Answer orders with their customers and where these live."""
        return self._rows(
            """SELECT o.*, c.customer_unique_id, c.customer_zip_code_prefix AS zip,
                   c.customer_city AS city, c.customer_state AS region, g.lat, g.lng
               FROM {orders_partial} o JOIN {customers} c USING (customer_id)
               LEFT JOIN {geo_zip_prefix_median} g ON g.zip = c.customer_zip_code_prefix
               ORDER BY o.order_purchase_timestamp, o.order_id"""
        )

    def lines(self) -> dict[str, list[DataLine]]:
        """Answer the lines of each order: one row is one unit."""
        found: dict[str, list[DataLine]] = defaultdict(list)
        for row in self._rows(
            """SELECT order_id, product_id, seller_id, CAST(price AS DECIMAL(12, 2)) AS price,
                   CAST(freight_value AS DECIMAL(12, 2)) AS freight
               FROM {order_items} ORDER BY order_id, order_item_id"""
        ):
            line = DataLine(
                row["product_id"], 1, str(row["price"]), str(row["freight"]), row["seller_id"]
            )
            found[row["order_id"]].append(line)
        return found

    def paid(self) -> dict[str, Decimal]:
        """Answer what was paid for each order."""
        rows = self._rows(
            """SELECT order_id, sum(CAST(payment_value AS DECIMAL(12, 2))) AS paid
               FROM {order_payments} GROUP BY order_id"""
        )
        return {row["order_id"]: Decimal(row["paid"]) for row in rows}

    def locations(self) -> list[DataLocation]:
        """Answer the sellers: where they send from is a location."""
        rows = self._rows(
            """SELECT s.*, g.lat, g.lng FROM {sellers} s
               LEFT JOIN {geo_zip_prefix_median} g ON g.zip = s.seller_zip_code_prefix
               ORDER BY s.seller_id"""
        )
        return [
            DataLocation(
                code=row["seller_id"], name=f"Vendedor {row['seller_id'][:8]}", type="PARTNER",
                owner=f"Vendedor {row['seller_id'][:8]}", street="Endereço não divulgado",
                city=row["seller_city"].title(), region=row["seller_state"],
                postal_code=f"{row['seller_zip_code_prefix']}-000",
                latitude=row["lat"], longitude=row["lng"],
            )
            for row in rows
        ]  # fmt: skip

    def items(self) -> list[DataItem]:
        """Answer the products."""
        rows = self._rows(
            """SELECT p.product_id, p.product_category_name AS category,
                   p.product_weight_g AS grams, min(CAST(i.price AS DECIMAL(12, 2))) AS price
               FROM {products} p LEFT JOIN {order_items} i USING (product_id)
               GROUP BY ALL ORDER BY p.product_id"""
        )
        return [
            DataItem(
                row["product_id"],
                f"{(row['category'] or 'produto').replace('_', ' ').capitalize()} "
                f"{row['product_id'][:6]}",
                str(row["price"] or "0.00"),
                row["grams"],
            )
            for row in rows
        ]

    def stock(self) -> list[DataStock]:
        """Answer simulated stock of every product at every seller that has sold it."""
        rows = self._rows(
            """SELECT DISTINCT product_id, seller_id FROM {order_items}
               ORDER BY product_id, seller_id"""
        )
        return [_stock(row["product_id"], row["seller_id"]) for row in rows]


def _stock(product: str, seller: str) -> DataStock:
    chance = sha256(f"{product}/{seller}".encode()).digest()
    on_hand = 0 if chance[0] < 32 else chance[1] % 60
    return DataStock(product, seller, on_hand, min(on_hand, chance[2] % 4), chance[3] % 2)


def _order(
    row: dict[str, Any],
    lines: Iterable[DataLine],
    paid: dict[str, Decimal],
    weeks: int,
    now: datetime,
) -> DataOrder:
    def when(name: str) -> datetime | None:
        return None if row[name] is None else moved(_utc(row[name]), weeks)

    ref, bought = row["order_id"], tuple(lines)
    total = sum((Decimal(line.unit_price) + Decimal(line.freight) for line in bought), Decimal())
    placed_at = moved(_utc(row["order_purchase_timestamp"]), weeks)
    approved, shipped = when("order_approved_at"), when("order_delivered_carrier_date")
    delivered = when("order_delivered_customer_date")
    known = [each for each in (placed_at, approved, shipped, delivered) if each is not None]
    return DataOrder(
        ref=ref,
        number=str(int(ref[:12], 16)),
        word=row["order_status"],
        placed_at=placed_at,
        updated_at=min(max(known), now),
        customer=_customer(row["customer_unique_id"]),
        address=_address(row),
        lines=bought,
        currency="BRL",
        paid=f"{total if bought else paid.get(ref, Decimal()):.2f}",
        approved_at=approved,
        shipped_at=shipped,
        delivered_at=delivered,
        promised_by=when("order_estimated_delivery_date"),
        is_beyond_window=placed_at < now - LISTED,
    )


def _customer(person: str) -> DataCustomer:
    chance = sha256(person.encode()).digest()
    first, last = _FIRST[chance[0] % len(_FIRST)], _LAST[chance[1] % len(_LAST)]
    return DataCustomer(person, first, f"{last} (simulado)", f"{person[:12]}@example.com")


def _address(row: dict[str, Any]) -> DataAddress:
    return DataAddress(
        "Endereço não divulgado", "s/n", "", row["city"].title(), row["region"],
        f"{row['zip']}-000", row["lat"], row["lng"],
    )  # fmt: skip


def _utc(local: datetime) -> datetime:
    return local.replace(tzinfo=SAO_PAULO).astimezone(UTC)
