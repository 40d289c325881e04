"""Items that turn out to be another SKU, or another number of units: what was known by mistake."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from gateway.projection.items import ItemLink, load_links, load_links_of, map_items
from gateway.projection.locations import load_location_refs
from gateway.projection.quarantine import QuarantineEntry, put_in_quarantine, relabel_quarantined

if TYPE_CHECKING:
    import asyncpg

    from gateway.projection.database import Connection


async def relink_items(
    connection: "Connection",
    source_id: str,
    links: Mapping[str, ItemLink],
    *,
    origin: str,
    now: datetime,
) -> None:
    """Set links by hand or by file, in one transaction with what follows from them.

    What of the items' stock could not be read is of their SKUs from now on. What was read of an
    item that was another SKU, or another number of units, is read again; until then it is unknown.
    """
    known = await load_links(connection, source_id, links)
    await map_items(connection, source_id, links, origin=origin)
    await relabel_quarantined(connection, source_id, sorted(links))
    former = {item: link for item, link in known.items() if link != links[item]}
    if former:
        await _read_again(connection, source_id, former, now)


async def _read_again(
    connection: "Connection", source_id: str, former: Mapping[str, ItemLink], now: datetime
) -> None:
    skus = sorted({link.sku for link in former.values()})
    rows = await _clear(connection, source_id, skus)
    places = await load_location_refs(connection, source_id, [row["location_id"] for row in rows])
    linked = await load_links_of(connection, source_id, skus)
    items = {(link.sku, item) for links in (former, linked) for item, link in links.items()}
    entries = [
        _entry(item, places[row["location_id"]])
        for row in rows
        for sku, item in sorted(items)
        if sku == row["sku"] and row["location_id"] in places
    ]
    await put_in_quarantine(connection, source_id, entries, now)


async def _clear(
    connection: "Connection", source_id: str, skus: Sequence[str]
) -> "list[asyncpg.Record]":
    """Let a source's positions be unknown, or 0 where none of its items is the SKU any more."""
    return await connection.fetch(
        """WITH mistaken AS (
               SELECT sku, location_id FROM position
               WHERE source_id = $1 AND sku = ANY($2::text[]) ORDER BY sku, location_id FOR UPDATE)
           UPDATE position p SET on_hand = CASE WHEN EXISTS (SELECT FROM item_ref r
                   WHERE r.source_id = $1 AND r.sku = p.sku) THEN NULL ELSE 0 END,
               committed = NULL, safety_stock = NULL, incoming = '[]', version = NULL,
               sequence = nextval('position_sequence')
           FROM mistaken m WHERE p.sku = m.sku AND p.location_id = m.location_id
           RETURNING p.sku, p.location_id""",
        source_id, list(skus),
    )  # fmt: skip


def _entry(item: str, place: str) -> QuarantineEntry:
    return QuarantineEntry(
        "stock", f"{item}@{place}", b"", "MAPPED_ANEW", "item",
        "the item was mapped to another SKU or number of units; it is read again",
        {"item": item, "location": place}, missing=item,
    )  # fmt: skip
