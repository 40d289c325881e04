"""Should a query forget its condition, the database itself shows nothing beyond reach."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from msgspec.structs import replace

from gateway.model.customer import CustomerRecord
from gateway.model.identity import LinkKey, LinkReason
from gateway.model.principal import Reach
from gateway.projection.customers.write import CustomerEntry
from gateway.projection.orders.reach import reading

from .rows import NOW, a_copy, an_invoice, an_order, place, projection, some_work
from .test_order_rows import put

TABLES = (
    "sales_order", "order_line", "external_ref", "order_copy", "invoice", "fulfillment",
    "fulfillment_line", "shipment", "shipment_line", "customer_record", "customer_key", "event",
)  # fmt: skip
# What an endpoint is to be sent: found by its owner alone, and closed to the role of readers.
BEHIND_IT = {"webhook_delivery"}
MINE = Reach(customer_refs=frozenset({("shop", "c-1")}))
NOBODY = Reach(customer_refs=frozenset({("shop", "c-9")}))
HERE = Reach(locations=frozenset({"dc-1"}))
CHANNEL = Reach(channels=frozenset({"marketplace"}))
ELSEWHERE = Reach(channels=frozenset({"another"}), locations=frozenset({"dc-3"}))


@asynccontextmanager
async def two_orders(dsn: str) -> AsyncIterator[Any]:
    """A projection with an order of c-1 worked on at dc-1, and one of c-2 at dc-2."""
    async with projection(dsn, ["dc-1", "dc-2", "dc-3"]) as pool:
        for n in (1, 2):
            at = await place(pool, f"dc-{n}")
            customer = CustomerRecord(f"c-{n}", NOW, f"Cliente {n}", (f"c-{n}@example.com",))
            key = LinkKey(LinkReason.PHONE, f"+551195555000{n}")
            buyer = CustomerEntry(customer, frozenset({key}))
            await put(
                pool, replace(an_order(f"{n}-01", customer=customer), buyer=buyer),
                some_work(at, f"{n}-01", shipped=1),
                a_copy(f"erp-{n}", f"{n}-01"), an_invoice(f"nf-{n}", f"{n}-01"),
            )  # fmt: skip
        yield pool


async def _counts(pool: Any, reach: Reach) -> dict[str, int]:
    async with reading(pool, reach) as within:
        return {
            table: await within.executor.fetchval(f"SELECT count(*)::int FROM {table}")
            for table in TABLES
        }


async def test_a_bare_select_shows_only_what_is_within_reach(database: str) -> None:
    async with two_orders(database) as pool:
        whole = await _counts(pool, Reach(everything=True))
        assert all(whole.values())
        half = {table: count // 2 for table, count in whole.items()}
        assert all(count % 2 == 0 for count in whole.values())
        assert await _counts(pool, MINE) == half
        since_it_works_on_it = half["event"] - 1
        assert await _counts(pool, HERE) == {**half, "event": since_it_works_on_it}
        assert await _counts(pool, CHANNEL) == whole
        for nobody in (NOBODY, ELSEWHERE, Reach()):
            assert await _counts(pool, nobody) == dict.fromkeys(TABLES, 0)


async def test_every_table_of_orders_customers_and_events_is_behind_the_wall(
    database: str,
) -> None:
    async with projection(database) as pool:
        rows = await pool.fetch(
            """SELECT relname FROM pg_class WHERE relkind = 'r' AND relrowsecurity
               AND relforcerowsecurity AND relnamespace = current_schema()::regnamespace"""
        )
        assert {row["relname"] for row in rows} == set(TABLES)
        rows = await pool.fetch(
            """SELECT DISTINCT table_name FROM information_schema.columns
               WHERE table_schema = current_schema() AND column_name IN (
                   'order_id', 'buyer_id', 'customer_id', 'record_id', 'fulfillment_id',
                   'shipment_id', 'aggregate_id')"""
        )
        assert {row["table_name"] for row in rows} - set(TABLES) == BEHIND_IT
        for table in BEHIND_IT:
            query = "SELECT has_table_privilege('trama_reader', $1, 'SELECT')"
            assert await pool.fetchval(query, table) is False


async def test_a_connection_is_as_before_once_a_caller_has_read(database: str) -> None:
    async with two_orders(database) as pool, pool.acquire() as connection:
        who = await connection.fetchval("SELECT current_user")
    pool = await asyncpg.create_pool(database, min_size=1, max_size=1)
    try:
        async with reading(pool, MINE) as within:
            assert await within.executor.fetchval("SELECT current_user") == "trama_reader"
        assert await pool.fetchval("SELECT current_user") == who
        assert await pool.fetchval("SELECT current_setting('trama.customers', true)") in (None, "")
        assert await pool.fetchval("SELECT count(*) FROM sales_order") == 2
    finally:
        await pool.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sales_order SET number = 'x'", "DELETE FROM event",
        "INSERT INTO customer_key VALUES (gen_random_uuid(), 'PHONE', '1')",
        "SELECT * FROM inbox", "SELECT * FROM quarantine", "SELECT * FROM idempotency_key",
        "SELECT * FROM customer_decision", "CREATE TABLE mine (id int)",
    ],
)  # fmt: skip
async def test_the_readers_role_reads_nothing_else_and_writes_nothing(
    database: str, statement: str
) -> None:
    async with two_orders(database) as pool:
        with pytest.raises(
            (asyncpg.InsufficientPrivilegeError, asyncpg.ReadOnlySQLTransactionError)
        ):
            async with reading(pool, CHANNEL) as within:
                await within.executor.execute(statement)
        assert await pool.fetchval("SELECT count(*) FROM sales_order WHERE number <> 'x'") == 2
