"""Writes a chunk of one stream's records: each stream's own way into the projection."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from gateway.connect.records import Mapped
from gateway.federation.sources import ConnectedSource
from gateway.model.customer import CustomerRecord
from gateway.model.invoice import InvoiceRecord
from gateway.model.location import LocationRecord
from gateway.model.order import FulfillmentRecord, OrderRecord
from gateway.model.stock import StockRecord
from gateway.projection.customers.write import (
    apply_customers,
    customer_locks,
    quarantine_customers,
)
from gateway.projection.items import link_items
from gateway.projection.locations import apply_locations, load_location_ids
from gateway.projection.orders.fulfillments import apply_fulfillments, quarantine_fulfillments
from gateway.projection.orders.locks import lock_refs
from gateway.projection.orders.observations import (
    COPY,
    INVOICE,
    Kind,
    Observation,
    apply_observations,
    copy_of,
    invoice_of,
    quarantine_observations,
)
from gateway.projection.orders.write import ChannelScope, apply_orders, quarantine_orders
from gateway.projection.quarantine import QuarantineEntry
from gateway.projection.stock import apply_stock
from gateway.sync.identity import identified, rules_of
from gateway.sync.mapping import (
    items_of_order,
    items_of_work,
    map_fulfillments,
    map_orders,
    map_stock,
    stock_key,
)


@dataclass(slots=True)
class Kept:
    """What became of records: written under these refs, or refused."""

    refs: list[str]
    refused: list[QuarantineEntry]


@dataclass(frozen=True, slots=True)
class Writing:
    """Where a chunk goes: the transaction, whose records they are, and whether the log tells."""

    connection: Any
    source: ConnectedSource
    now: datetime
    appends_events: bool
    authorities: Sequence[str]


Writer: TypeAlias = Callable[[Writing, Sequence[Mapped[Any]]], Awaitable[Kept]]


async def write_locations(to: Writing, mapped: Sequence[Mapped[LocationRecord]]) -> Kept:
    """Write locations, each with the source that owns its stock."""
    records = [item.record for item in mapped]
    await apply_locations(
        to.connection, to.source.id, records, authorities=to.authorities, now=to.now
    )
    return Kept([record.ref for record in records], [])


async def write_stock(to: Writing, mapped: Sequence[Mapped[StockRecord]]) -> Kept:
    """Write positions; those of items or locations without a mapping are refused."""
    at = [item.record.position for item in mapped]
    links = await link_items(
        to.connection, to.source.id, [p.item for p in at], creates=to.source.rules.creates_items
    )
    places = await load_location_ids(to.connection, to.source.id, [p.location for p in at])
    result = map_stock(mapped, links, places)
    await apply_stock(to.connection, to.source.id, result.entries)
    refs = {p.item for p in at} | {stock_key(p.item, p.location) for p in at}
    return Kept(sorted(refs), result.refused)


async def write_orders(to: Writing, mapped: Sequence[Mapped[OrderRecord]]) -> Kept:
    """Write a channel's own orders, and what an ERP tells of others' as copies."""
    items = [item for each in mapped for item in items_of_order(each.record)]
    links = await link_items(to.connection, to.source.id, items, creates=False)
    result = map_orders(mapped, links, rules_of(to.source))
    covered = to.source.stream("orders").fields_covered
    own = [each for each in result.entries if _is_own(to.source, each.record)]
    copies = [
        copy_of(each, covered) for each in result.entries if not _is_own(to.source, each.record)
    ]
    if own:
        scope = ChannelScope(to.source.id, to.source.channel or to.source.id)
        await apply_orders(to.connection, scope, own, now=to.now, appends_events=to.appends_events)
    if copies:
        await _write_observations(to, COPY, copies)
    return Kept([each.record.ref for each in mapped], result.refused)


async def write_fulfillments(to: Writing, mapped: Sequence[Mapped[FulfillmentRecord]]) -> Kept:
    """Write the work of locations and its shipments."""
    items = [item for each in mapped for item in items_of_work(each.record)]
    links = await link_items(to.connection, to.source.id, items, creates=False)
    refs = [each.record.location_ref for each in mapped]
    places = await load_location_ids(to.connection, to.source.id, refs)
    result = map_fulfillments(mapped, links, places)
    await apply_fulfillments(
        to.connection, to.source.id, result.entries, now=to.now, appends_events=to.appends_events
    )
    named = {each.record.ref for each in mapped} | {each.record.order_ref for each in mapped}
    return Kept(sorted(named), result.refused)


async def write_customers(to: Writing, mapped: Sequence[Mapped[CustomerRecord]]) -> Kept:
    """Write customers with the keys by which they are linked."""
    rules = rules_of(to.source)
    refs = [each.record.ref for each in mapped]
    await lock_refs(to.connection, customer_locks(to.source.id, refs))
    entries = [identified(each.record, rules) for each in mapped]
    await apply_customers(to.connection, to.source.id, entries, to.now)
    return Kept(refs, [])


async def write_invoices(to: Writing, mapped: Sequence[Mapped[InvoiceRecord]]) -> Kept:
    """Write invoices; those whose order is not known yet wait for it."""
    await _write_observations(to, INVOICE, [invoice_of(each.record) for each in mapped])
    return Kept([each.record.ref for each in mapped], [])


WRITERS: Mapping[str, Writer] = {
    "locations": write_locations,
    "stock": write_stock,
    "orders": write_orders,
    "fulfillments": write_fulfillments,
    "customers": write_customers,
    "invoices": write_invoices,
}


async def mark_quarantined(
    connection: Any,
    source_id: str,
    stream: str,
    refs: Sequence[str],
) -> None:
    """Mark the rows whose latest record was refused: nothing dates them.

    Those of stock are marked by being in quarantine.
    """
    if not refs:
        return
    match stream:
        case "orders":
            await quarantine_orders(connection, source_id, refs)
            await quarantine_observations(connection, COPY, source_id, refs)
        case "fulfillments":
            await quarantine_fulfillments(connection, source_id, refs)
        case "customers":
            await quarantine_customers(connection, source_id, refs)
        case "invoices":
            await quarantine_observations(connection, INVOICE, source_id, refs)


async def _write_observations(to: Writing, kind: Kind, told: Sequence[Observation]) -> None:
    await apply_observations(
        to.connection, kind, to.source.id, told, now=to.now, appends_events=to.appends_events
    )


def _is_own(source: ConnectedSource, record: OrderRecord) -> bool:
    """Answer whether the source sold it; an ERP has copies of what channels sold."""
    return source.channel is not None and record.channel_ref is None
