"""The Olist files as this test reads them, by itself: one row an order."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from .processes import ROOT

FOLDER = Path(os.environ.get("TRAMA_OLIST", ROOT.parent / "shared" / "data" / "olist"))
QUERY = """
WITH lines AS (
    SELECT order_id, count(*) AS lines, sum(CAST(price AS DECIMAL(12, 2))) AS prices,
        sum(CAST(freight_value AS DECIMAL(12, 2))) AS freight,
        CASE WHEN count(DISTINCT seller_id) = 1 THEN min(seller_id) END AS seller
    FROM read_parquet('{0}/order_items.parquet') GROUP BY order_id),
payments AS (
    SELECT order_id, sum(CAST(payment_value AS DECIMAL(12, 2))) AS paid
    FROM read_parquet('{0}/order_payments.parquet') GROUP BY order_id)
SELECT o.order_id, c.customer_unique_id, l.seller, o.order_status, coalesce(l.lines, 0),
    coalesce(l.prices, 0), coalesce(l.freight, 0),
    CASE WHEN l.lines IS NULL THEN coalesce(p.paid, 0) ELSE l.prices + l.freight END
FROM read_parquet('{0}/orders_partial.parquet') o
JOIN read_parquet('{0}/customers.parquet') c USING (customer_id)
LEFT JOIN lines l USING (order_id) LEFT JOIN payments p USING (order_id)
"""
SELLERS = "SELECT seller_id FROM read_parquet('{0}/sellers.parquet')"
PURCHASES = """
SELECT order_id, order_purchase_timestamp FROM read_parquet('{0}/orders_partial.parquet')
"""
SHOPS = 100
SAO_PAULO = ZoneInfo("America/Sao_Paulo")


@dataclass(frozen=True)
class FileOrder:
    """What the files say of an order, in reais; `channel` is where it was sold."""

    person: str
    channel: str
    word: str
    lines: int
    subtotal: Decimal
    shipping: Decimal
    total: Decimal

    @property
    def invoices(self) -> list[Decimal]:
        """What its invoices amount to."""
        is_invoiced = self.word in ("invoiced", "shipped", "delivered")
        return [self.total] if is_invoiced and self.lines and self.channel != "tills" else []


def read_files() -> dict[str, FileOrder]:
    """Answer every order of the files by its id."""
    shops = _shops()
    return {
        ref: FileOrder(
            person, "tills" if seller in shops else "marketplace", word, lines,
            *map(Decimal, amounts),
        )
        for ref, person, seller, word, lines, *amounts in _rows(QUERY)
    }  # fmt: skip


def count_beyond(weeks: int, now: datetime, files: dict[str, FileOrder]) -> int:
    """Answer how many of the marketplace's orders, moved, are older than it lists."""
    oldest = now - timedelta(days=731)
    placed = [
        moment.replace(tzinfo=SAO_PAULO).astimezone(UTC)
        for ref, moment in _rows(PURCHASES)
        if files[ref].channel == "marketplace"
    ]
    return sum(1 for moment in placed if moment + timedelta(weeks=weeks) < oldest)


def _shops() -> set[str]:
    sellers = [seller for (seller,) in _rows(SELLERS)]
    return set(sorted(sellers, key=lambda each: sha256(each.encode()).hexdigest())[:SHOPS])


def _rows(query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        rows: list[tuple[Any, ...]] = connection.execute(query.format(FOLDER)).fetchall()
    return rows
