"""Orders and the work for them: any order of arrival ends alike, and the log says what changed."""

import asyncio
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.model.invoice import InvoiceStatus
from gateway.model.order import ChannelState, FulfillmentStatus
from gateway.projection.database import transaction
from gateway.projection.orders.entries import OrderEntry
from gateway.projection.orders.fulfillments import FulfillmentEntry, apply_fulfillments
from gateway.projection.orders.joining import count_waiting
from gateway.projection.orders.observations import (
    COPY,
    INVOICE,
    Kind,
    Observation,
    apply_observations,
)
from gateway.projection.orders.write import ChannelScope, apply_orders

from .rows import (
    NOW,
    a_copy,
    an_invoice,
    an_order,
    later,
    place,
    projection,
    reais,
    some_work,
)

SHOP = ChannelScope("shop", "marketplace")
SLOW = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
SHIPPED = {"state": ChannelState.SHIPPED, "native_status": "invoiced"}


async def put(pool: Any, *entries: Any, appends_events: bool = True) -> None:
    async with transaction(pool) as connection:
        told: dict[str, Any] = {"now": NOW, "appends_events": appends_events}
        orders = [e for e in entries if isinstance(e, OrderEntry)]
        works = [e for e in entries if isinstance(e, FulfillmentEntry)]
        await apply_orders(connection, SHOP, orders, **told)
        await apply_fulfillments(connection, "wms", works, **told)
        for kind in (COPY, INVOICE):
            some = [e for e in entries if _is_of(kind, e)]
            await apply_observations(connection, kind, "erp", some, **told)


def _is_of(kind: Kind, entry: Any) -> bool:
    return isinstance(entry, Observation) and set(entry.values) == set(kind.columns)


async def everything(pool: Any) -> dict[str, list[tuple[Any, ...]]]:
    """Answer the rows, without the ids that chance has made."""
    queries = {
        "orders": """SELECT ref, number, state, status, native_status, total, observed_at
                     FROM sales_order ORDER BY ref""",
        "lines": """SELECT o.ref, l.ref, sku, quantity FROM order_line l
                    JOIN sales_order o ON o.id = l.order_id ORDER BY 1, 2""",
        "work": """SELECT f.ref, o.ref, f.status, f.observed_at FROM fulfillment f
                   LEFT JOIN sales_order o ON o.id = f.order_id ORDER BY 1""",
        "parcels": """SELECT f.ref, s.ref, s.carrier, l.sku, l.quantity FROM shipment s
                      JOIN fulfillment f ON f.id = s.fulfillment_id
                      LEFT JOIN shipment_line l ON l.shipment_id = s.id ORDER BY 1, 2""",
        "refs": "SELECT source_id, kind, external_id FROM external_ref ORDER BY 1, 2, 3",
        "copies": """SELECT c.ref, o.ref, c.facts, c.observed_at FROM order_copy c
                     LEFT JOIN sales_order o ON o.id = c.order_id ORDER BY 1""",
        "invoices": """SELECT i.ref, o.ref, i.status, i.total FROM invoice i
                       LEFT JOIN sales_order o ON o.id = i.order_id ORDER BY 1""",
        "customers": "SELECT name, emails FROM customer_record ORDER BY 1",
    }
    return {name: [tuple(r) for r in await pool.fetch(q)] for name, q in queries.items()}


async def events(pool: Any) -> list[tuple[Any, ...]]:
    rows = await pool.fetch("SELECT type, aggregate_version, changed FROM event ORDER BY id")
    return [tuple(row) for row in rows]


@SLOW
@given(st.permutations(range(9)), st.lists(st.integers(0, 8), max_size=3), st.booleans())
async def test_any_order_of_arrival_ends_alike(
    database: str, order: list[int], repeats: list[int], is_together: bool
) -> None:
    async with projection(database) as pool:
        await pool.execute(
            "TRUNCATE sales_order, fulfillment, order_copy, invoice, customer_record, event CASCADE"
        )
        at = await place(pool)
        told = [
            an_order(seconds=1, quantity=3),
            an_order(seconds=5, **SHIPPED),
            some_work(at, seconds=2),
            some_work(at, seconds=6, shipped=2, status=FulfillmentStatus.CLOSED),
            an_order("2-01", seconds=3, state=ChannelState.CANCELLED),
            a_copy(seconds=3, total=reais("24.00")),
            a_copy(seconds=4, total=reais("26.00")),
            an_invoice(seconds=2, status=InvoiceStatus.PENDING, total=None),
            an_invoice(seconds=7),
        ]
        turn = [told[n] for n in [*order, *repeats]]
        if is_together:
            await put(pool, *turn)
        else:
            for entry in turn:
                await put(pool, entry)
        found = await everything(pool)
        assert [row[:4] for row in found["orders"]] == [
            ("1-01", "1-01", "SHIPPED", "SHIPPED"), ("2-01", "2-01", "CANCELLED", "CANCELLED"),
        ]  # fmt: skip
        assert [row[6] for row in found["orders"]] == [later(5), later(3)]
        ((_, joined, facts, _),) = found["copies"]
        assert (joined, facts["total"]) == ("1-01", "26.00")
        assert found["invoices"] == [("nf-1", "1-01", "ISSUED", Decimal("25.00"))]
        assert found["lines"] == [("1-01", "l-1", "SKU-1", 2), ("2-01", "l-1", "SKU-1", 2)]
        assert found["work"] == [("1-01/w-1", "1-01", "CLOSED", later(6))]
        assert found["parcels"] == [("1-01/w-1", "s-1", "Correios", "SKU-1", 2)]
        assert found["refs"] == [("shop", "order", "1-01"), ("shop", "order", "2-01")]
        assert found["customers"] == [("Ana Souza", ["ana@example.com"])]
        versions = await pool.fetch(
            "SELECT array_agg(aggregate_version ORDER BY id) AS v FROM event GROUP BY aggregate_id"
        )
        assert all(row["v"] == list(range(1, len(row["v"]) + 1)) for row in versions)
        assert await count_waiting(pool) == {}


