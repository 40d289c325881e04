"""Leases, the inbox, the quarantine and item maps: what holds a stream together."""

from typing import Any

import pytest

from gateway.projection.database import transaction
from gateway.projection.inbox import (
    claim_deliveries,
    forget_applied,
    mark_applied,
    mark_failed,
    store_delivery,
)
from gateway.projection.items import ItemLink, link_items, load_links, map_items
from gateway.projection.quarantine import (
    QuarantineEntry,
    has_nameless,
    load_quarantined,
    put_in_quarantine,
    resolve_quarantined,
)
from gateway.projection.streams import (
    LeaseLost,
    complete_walk,
    load_stream,
    release_lease,
    renew_lease,
    save_delta,
    save_walk,
    take_lease,
)

from .rows import later, projection

STREAM = ("wms", "stock")


async def test_a_stream_has_one_reader_until_it_lets_go_or_dies(database: str) -> None:
    async with projection(database) as pool:
        first = await take_lease(pool, *STREAM, "one", 30)
        assert first is not None
        assert await take_lease(pool, *STREAM, "two", 30) is None
        await release_lease(pool, *STREAM, first.lease_token)
        second = await take_lease(pool, *STREAM, "two", 30)
        assert second is not None
        assert second.lease_token > first.lease_token
        await pool.execute("UPDATE source_stream SET lease_until = now() - interval '1 second'")
        assert await take_lease(pool, *STREAM, "three", 30) is not None


async def test_a_reader_that_has_lost_its_lease_notes_nothing(database: str) -> None:
    async with projection(database) as pool:
        old = await take_lease(pool, *STREAM, "one", 30)
        assert old is not None
        await pool.execute("UPDATE source_stream SET lease_until = now() - interval '1 second'")
        new = await take_lease(pool, *STREAM, "two", 30)
        assert new is not None
        before = await load_stream(pool, *STREAM)
        for attempt in (
            save_delta(pool, old, cursor="9", covered_since=later(0), watermark=later(9)),
            save_walk(pool, old, cursor="9", started_at=later(0), rows=9, expected=9),
            complete_walk(pool, old, started_at=later(0), is_gapless=True),
            renew_lease(pool, *STREAM, old.lease_token, 30),
        ):
            with pytest.raises(LeaseLost):
                await attempt
        assert await load_stream(pool, *STREAM) == before


async def test_a_watermark_never_goes_back_nor_beyond_what_waits_in_the_inbox(
    database: str,
) -> None:
    async with projection(database) as pool:
        state = await take_lease(pool, *STREAM, "one", 30)
        assert state is not None

        await _store(pool, "d-0", 99)
        await save_delta(pool, state, cursor="1", covered_since=later(0), watermark=None)
        assert (await load_stream(pool, *STREAM)).watermark is None
        await pool.execute("DELETE FROM inbox")

        async def save(seconds: float) -> Any:
            await save_delta(
                pool, state, cursor="1", covered_since=later(0), watermark=later(seconds)
            )
            return (await load_stream(pool, *STREAM)).watermark

        assert await save(50) == later(50)
        assert await save(40) == later(50)
        await _store(pool, "d-1", 70)
        assert await save(90) == later(70)
        await save_delta(pool, state, cursor="2", covered_since=later(0), watermark=None)
        assert (await load_stream(pool, *STREAM)).watermark == later(70)
        await mark_applied(pool, await pool.fetchval("SELECT array_agg(id) FROM inbox"))
        assert await save(90) == later(90)


async def _store(pool: Any, delivery_id: str, seconds: float = 0) -> bool:
    return await store_delivery(
        pool, source_id="wms", delivery_id=delivery_id, url="/hooks/wms", headers={"a": "b"},
        body=b"\x00\xff raw", received_at=later(seconds),
    )  # fmt: skip


async def test_a_delivery_is_kept_raw_and_once(database: str) -> None:
    async with projection(database) as pool:
        assert [await _store(pool, "d-2", 2), await _store(pool, "d-1", 1)] == [True, True]
        assert await _store(pool, "d-1", 3) is False
        async with transaction(pool) as connection:
            lot = await claim_deliveries(connection, "wms", 10)
        assert [(row["delivery_id"], row["body"]) for row in lot] == [
            ("d-1", b"\x00\xff raw"), ("d-2", b"\x00\xff raw"),
        ]  # fmt: skip
        await mark_failed(pool, [lot[0]["id"]], "down", 3600)
        async with transaction(pool) as connection:
            left = await claim_deliveries(connection, "wms", 10)
        assert [row["delivery_id"] for row in left] == ["d-2"]


