"""Records are linked as they come, taken apart when what joined them goes, and nobody is missed."""

import asyncio
from typing import Any

from gateway.model.customer import CustomerRecord
from gateway.model.identity import LinkKey, LinkReason
from gateway.projection.customers.linking import link_changed
from gateway.projection.customers.write import CustomerEntry, apply_customers
from gateway.projection.database import transaction

from .rows import NOW, later, projection


async def told(pool: Any, source: str, ref: str, seconds: float = 0, **keys: str) -> None:
    found = frozenset(LinkKey(LinkReason[name.upper()], value) for name, value in keys.items())
    record = CustomerRecord(ref, later(seconds), f"Cliente {ref}")
    async with transaction(pool) as connection:
        await apply_customers(connection, source, [CustomerEntry(record, found)], NOW)


async def customers(pool: Any) -> list[list[tuple[str, str | None]]]:
    """Answer each customer's records with their reasons, the largest customer first."""
    rows = await pool.fetch(
        """SELECT array_agg(ref ORDER BY ref) AS refs, array_agg(link_reason ORDER BY ref) AS why
           FROM customer_record GROUP BY customer_id ORDER BY count(*) DESC, min(ref)"""
    )
    return [list(zip(row["refs"], row["why"], strict=True)) for row in rows]


async def test_records_of_three_systems_become_one_customer(database: str) -> None:
    async with projection(database) as pool:
        await told(pool, "shop", "s-1", tax_id="12345678909", phone="+5511955550001")
        await told(pool, "erp", "e-1", tax_id="12345678909")
        await told(pool, "wms", "w-1", phone="+5511955550001")
        await told(pool, "wms", "w-2", phone="+5511955550002")
        linked = await link_changed(pool, NOW)
        assert (linked.looked_at, linked.moved) == (4, 2)
        assert await customers(pool) == [
            [("e-1", "TAX_ID"), ("s-1", "TAX_ID"), ("w-1", "PHONE")], [("w-2", None)],
        ]  # fmt: skip
        oldest = "SELECT min(id::text)::uuid FROM customer_record WHERE ref <> 'w-2'"
        ours = f"SELECT count(*) FROM customer_record WHERE customer_id = ({oldest})"
        assert await pool.fetchval(ours) == 3
        assert (await link_changed(pool, NOW)).looked_at == 0


async def test_what_no_longer_shares_a_key_leaves(database: str) -> None:
    async with projection(database) as pool:
        await told(pool, "shop", "s-1", phone="+5511955550001")
        await told(pool, "erp", "e-1", phone="+5511955550001")
        await link_changed(pool, NOW)
        assert len(await customers(pool)) == 1
        await told(pool, "erp", "e-1", seconds=1, phone="+5511955550009")
        await link_changed(pool, NOW)
        assert await customers(pool) == [[("e-1", None)], [("s-1", None)]]
        own = "SELECT count(*) FROM customer_record WHERE customer_id = id"
        assert await pool.fetchval(own) == 2


async def test_a_number_that_a_whole_shop_gives_ceases_to_link(database: str) -> None:
    async with projection(database) as pool:
        for n in range(4):
            await told(pool, "shop", f"s-{n}", phone="+551133330000")
            await link_changed(pool, NOW, cap=4)
        assert await customers(pool) == [[(f"s-{n}", "PHONE") for n in range(4)]]
        for n in range(4, 20):
            await told(pool, "shop", f"s-{n:02d}", phone="+551133330000")
        await link_changed(pool, NOW, cap=4)
        assert len(await customers(pool)) == 20
        reasons = await pool.fetchval("SELECT count(link_reason) FROM customer_record")
        assert reasons == 0


async def test_writers_and_linkers_at_once_leave_nobody_out(database: str) -> None:
    async with projection(database) as pool:

        async def person(n: int) -> None:
            for source in ("shop", "erp", "wms"):
                await told(pool, source, f"{source}-{n}", tax_id=f"{n:011d}")
                await link_changed(pool, NOW)

        await asyncio.gather(*(person(n) for n in range(12)))
        found = await customers(pool)
        assert sorted(len(each) for each in found) == [3] * 12
        assert all(len({ref.rpartition("-")[2] for ref, _ in each}) == 1 for each in found)


async def test_a_sale_that_only_names_its_customer_wipes_nothing(database: str) -> None:
    async with projection(database) as pool:
        await told(pool, "shop", "s-1", phone="+5511955550001")
        async with transaction(pool) as connection:
            bare = CustomerEntry(CustomerRecord("s-1", later(9)))
            await apply_customers(connection, "shop", [bare], NOW)
        row = await pool.fetchrow("SELECT name, observed_at FROM customer_record")
        assert tuple(row) == ("Cliente s-1", NOW)
        assert await pool.fetchval("SELECT count(*) FROM customer_key") == 1
