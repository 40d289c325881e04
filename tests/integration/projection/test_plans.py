"""The hot queries use their indexes, whatever the tables hold."""

import json
from typing import Any

import pytest

from gateway.projection.channel_stock import DUE, NOTE, PAGE_END
from gateway.projection.conditions import Conditions
from gateway.projection.inbox import BACKLOG
from gateway.projection.orders.reach import ReachIds, Within, orders_within
from gateway.projection.orders.read import (
    _ORDERS,
    count_orders_of,
    find_by_number,
    page_orders_of,
)

from .rows import NOW, projection

FILL = """
INSERT INTO item (sku) SELECT 'S-' || n FROM generate_series(1, 5000) n;
INSERT INTO position (sku, location_id, source_id, on_hand, observed_at, sequence)
    SELECT 'S-' || n, l.id, 'wms', n, now(), n FROM generate_series(1, 5000) n, location l;
INSERT INTO customer_record (id, source_id, ref, name, emails, phones, observed_at, customer_id)
    SELECT gen_random_uuid(), 'shop', n::text, n::text, '{}', '{}', now(), gen_random_uuid()
    FROM generate_series(1, 500) n;
INSERT INTO sales_order (id, source_id, ref, channel, number, placed_at, state, native_status,
        status, payment_status, currency, subtotal, shipping_total, discount_total, tax_total,
        total, buyer_id, observed_at)
    SELECT gen_random_uuid(), 'shop', 'r-' || n, 'marketplace', n::text,
        now() - make_interval(secs => n), 'CONFIRMED', 'x', 'CONFIRMED', 'PAID', 'BRL',
        1, 1, 0, 0, 2, (SELECT id FROM customer_record ORDER BY id OFFSET n % 500 LIMIT 1), now()
    FROM generate_series(1, 5000) n;
INSERT INTO external_ref (source_id, kind, external_id, order_id)
    SELECT 'shop', 'order', ref, id FROM sales_order;
INSERT INTO channel_stock (source_id, location, item, sku, due_at)
    SELECT 'shop', 'v-1', sku, sku, now() + interval '1 day' FROM item;
INSERT INTO quarantine (id, source_id, stream, ref, raw, code, path, message, ask, first_seen_at,
        last_seen_at, resolved_at, sku, sequence)
    SELECT gen_random_uuid(), 'wms', 'stock', 'S-' || n, '', 'X', '', '',
        jsonb_build_object('ref', 'S-' || n), now(), now(),
        CASE WHEN n % 10 > 0 THEN now() END, 'S-' || n, n FROM generate_series(1, 5000) n;
INSERT INTO inbox (source_id, delivery_id, url, headers, body, received_at, applied_at)
    SELECT 'wms', n::text, '/', '{}', '', now(), now() FROM generate_series(1, 5000) n;
"""


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", ()) for node in _nodes(child))]


async def _scanned(pool: Any, query: str, *values: object) -> set[str]:
    """Answer the tables that the query's plan reads from end to end."""
    async with pool.acquire() as connection:
        told = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {query}", *values)
    plan = json.loads(told)[0]["Plan"]
    return {n["Relation Name"] for n in _nodes(plan) if n["Node Type"] == "Seq Scan"}


def _orders(reach: ReachIds, tail: str) -> tuple[str, list[object]]:
    where = Conditions([], [])
    orders_within(reach, where)
    return f"{_ORDERS} WHERE {where.sql} {tail}", where.values


@pytest.fixture
async def pool(database: str) -> Any:
    """A projection with five thousand rows of everything."""
    async with projection(database) as pool:
        await pool.execute(FILL)
        await pool.execute("ANALYZE")
        yield pool


async def test_what_changed_and_what_is_due_of_a_channel_is_found_by_its_place(pool: Any) -> None:
    group = await pool.fetchval("SELECT id FROM location_group")
    assert await _scanned(pool, PAGE_END, 4900, 5000, 999) == set()
    note = await _scanned(pool, NOTE, "shop", "v-1", group, 4990, 5000, NOW, NOW)
    assert note.isdisjoint({"position", "channel_stock", "quarantine"})
    assert await _scanned(pool, DUE, "shop", "v-1", NOW, 100) == set()


async def test_a_page_of_orders_is_read_in_its_order(pool: Any) -> None:
    tail = "ORDER BY o.placed_at DESC, o.id DESC LIMIT 21"
    query, values = _orders(ReachIds(everything=True), tail)
    assert "sales_order" not in await _scanned(pool, query, *values)
    later = f"{_ORDERS} WHERE (o.placed_at, o.id) < ($1, $2) {tail}"
    key = await pool.fetchval("SELECT id FROM sales_order LIMIT 1")
    assert "sales_order" not in await _scanned(pool, later, NOW, key)


async def test_a_customers_orders_are_found_by_the_customer(pool: Any) -> None:
    key = await pool.fetchval("SELECT id FROM customer_record LIMIT 1")
    query, values = _orders(ReachIds(False, customers=(key,)), "ORDER BY o.placed_at LIMIT 21")
    assert "sales_order" not in await _scanned(pool, query, *values)


class Planner:
    """Answers nothing, and notes what would be read from end to end."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self.scanned: set[str] = set()

    async def fetch(self, query: str, *values: object) -> list[Any]:
        self.scanned |= await _scanned(self._pool, query, *values)
        return []


async def test_many_customers_orders_are_found_and_counted_by_the_customers(pool: Any) -> None:
    keys = [row["customer_id"] for row in await pool.fetch("SELECT * FROM customer_record LIMIT 9")]
    planner: Any = Planner(pool)
    for reach in (ReachIds(everything=True), ReachIds(False, customers=tuple(keys))):
        within = Within(planner, reach)
        await page_orders_of(within, keys, after=None, limit=21)
        await count_orders_of(within, keys)
    assert "sales_order" not in planner.scanned


async def test_orders_are_found_by_their_numbers(pool: Any) -> None:
    planner: Any = Planner(pool)
    await find_by_number(Within(planner, ReachIds(everything=True)), ["7", "8"])
    assert "sales_order" not in planner.scanned


@pytest.mark.parametrize(
    ("query", "values", "table"),
    [
        (f"{_ORDERS} WHERE o.source_id = $1 AND o.ref = ANY($2::text[])", ("shop", ["r-1"]),
         "sales_order"),
        ("SELECT order_id FROM external_ref WHERE external_id = ANY($1::text[])", (["r-1"],),
         "external_ref"),
        ("SELECT id FROM inbox WHERE source_id = $1 AND applied_at IS NULL ORDER BY received_at",
         ("wms",), "inbox"),
    ],
)  # fmt: skip
async def test_what_is_asked_by_name_is_found_by_name(
    pool: Any, query: str, values: tuple[object, ...], table: str
) -> None:
    assert table not in await _scanned(pool, query, *values)


async def test_the_backlog_is_counted_among_what_waits(pool: Any) -> None:
    assert await _scanned(pool, BACKLOG) == set()
