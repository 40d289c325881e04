"""What is read and dated of orders all the time is found by an index, however many there are."""

from typing import Any

import pytest

from gateway.projection.customers.read import load_customers
from gateway.projection.items import load_links_of
from gateway.projection.orders import parts, read
from gateway.projection.orders.confirming import CONFIRM
from gateway.projection.orders.known import load_known_beside, load_known_orders, load_known_work
from gateway.projection.orders.observations import COPY, INVOICE
from gateway.projection.orders.reach import ReachIds, Within

from .rows import NOW, projection
from .test_plans import FILL, Planner, _scanned

WORK = """
INSERT INTO customer_record (id, source_id, ref, name, emails, phones, observed_at, customer_id)
    SELECT gen_random_uuid(), 'wms', n::text, n::text, '{}', '{}', now(), gen_random_uuid()
    FROM generate_series(1, 5000) n;
INSERT INTO customer_key (record_id, reason, value) SELECT id, 'PHONE', ref FROM customer_record;
INSERT INTO fulfillment (id, source_id, ref, order_ref, order_id, location_id, status,
        native_status, observed_at)
    SELECT gen_random_uuid(), 'wms', ref, ref, id, (SELECT id FROM location LIMIT 1),
        'IN_PROGRESS', 'x', now() FROM sales_order;
INSERT INTO fulfillment_line SELECT id, 0, 'S-1', 1, NULL FROM fulfillment;
INSERT INTO shipment (id, fulfillment_id, ref, is_delivered)
    SELECT gen_random_uuid(), id, 's', false FROM fulfillment;
INSERT INTO shipment_line SELECT id, 0, 'S-1', 1, NULL FROM shipment;
INSERT INTO order_line SELECT id, '1', 0, 'S-1', 'x', 1, 1, NULL FROM sales_order;
INSERT INTO order_copy (id, source_id, ref, order_ref, order_id, number, native_status, facts,
        observed_at)
    SELECT gen_random_uuid(), 'erp', ref, ref, id, ref, 'x', '{}', now() FROM sales_order;
INSERT INTO invoice (id, source_id, ref, order_ref, order_id, status, native_status, observed_at)
    SELECT gen_random_uuid(), 'erp', ref, ref, id, 'ISSUED', 'x', now() FROM sales_order;
INSERT INTO item_ref (source_id, external_id, sku, origin)
    SELECT 'shop', sku, sku, 'code' FROM item;
"""
# They are small, whatever the retailer's size.
SMALL = {"source_stream", "location_ref", "location", "quarantine"}


@pytest.fixture
async def pool(module_database: str) -> Any:
    """A projection with five thousand orders, and work, a copy and an invoice of each."""
    async with projection(module_database) as pool:
        if not await pool.fetchval("SELECT EXISTS (SELECT FROM fulfillment)"):
            await pool.execute(FILL)
            await pool.execute(WORK)
            await pool.execute("ANALYZE")
        yield pool


async def _ids(pool: Any, table: str) -> list[Any]:
    return [row["id"] for row in await pool.fetch(f"SELECT id FROM {table} LIMIT 3")]


async def test_orders_and_their_parts_are_found_by_their_ids(pool: Any) -> None:
    planner: Any = Planner(pool)
    orders, work = await _ids(pool, "sales_order"), await _ids(pool, "fulfillment")
    channel = ReachIds(False, channels=("marketplace",))
    for within in (Within(planner, ReachIds(everything=True)), Within(planner, channel)):
        await read.load_orders(within, orders)
        await read.find_by_ref(within, [("marketplace", f"r-{n}") for n in range(3)])
        for load in (parts.load_told, parts.load_work, parts.load_invoices, parts.load_lines):
            await load(within, orders)
        await parts.load_shipments(within, work)
    assert planner.scanned - SMALL == set()


async def test_what_is_known_of_records_is_found_by_their_names(pool: Any) -> None:
    planner: Any = Planner(pool)
    refs = [f"r-{n}" for n in range(3)]
    await load_known_orders(planner, "shop", refs)
    await load_known_work(planner, "wms", refs)
    for kind in (COPY, INVOICE):
        await load_known_beside(planner, kind, "erp", refs)
    await load_links_of(planner, "shop", ["S-1", "S-2"])
    assert planner.scanned - SMALL == set()


async def test_they_are_so_before_postgres_has_counted_the_rows(database: str) -> None:
    async with projection(database) as pool:
        await pool.execute(FILL)
        await pool.execute(WORK)
        planner: Any = Planner(pool)
        within = Within(planner, ReachIds(everything=True))
        await parts.load_told(within, await _ids(pool, "sales_order"))
        await load_known_work(planner, "wms", ["r-1", "r-2", "r-3"])
        people = await _ids(pool, "customer_record")
        await load_customers(planner, people, within.reach.records)
    assert planner.scanned - SMALL == set()


async def test_rows_are_confirmed_by_their_ids(pool: Any) -> None:
    scanned: set[str] = set()
    buyers = await _ids(pool, "customer_record")
    dates: list[list[Any]] = [[NOW] * 3, [NOW] * 3]
    for table, query in CONFIRM.items():
        keys = await _ids(pool, table)
        bought = [keys, buyers, [1] * 3, [NOW] * 3] if table == "sales_order" else []
        scanned |= await _scanned(pool, query, keys, [1] * 3, [1] * 3, *dates, *bought)
    assert scanned == set()
