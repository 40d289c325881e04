"""What a source says again is dated anew; what differs in anything, or is held, is not."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gateway.connect.records import Mapped
from gateway.model.customer import CustomerRecord
from gateway.model.invoice import InvoiceStatus
from gateway.model.location import Address
from gateway.model.order import ChannelState, FulfillmentStatus
from gateway.projection.database import transaction
from gateway.projection.orders.confirming import confirm
from gateway.sync.apply import Applier
from gateway.sync.confirming import Expected, expect, table_of, told_again
from tests.integration.four_sources import Stage

from .vendors import asked, row_of, source_of

STREAMS = (
    ("market", "orders", "sales_order"), ("erp", "orders", "order_copy"),
    ("erp", "invoices", "invoice"), ("wms", "fulfillments", "fulfillment"),
)  # fmt: skip


async def _confirmed(
    stage: Stage, name: str, stream: str, told: Sequence[Mapped[Any]], expected: Expected
) -> set[str]:
    """Answer the refs of what is said again and was dated."""
    source = source_of(stage, name)
    again = told_again(source, stream, told, expected)
    table = table_of(source, stream)
    done = await confirm(stage.gateway.pool, table, list(again.values())) if again else set()
    return {ref for ref, each in again.items() if each.id in done}


def _changes(name: str, stream: str, told: Any) -> list[dict[str, Any]]:
    """Answer ways in which a record can differ from what is known of it."""
    if stream == "invoices":
        return [
            {"status": InvoiceStatus.CANCELLED}, {"native_status": "x"}, {"number": "x"},
            {"series": "x"}, {"url": "x"}, {"total": None}, {"order_ref": "order-00001"},
            {"observed_at": told.observed_at.replace(year=2020)}, {"version": 0},
        ]  # fmt: skip
    if stream == "fulfillments":
        (parcel,), (line,) = told.shipments, told.lines
        return [
            {"status": FulfillmentStatus.CLOSED}, {"native_status": "x"}, {"lines": ()},
            {"lines": (replace(line, quantity=2),)}, {"lines": (replace(line, line_ref=None),)},
            {"shipments": ()}, {"shipments": (parcel, replace(parcel, ref="x"))},
            *({"shipments": (replace(parcel, **one),)} for one in (
                {"tracking_number": "x"}, {"is_delivered": True}, {"lines": ()}, {"carrier": "x"},
                {"lines": (replace(line, quantity=2),)},
            )),
            {"order_ref": "order-00001"}, {"location_ref": "location-unknown"}, {"version": 0},
        ]  # fmt: skip
    (line,) = told.lines
    both: list[dict[str, Any]] = [
        {"number": "x"}, {"native_status": "x"}, {"version": 0}, {"total": told.shipping_total},
        {"lines": (replace(line, quantity=2),)}, {"lines": (replace(line, item="unknown"),)},
    ]  # fmt: skip
    if name == "erp":
        return [{"channel_ref": "order-00001"}, *both[:4]]
    return [
        *both, {"state": ChannelState.CANCELLED}, {"shipping_address": Address(city="Recife")},
        {"lines": (replace(line, title="x"),)}, {"lines": (line, replace(line, ref="2"))},
        {"customer": None}, {"customer": CustomerRecord("somebody", told.observed_at)},
        {"customer": replace(told.customer, name="x")},
        {"customer": replace(told.customer, emails=("x@example.com",))},
        {"customer": replace(told.customer, phones=("+5511955550000",))},
        {"other_refs": (("sequence", "7"),)}, {"channel_ref": "order-00001"},
    ]  # fmt: skip


async def test_what_is_said_again_is_dated_and_nothing_else_changes(stage: Stage) -> None:
    pool = stage.gateway.pool
    events = await pool.fetchval("SELECT count(*) FROM event")
    for name, stream, table in STREAMS:
        keys, told = await asked(stage, name, stream)
        expected = await expect(pool, source_of(stage, name), stream, keys)
        later = [
            replace(each, record=replace(each.record, version=7 + n)) for n, each in enumerate(told)
        ]
        refs = [each.record.ref for each in told]
        before = [await row_of(stage, table, ref) for ref in refs]
        assert await _confirmed(stage, name, stream, later, expected) == set(refs), stream
        for n, (ref, old) in enumerate(zip(refs, before, strict=True)):
            dated = {"observed_at": told[n].record.observed_at, "version": 7 + n}
            assert dict(await row_of(stage, table, ref)) == {**dict(old), **dated}
    assert await pool.fetchval("SELECT count(*) FROM event") == events
    buyers = await pool.fetch("SELECT observed_at FROM customer_record WHERE source_id = 'market'")
    market = await pool.fetch("SELECT observed_at FROM sales_order")
    assert {row["observed_at"] for row in buyers} == {row["observed_at"] for row in market}


async def test_what_differs_in_anything_is_left_to_be_written(stage: Stage) -> None:
    pool = stage.gateway.pool
    for name, stream, table in STREAMS:
        keys, (told, *_) = await asked(stage, name, stream)
        expected = await expect(pool, source_of(stage, name), stream, keys)
        before = dict(await row_of(stage, table, told.record.ref))
        for change in _changes(name, stream, told.record):
            changed = replace(told, record=replace(told.record, **change))
            assert await _confirmed(stage, name, stream, [changed], expected) == set(), change
        assert dict(await row_of(stage, table, told.record.ref)) == before


async def test_what_others_have_written_or_hold_is_left_alone_and_not_waited_for(
    stage: Stage,
) -> None:
    pool = stage.gateway.pool
    for name, stream, table in STREAMS:
        keys, told = await asked(stage, name, stream)
        expected = await expect(pool, source_of(stage, name), stream, keys)
        first, second, third = (each.record.ref for each in told)
        await pool.execute(f"UPDATE {table} SET native_status = 'y' WHERE ref = $1", first)
        async with transaction(pool) as other:
            await other.execute(f"SELECT FROM {table} WHERE ref = $1 FOR UPDATE", second)
            assert await _confirmed(stage, name, stream, told, expected) == {third}
        assert await _confirmed(stage, name, stream, told, expected) == {second}


async def test_an_order_that_only_names_its_buyer_is_confirmed_and_the_buyer_is_not(
    stage: Stage,
) -> None:
    pool = stage.gateway.pool
    keys, told = await asked(stage, "market", "orders")
    people = "SELECT * FROM customer_record ORDER BY id"
    before = await pool.fetch(people)
    expected = await expect(pool, source_of(stage, "market"), "orders", keys)
    bare = [
        replace(
            each, record=replace(each.record, customer=CustomerRecord(who.ref, who.observed_at))
        )
        for each in told
        for who in [each.record.customer]
    ]
    refs = {each.record.ref for each in told}
    assert await _confirmed(stage, "market", "orders", bare, expected) == refs
    assert await pool.fetch(people) == before


async def test_an_order_is_not_confirmed_without_its_buyer(stage: Stage) -> None:
    pool = stage.gateway.pool
    keys, told = await asked(stage, "market", "orders")
    expected = await expect(pool, source_of(stage, "market"), "orders", keys)
    of_order = """WHERE id = (SELECT buyer_id FROM sales_order WHERE ref = $1)"""
    first, second, third = (each.record.ref for each in told)
    await pool.execute(f"UPDATE customer_record SET name = 'y' {of_order}", first)
    async with transaction(pool) as other:
        await other.execute(f"SELECT FROM customer_record {of_order} FOR UPDATE", second)
        assert await _confirmed(stage, "market", "orders", told, expected) == {third}


async def test_what_is_in_quarantine_waits_or_is_gone_is_written_whole(stage: Stage) -> None:
    pool = stage.gateway.pool
    for name, stream, table in STREAMS:
        keys, told = await asked(stage, name, stream)
        first, second, third = (each.record.ref for each in told)
        await pool.execute(f"UPDATE {table} SET is_quarantined = true WHERE ref = $1", first)
        await pool.execute(
            """INSERT INTO quarantine (id, source_id, stream, ref, raw, code, path, message, ask,
                   first_seen_at, last_seen_at)
               SELECT gen_random_uuid(), $1, $2, $3, '', 'X', '', '', '{}', day, day
               FROM (SELECT now() - interval '1 day') AS before(day)""",
            name, stream, second,
        )  # fmt: skip
        kept = {third}
        if table != "sales_order":
            await pool.execute(f"UPDATE {table} SET order_id = NULL WHERE ref = $1", third)
            kept = set()
        expected = await expect(pool, source_of(stage, name), stream, keys)
        assert await _confirmed(stage, name, stream, told, expected) == kept, stream
        applier = Applier(pool, stage.gateway.sources, stage.gateway.clock)
        applied = await applier.apply(source_of(stage, name), stream, told, expected=expected)
        await applier.close()
        assert (applied.written, applied.quarantined) == (3, 0)
        for ref in (first, second, third):
            row = dict(await row_of(stage, table, ref))
            assert (row["is_quarantined"], row.get("order_id", "")) != (True, None)
    waiting = "SELECT count(*) FROM quarantine WHERE resolved_at IS NULL"
    assert await pool.fetchval(waiting) == 0