async def test_what_was_applied_long_ago_is_forgotten_and_nothing_else(database: str) -> None:
    async with projection(database) as pool:
        for each in ("old", "new", "waiting"):
            await _store(pool, each)
        await pool.execute(
            """UPDATE inbox SET applied_at = CASE delivery_id WHEN 'old' THEN $1::timestamptz
               WHEN 'new' THEN $2::timestamptz END""",
            later(0), later(20),
        )  # fmt: skip
        assert await forget_applied(pool, later(10)) == 1
        left = await pool.fetch("SELECT delivery_id FROM inbox ORDER BY 1")
        assert [row["delivery_id"] for row in left] == ["new", "waiting"]


def _entry(ref: str | None, **changes: Any) -> QuarantineEntry:
    told: dict[str, Any] = {
        "stream": "stock", "ref": ref, "raw": b"{}", "code": "MALFORMED_PAYLOAD", "path": "a.b",
        "message": "no\x00thing \ud800", "ask": {"ref": ref or ""},
    }  # fmt: skip
    return QuarantineEntry(**{**told, **changes})


async def test_a_quarantined_record_keeps_its_first_day_and_its_latest_form(database: str) -> None:
    async with projection(database) as pool:

        async def put(seconds: float, **changes: Any) -> None:
            entry = _entry("r-1", stream="orders", **changes)
            await put_in_quarantine(pool, "wms", [entry], later(seconds))

        async def resolve(read_at: float) -> list[str]:
            return await resolve_quarantined(
                pool, "wms", "orders", ["r-1"], later(9), read_at=later(read_at)
            )

        await put(0)
        await put(5, raw=b"[1]", code="X")
        (row,) = await load_quarantined(pool, "wms")
        assert (row["raw"], row["code"], row["attempts"]) == (b"[1]", "X", 2)
        assert (row["first_seen_at"], row["last_seen_at"]) == (later(0), later(5))
        assert await resolve(5) == ["r-1"]
        assert await resolve(6) == []
        assert await load_quarantined(pool, "wms") == []
        await put(9)
        (again,) = await load_quarantined(pool, "wms")
        assert (again["attempts"], again["first_seen_at"]) == (1, later(9))


async def test_a_record_without_a_name_is_known_by_its_content(database: str) -> None:
    async with projection(database) as pool:
        for _ in range(2):
            await put_in_quarantine(pool, "wms", [_entry(None)], later(5))
        assert len(await load_quarantined(pool, "wms")) == 1
        assert await has_nameless(pool, "wms", "stock", later(5)) is True
        assert await has_nameless(pool, "wms", "stock", later(6)) is False


async def test_what_waits_for_a_mapping_is_found_once_there_is_one(database: str) -> None:
    async with projection(database) as pool:
        entry = _entry("r-1", code="UNMAPPED_ITEM", missing="X-9")
        await put_in_quarantine(pool, "wms", [entry], later(0))
        assert await load_quarantined(pool, "wms", mappable_only=True) == []
        await map_items(pool, "wms", {"X-9": ItemLink("SKU-1", 6)}, origin="hand")
        (row,) = await load_quarantined(pool, "wms", mappable_only=True)
        assert row["ref"] == "r-1"


async def test_items_are_linked_by_equal_code_by_file_and_by_creating(database: str) -> None:
    async with projection(database) as pool:
        assert await link_items(pool, "shop", ["SKU-1", "7", "NEW"], creates=False) == {
            "SKU-1": ItemLink("SKU-1", 1)
        }
        await map_items(pool, "shop", {"7": ItemLink("007", 12)}, origin="file")
        assert await link_items(pool, "shop", ["7"], creates=True) == {"7": ItemLink("007", 12)}
        assert await link_items(pool, "wms", ["NEW"], creates=True) == {"NEW": ItemLink("NEW", 1)}
        assert await load_links(pool, "shop", ["NEW"]) == {}
        assert await link_items(pool, "shop", ["NEW"], creates=False) == {"NEW": ItemLink("NEW", 1)}
