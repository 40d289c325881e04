"""What sources say again: compared with what is known, and only dated anew where nothing differs.

What is known is read while the source is asked, so that nothing has to be read after.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from gateway.connect.records import Mapped
from gateway.federation.sources import ConnectedSource
from gateway.projection.items import ItemLink, load_links_of
from gateway.projection.locations import load_location_refs
from gateway.projection.orders.confirming import Buyer, Confirmation, confirm, confirm_orders
from gateway.projection.orders.entries import OrderEntry, changed_fields, header_of, is_newer
from gateway.projection.orders.fulfillments import FulfillmentEntry
from gateway.projection.orders.known import (
    KnownOrder,
    KnownWork,
    load_orders_whole,
    load_work_whole,
    parcels_of,
)
from gateway.projection.orders.observations import (
    COPY,
    INVOICE,
    Observation,
    copy_of,
    has_changed,
    invoice_of,
    load_known,
)
from gateway.projection.quarantine import load_waiting_refs
from gateway.sync.identity import rules_of
from gateway.sync.mapping import map_fulfillments, map_orders


@dataclass(frozen=True, slots=True)
class Expected:
    """What the projection has of records that are being asked for, by ref, and its words for them.

    What waits in quarantine is not among them: reading it has to heal it.
    """

    rows: Mapping[str, Any] = field(default_factory=dict)
    links: Mapping[str, ItemLink] = field(default_factory=dict)
    places: Mapping[str, UUID] = field(default_factory=dict)


async def expect(
    executor: Any, source: ConnectedSource, stream: str, keys: Sequence[str]
) -> Expected:
    """Answer what is known of the records with these keys; nothing where that does not help."""
    of = source.id
    if stream == "fulfillments":
        work = await load_work_whole(executor, of, keys)
        skus = {line.sku for each in work.values() for line in each.lines}
        skus |= {line.sku for w in work.values() for p in w.parcels.values() for line in p[-1]}
        refs = await load_location_refs(executor, of, {w.row["location_id"] for w in work.values()})
        links = await load_links_of(executor, of, skus)
        places = {ref: key for key, ref in refs.items()}
        rows: Mapping[str, Any] = work
        return Expected(await _well(executor, of, stream, rows, keys), links, places)
    if stream == "invoices":
        rows = await load_known(executor, INVOICE, of, keys)
        return Expected(await _well(executor, of, stream, rows, keys))
    if source.channel is None:
        rows = await load_known(executor, COPY, of, keys)
        skus = {sku for row in rows.values() for sku in row["facts"].get("lines", ())}
    else:
        rows = await load_orders_whole(executor, of, keys)
        skus = {line.sku for each in rows.values() for line in each.lines}
    links = await load_links_of(executor, of, skus)
    return Expected(await _well(executor, of, stream, rows, keys), links)


async def confirm_told(
    executor: Any,
    source: ConnectedSource,
    stream: str,
    mapped: Sequence[Mapped[Any]],
    expected: Expected,
) -> set[str]:
    """Date what was told again unchanged; answer the refs of the records that are done with."""
    if not expected.rows:
        return set()
    if stream == "fulfillments":
        entries = map_fulfillments(mapped, expected.links, expected.places).entries
        return await _confirm(executor, "fulfillment", (_same_work(e, expected) for e in entries))
    if stream == "invoices":
        bills = [invoice_of(each.record) for each in mapped]
        return await _confirm(executor, "invoice", (_same(each, expected) for each in bills))
    orders = map_orders(mapped, expected.links, rules_of(source)).entries
    if source.channel is None:
        covered = source.stream("orders").fields_covered
        copies = [copy_of(each, covered) for each in orders]
        return await _confirm(executor, "order_copy", (_same(each, expected) for each in copies))
    own = [each for each in orders if each.record.channel_ref is None]
    told = [each for entry in own if (each := _same_order(entry, expected)) is not None]
    return await confirm_orders(executor, told) if told else set()


async def _confirm(
    executor: Any, table: str, compared: Iterable[Confirmation | None]
) -> set[str]:
    told = [each for each in compared if each is not None]
    return await confirm(executor, table, told) if told else set()


async def _well(
    executor: Any, source_id: str, stream: str, rows: Mapping[str, Any], keys: Sequence[str]
) -> dict[str, Any]:
    """Answer the rows of which nothing waits in quarantine."""
    waiting = await load_waiting_refs(executor, source_id, stream, [*keys, *rows])
    return {ref: row for ref, row in rows.items() if ref not in waiting}


def _same_order(entry: OrderEntry, expected: Expected) -> Confirmation | None:
    record = entry.record
    known: KnownOrder | None = expected.rows.get(record.ref)
    if known is None or not _may_date(record, known.row):
        return None
    buyer = None
    if entry.buyer is not None:
        if known.buyer is None or not known.buyer.is_told_again(entry.buyer):
            return None
        buyer = Buyer(
            known.buyer.row["id"], known.buyer.row["seen"], entry.buyer.record.observed_at
        )
    header = header_of(record, buyer and buyer.id)
    refs = {("order", record.ref), *record.other_refs}
    if changed_fields(header, entry.lines, known.row, known.lines) or not refs <= known.refs:
        return None
    return _confirmation(record, known.row, buyer)


def _same_work(entry: FulfillmentEntry, expected: Expected) -> Confirmation | None:
    record = entry.record
    known: KnownWork | None = expected.rows.get(record.ref)
    if known is None or not _may_date(record, known.row):
        return None
    row = known.row
    told = (record.order_ref, entry.location_id, record.status.value, record.native_status)
    is_same = (
        told == tuple(row[each] for each in ("order_ref", "location_id", "status", "native_status"))
        and row["gone_at"] is None
        and entry.lines == known.lines
        and parcels_of(entry) == known.parcels
    )
    return _confirmation(record, row) if is_same else None


def _same(told: Observation, expected: Expected) -> Confirmation | None:
    row = expected.rows.get(told.ref)
    if row is None or row["order_id"] is None or not _may_date(told, row):
        return None
    if told.order_ref != row["order_ref"] or has_changed(told, row, row["order_id"]):
        return None
    return _confirmation(told, row)


def _may_date(told: Any, row: Mapping[str, Any]) -> bool:
    return not row["is_quarantined"] and is_newer(
        told.version, told.observed_at, row["version"], row["observed_at"]
    )


def _confirmation(told: Any, row: Mapping[str, Any], buyer: Buyer | None = None) -> Confirmation:
    return Confirmation(
        row["id"], row["seen"], told.version, told.updated_at, told.observed_at, buyer
    )
