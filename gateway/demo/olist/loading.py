"""The whole set as retail data, near to now."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gateway.connect.testing.dataset import DataLine, DataOrder, Dataset
from gateway.demo.invoices import invoices_of
from gateway.demo.moving import moved, whole_weeks
from gateway.demo.olist.files import LINES, ORDERS, PAIRS, PRODUCTS, SELLERS, OlistFiles, open_files
from gateway.demo.olist.records import (
    item_of,
    line_of,
    location_of,
    order_of,
    shops_of,
    stock_of,
    utc,
)


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
    """Read the folder's parquet files; raises StartFailed when it cannot."""
    with open_files(folder) as files:
        files.check()
        sellers = files.rows(SELLERS)
        shops = shops_of(row["seller_id"] for row in sellers)
        orders, weeks = _orders(files, shops, now)
        if progress is not None:
            progress(f"{len(orders):,} orders; every time is moved by {weeks} whole weeks.")
        dataset = Dataset(
            locations=[location_of(row, shops) for row in sellers],
            items=[item_of(row) for row in files.rows(PRODUCTS)],
            stock=[stock_of(row, shops) for row in files.rows(PAIRS)],
            orders=orders,
            invoices=invoices_of(orders),
        )
    counts = Counter(str(order.word) for order in orders)
    return OlistLoad(dataset, weeks, dict(counts), sum(o.is_beyond_window for o in orders))


def _orders(files: OlistFiles, shops: frozenset[str], now: datetime) -> tuple[list[DataOrder], int]:
    lines: dict[str, list[DataLine]] = defaultdict(list)
    for row in files.rows(LINES):
        lines[row["order_id"]].append(line_of(row))
    rows = files.rows(ORDERS)
    weeks = whole_weeks(max(utc(row["placed_at"]) for row in rows), now)

    def move(moment: datetime) -> datetime:
        return moved(moment, weeks)

    orders = [order_of(row, tuple(lines[row["order_id"]]), shops, move, now) for row in rows]
    return orders, weeks
