"""What a source no longer has is not shown and does not count, until it is read again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from gateway.model.customer import CustomerRecord
from gateway.model.identity import LinkKey, LinkReason
from gateway.projection.customers.linking import link_changed
from gateway.projection.customers.read import RecordReach, load_customers
from gateway.projection.customers.write import CustomerEntry, apply_customers
from gateway.projection.database import transaction
from gateway.projection.gone import mark_gone
from gateway.projection.orders.fulfillments import quarantine_fulfillments
from gateway.projection.orders.joining import count_waiting
from gateway.projection.orders.parts import load_copies, load_invoices, load_work
from gateway.projection.orders.reach import ReachIds, Within

from .rows import NOW, a_copy, an_invoice, an_order, later, place, projection, some_work
from .test_order_rows import events, put

ALL = ReachIds(everything=True)


async def gone(
    pool: Any, source: str, stream: str, *, since: datetime | None = None,
    refs: Sequence[str] | None = None,
) -> list[str]:  # fmt: skip
    async with transaction(pool) as connection:
        return await mark_gone(
            connection, source, stream, now=later(99), unseen_since=since, refs=refs
        )


async def status(pool: Any) -> Any:
    return await pool.fetchval("SELECT status FROM sales_order")


async def test_work_that_is_gone_moves_its_order_back_until_it_is_read_again(
    database: str,
) -> None:
    async with projection(database) as pool:
        at = await place(pool)
        await put(pool, an_order(), some_work(at, seconds=1, shipped=2))
        key = await pool.fetchval("SELECT id FROM sales_order")
        assert await status(pool) == "SHIPPED"
        assert await gone(pool, "wms", "fulfillments", since=later(1)) == []
        assert await gone(pool, "erp", "fulfillments", since=later(9)) == []
        assert await gone(pool, "wms", "fulfillments", since=later(9)) == ["1-01/w-1"]
        assert await status(pool) == "CONFIRMED"
        assert (await load_work(Within(pool, ALL), [key]))[key] == []
        assert (await events(pool))[-1] == (
            "order.status_regressed", 3, ["fulfillment_orders", "status"],
        )  # fmt: skip
        assert await gone(pool, "wms", "fulfillments", since=later(9)) == []
        await put(pool, some_work(at, seconds=10, shipped=2))
        assert await status(pool) == "SHIPPED"
        assert len((await load_work(Within(pool, ALL), [key]))[key]) == 1


async def test_what_was_listed_and_could_not_be_read_stays(database: str) -> None:
    async with projection(database) as pool:
        await put(pool, an_order(), some_work(await place(pool), shipped=2))
        async with transaction(pool) as connection:
            await quarantine_fulfillments(connection, "wms", ["1-01/w-1"])
        assert await gone(pool, "wms", "fulfillments", since=later(9)) == []
        assert await status(pool) == "SHIPPED"


async def test_a_copy_and_an_invoice_go_and_the_channels_order_stays(database: str) -> None:
    async with projection(database) as pool:
        await put(pool, an_order(), a_copy(), an_invoice(), an_invoice("nf-2", "9-01"))
        key, within = await pool.fetchval("SELECT id FROM sales_order"), Within(pool, ALL)
        assert await count_waiting(pool) == {("erp", "invoices"): 1}
        assert await gone(pool, "erp", "invoices", refs=["nf-1", "nf-2", "nf-3"]) == [
            "nf-1", "nf-2",
        ]  # fmt: skip
        assert await gone(pool, "erp", "orders", since=later(9)) == ["erp-1"]
        assert await gone(pool, "shop", "orders", since=later(9)) == []
        assert (await load_invoices(within, [key]))[key] == []
        assert (await load_copies(within, [key]))[key] == []
        assert await status(pool) == "CONFIRMED"
        assert [changed for _, _, changed in await events(pool)][-2:] == [
            ["invoices"], ["conflicts"],
        ]  # fmt: skip
        assert await count_waiting(pool) == {}
        await put(pool, an_invoice(seconds=1), a_copy(seconds=1))
        assert len((await load_invoices(within, [key]))[key]) == 1
        assert len((await load_copies(within, [key]))[key]) == 1


async def test_a_customers_record_that_is_gone_links_nobody_until_it_is_back(
    database: str,
) -> None:
    phone = frozenset({LinkKey(LinkReason.PHONE, "+5511955550001")})

    async def told(source: str, seconds: float = 0) -> None:
        record = CustomerRecord(f"{source}-1", later(seconds), f"Ana at {source}")
        async with transaction(pool) as connection:
            await apply_customers(connection, source, [CustomerEntry(record, phone)], NOW)
        await link_changed(pool, NOW)

    async def names() -> list[str]:
        first = await pool.fetchval("SELECT id FROM customer_record WHERE source_id = 'shop'")
        found = await load_customers(pool, [first], RecordReach(everything=True))
        return [row["name"] for row in found[first]]

    async with projection(database) as pool:
        await told("shop")
        await told("erp")
        assert await names() == ["Ana at erp", "Ana at shop"]
        assert await gone(pool, "erp", "customers", since=later(9)) == ["erp-1"]
        await link_changed(pool, NOW)
        assert await names() == ["Ana at shop"]
        assert await pool.fetchval("SELECT count(link_reason) FROM customer_record") == 0
        await told("erp", seconds=10)
        assert await names() == ["Ana at erp", "Ana at shop"]
