"""The Olist parquet files, asked by duckdb; money by CAST to DECIMAL, never float."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

from gateway.bootstrap import StartFailed
from gateway.connect.testing.dataset import OrderWord

Row = dict[str, Any]
NAMES = (
    "orders_partial", "order_items", "order_payments", "products", "sellers", "customers",
    "geo_zip_prefix_median",
)  # fmt: skip
ORDERS = """
SELECT o.order_id, o.order_status AS word, o.order_purchase_timestamp AS placed_at,
    o.order_approved_at AS approved_at, o.order_delivered_carrier_date AS shipped_at,
    o.order_delivered_customer_date AS delivered_at, o.order_estimated_delivery_date AS promised_by,
    c.customer_unique_id AS person,
    dense_rank() OVER (ORDER BY c.customer_unique_id) AS person_number,
    c.customer_zip_code_prefix AS zip, c.customer_city AS city, c.customer_state AS region,
    g.lat AS latitude, g.lng AS longitude, p.paid
FROM {orders_partial} o
JOIN {customers} c USING (customer_id)
LEFT JOIN {geo_zip_prefix_median} g ON g.zip = c.customer_zip_code_prefix
LEFT JOIN (
    SELECT order_id, sum(CAST(payment_value AS DECIMAL(12, 2))) AS paid
    FROM {order_payments} GROUP BY order_id
) p USING (order_id)
ORDER BY placed_at, order_id
"""
LINES = """
SELECT order_id, product_id, seller_id, CAST(price AS DECIMAL(12, 2)) AS price,
    CAST(freight_value AS DECIMAL(12, 2)) AS freight
FROM {order_items} i SEMI JOIN {orders_partial} o USING (order_id)
ORDER BY order_id, order_item_id
"""
SELLERS = """
SELECT s.seller_id, s.seller_zip_code_prefix AS zip, s.seller_city AS city,
    s.seller_state AS region, g.lat AS latitude, g.lng AS longitude
FROM {sellers} s LEFT JOIN {geo_zip_prefix_median} g ON g.zip = s.seller_zip_code_prefix
ORDER BY s.seller_id
"""
PRODUCTS = """
SELECT p.product_id, p.product_category_name AS category, p.product_weight_g AS grams,
    min(CAST(i.price AS DECIMAL(12, 2))) AS price
FROM {products} p LEFT JOIN {order_items} i USING (product_id)
GROUP BY ALL ORDER BY p.product_id
"""
PAIRS = "SELECT DISTINCT product_id, seller_id FROM {order_items} ORDER BY ALL"
# Each asks for what one file refers to and another lacks.
LACKS = {
    "customers.parquet lacks the customers of": """
        SELECT count(*) FROM {orders_partial} o ANTI JOIN {customers} c USING (customer_id)""",
    "products.parquet lacks the products of": """
        SELECT count(DISTINCT order_id) FROM {order_items} i
        SEMI JOIN {orders_partial} o USING (order_id) ANTI JOIN {products} p USING (product_id)""",
    "sellers.parquet lacks the sellers of": """
        SELECT count(DISTINCT order_id) FROM {order_items} i
        SEMI JOIN {orders_partial} o USING (order_id) ANTI JOIN {sellers} s USING (seller_id)""",
}


class OlistFiles:
    """The files of one folder, open."""

    def __init__(self, connection: Any, folder: Path) -> None:
        self._connection = connection
        quoted = str(folder).replace("'", "''")
        self._sources = {name: f"read_parquet('{quoted}/{name}.parquet')" for name in NAMES}

    def rows(self, query: str) -> list[Row]:
        """Answer the rows of a query that names the files in braces."""
        found = self._connection.execute(query.format(**self._sources))
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def check(self) -> None:
        """Raise StartFailed when the files do not belong together."""
        faults = []
        for lack, query in LACKS.items():
            (count,) = self.rows(query)[0].values()
            if count:
                faults.append(f"{lack} {count:,} of the orders: take all files from one download")
        words = self.rows("SELECT DISTINCT order_status AS word FROM {orders_partial} ORDER BY 1")
        known = get_args(OrderWord)
        faults += [
            f"orders_partial.parquet has the status {row['word']!r}; known are {', '.join(known)}"
            for row in words
            if row["word"] not in known
        ]
        if not words:
            faults.append("orders_partial.parquet has no orders")
        if faults:
            raise StartFailed(faults)


@contextmanager
def open_files(folder: Path) -> Iterator[OlistFiles]:
    """Open the folder's files; raises StartFailed when one is absent or cannot be read."""
    missing = [f"{name}.parquet" for name in NAMES if not (folder / f"{name}.parquet").is_file()]
    if missing:
        raise StartFailed([f"{folder} lacks {', '.join(missing)}"])
    try:
        duckdb = import_module("duckdb")
    except ModuleNotFoundError:
        raise StartFailed(["the Olist files need duckdb: pip install 'trama[olist]'"]) from None
    with duckdb.connect() as connection:
        try:
            yield OlistFiles(connection, folder)
        except duckdb.Error as error:
            raise StartFailed([f"the files in {folder} cannot be read: {error}"]) from error