@SLOW
@given(st.permutations(range(5)))
async def test_a_name_that_two_orders_have_names_none_whichever_came_first(
    database: str, order: list[int]
) -> None:
    async with projection(database) as pool:
        await pool.execute("TRUNCATE sales_order, fulfillment, order_copy, invoice, event CASCADE")
        twice = (("sequence", "500"),)
        told = [
            an_order("1-01", other_refs=twice), an_order("9", other_refs=twice, customer=None),
            some_work(await place(pool), "500", shipped=2), a_copy(order="500"),
            an_invoice(order="500"),
        ]  # fmt: skip
        for n in order:
            if n == 1:
                async with transaction(pool) as connection:
                    await apply_orders(connection, ChannelScope("wms", "till"), [told[n]], now=NOW)
            else:
                await put(pool, told[n])
        found = await everything(pool)
        assert [row[3] for row in found["orders"]] == ["CONFIRMED", "CONFIRMED"]
        assert [found[name][0][1] for name in ("work", "copies", "invoices")] == [None] * 3
        waiting = {("wms", "fulfillments"): 1, ("erp", "orders"): 1, ("erp", "invoices"): 1}
        assert await count_waiting(pool) == waiting


async def test_work_waits_for_its_order_and_joins_it(database: str) -> None:
    async with projection(database) as pool:
        await put(pool, some_work(await place(pool), shipped=1))
        await put(pool, a_copy(), an_invoice())
        waiting = {("wms", "fulfillments"): 1, ("erp", "orders"): 1, ("erp", "invoices"): 1}
        assert await count_waiting(pool) == waiting
        assert await events(pool) == []
        await put(pool, an_order())
        assert await count_waiting(pool) == {}
        assert await pool.fetchval("SELECT status FROM sales_order") == "PARTIALLY_SHIPPED"


async def test_the_log_says_what_changed_and_nothing_of_who_bought(database: str) -> None:
    async with projection(database) as pool:
        at = await place(pool)
        await put(pool, an_order())
        await put(pool, an_order(seconds=1))
        await put(pool, an_order(seconds=2, native_status="handling", state=ChannelState.HANDLING))
        await put(pool, some_work(at, seconds=3, shipped=2))
        await put(pool, an_order(seconds=4, state=ChannelState.CANCELLED))
        await put(pool, an_order(seconds=5, state=ChannelState.CONFIRMED))
        assert await events(pool) == [
            ("order.created", 1, ["status"]),
            ("order.updated", 2, ["native_status", "status"]),
            ("order.updated", 3, ["fulfillment_orders", "status"]),
            ("order.updated", 4, ["native_status", "status"]),
            ("order.status_regressed", 5, ["status"]),
        ]
        audience = await pool.fetchval("SELECT audience FROM event ORDER BY id DESC LIMIT 1")
        buyer = await pool.fetchval("SELECT id FROM customer_record")
        assert audience == {
            "channel": "marketplace", "locations": [str(at)], "buyer": str(buyer),
        }  # fmt: skip
        text = str([dict(row) for row in await pool.fetch("SELECT * FROM event")])
        assert not any(word in text for word in ("Ana", "Souza", "ana@example.com", "buyer-one"))


async def test_a_backfill_appends_nothing(database: str) -> None:
    async with projection(database) as pool:
        await put(pool, an_order(), some_work(await place(pool)), appends_events=False)
        assert await events(pool) == []
        assert await pool.fetchval("SELECT event_version FROM sales_order") == 0


async def test_writers_of_one_order_at_the_same_time_lose_nothing(database: str) -> None:
    async with projection(database) as pool:
        at = await place(pool)

        async def write(n: int) -> None:
            if n % 2:
                await put(pool, an_order(seconds=n, native_status=f"word-{n}"))
            else:
                await put(pool, some_work(at, seconds=n, native_status=f"word-{n}"))

        await asyncio.gather(*(write(n) for n in range(20)))
        assert await pool.fetchval("SELECT native_status FROM sales_order") == "word-19"
        assert await pool.fetchval("SELECT native_status FROM fulfillment") == "word-18"
        versions = [version for _, version, _ in await events(pool)]
        assert versions == list(range(1, len(versions) + 1))
        assert await pool.fetchval("SELECT event_version FROM sales_order") == len(versions)


async def test_work_by_two_names_of_one_order_at_the_same_time_loses_nothing(
    database: str,
) -> None:
    async with projection(database) as pool:
        at = await place(pool)
        await put(pool, an_order(other_refs=(("sequence", "500"),)))

        async def write(n: int) -> None:
            name = "1-01" if n % 2 else "500"
            await put(pool, some_work(at, name, seconds=n, native_status=f"word-{n}"))

        await asyncio.gather(*(write(n) for n in range(16)))
        versions = [version for _, version, _ in await events(pool)]
        assert versions == list(range(1, len(versions) + 1))
        assert await pool.fetchval("SELECT event_version FROM sales_order") == len(versions)


async def test_one_id_at_two_sources_is_two_orders(database: str) -> None:
    async with projection(database) as pool:
        await put(pool, an_order())
        async with transaction(pool) as connection:
            other = ChannelScope("wms", "till")
            await apply_orders(connection, other, [an_order()], now=NOW)
        rows = await pool.fetch("SELECT source_id, channel FROM sales_order ORDER BY 1")
        assert [tuple(row) for row in rows] == [("shop", "marketplace"), ("wms", "till")]
