"""The Olist files as this test reads them, by itself: one row an order."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from .processes import ROOT

FOLDER = Path(os.environ.get("TRAMA_OLIST", ROOT.parent / "shared" / "data" / "olist"))
QUERY = """
WITH lines AS (
    SELECT order_id, count(*) AS lines, sum(CAST(price AS DECIMAL(12, 2))) AS prices,
        sum(CAST(freight_value AS DECIMAL(12, 2))) AS freight
    FROM read_parquet('{0}/order_items.parquet') GROUP BY order_id),
payments AS (
    SELECT order_id, sum(CAST(payment_value AS DECIMAL(12, 2))) AS paid
    FROM read_parquet('{0}/order_payments.parquet') GROUP BY order_id)
SELECT o.order_id, o.order_status, coalesce(l.lines, 0), coalesce(l.prices, 0),
    coalesce(l.freight, 0),
    CASE WHEN l.lines IS NULL THEN coalesce(p.paid, 0) ELSE l.prices + l.freight END
FROM read_parquet('{0}/orders_partial.parquet') o
LEFT JOIN lines l USING (order_id) LEFT JOIN payments p USING (order_id)
"""

PURCHASES = "SELECT order_purchase_timestamp FROM read_parquet('{0}/orders_partial.parquet')"
SAO_PAULO = ZoneInfo("America/Sao_Paulo")


@dataclass(frozen=True)
class FileOrder:
    """What the files say of an order, in reais."""

    word: str
    lines: int
    subtotal: Decimal
    shipping: Decimal
    total: Decimal


def read_files() -> dict[str, FileOrder]:
    """Answer every order of the files by its id."""
    rows = duckdb.connect().execute(QUERY.format(FOLDER)).fetchall()
    return {row[0]: FileOrder(row[1], row[2], *map(Decimal, row[3:])) for row in rows}


def count_beyond(weeks: int, now: datetime) -> int:
    """Answer how many orders, moved by whole weeks, are older than the marketplace lists."""
    rows = duckdb.connect().execute(PURCHASES.format(FOLDER)).fetchall()
    oldest = now - timedelta(days=731)
    placed = (row[0].replace(tzinfo=SAO_PAULO).astimezone(UTC) for row in rows)
    return sum(1 for moment in placed if moment + timedelta(weeks=weeks) < oldest)
