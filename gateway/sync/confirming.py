"""What sources say again: compared with what is known, so that it need only be dated anew.

What is known is read while the source is asked, so that nothing has to be read after.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from gateway.connect.records import Mapped
from gateway.federation.sources import ConnectedSource
from gateway.projection.items import ItemLink, load_links_of
from gateway.projection.orders.confirming import Buyer, Confirmation, Confirmed
from gateway.projection.orders.entries import OrderEntry, changed_fields, header_of, is_newer
from gateway.projection.orders.fulfillments import FulfillmentEntry
from gateway.projection.orders.known import (
    KnownOrder,
    KnownWork,
    has_same_parcels,
    load_known_beside,
    load_known_orders,
    load_known_work,
)
from gateway.projection.orders.observations import (
    COPY,
    INVOICE,
    Observation,
    copy_of,
    has_changed,
    invoice_of,
)
from gateway.sync.identity import rules_of
from gateway.sync.mapping import map_fulfillments, map_orders


@dataclass(frozen=True, slots=True)
class Expected:
    """What the projection has of records that are being asked for, by ref, and its words for them.

    What waits in quarantine is not among them: reading it has to heal it.
    """

    rows: Mapping[str, Any]
    links: Mapping[str, ItemLink] = field(default_factory=dict)
    places: Mapping[str, UUID] = field(default_factory=dict)


async def expect(
    executor: Any, source: ConnectedSource, stream: str, keys: Sequence[str]
) -> Expected:
    """Answer what is known of the records with these keys."""
    of = source.id
    if stream == "invoices":
        return Expected(await load_known_beside(executor, INVOICE, of, keys))
    if stream == "fulfillments":
        work = await load_known_work(executor, of, keys)
        skus = {sku for each in work.values() for sku in each.skus}
        places = {ref: key for each in work.values() for ref, key in each.places.items()}
        return Expected(work, await load_links_of(executor, of, skus), places)
    if source.channel is None:
        copies = await load_known_beside(executor, COPY, of, keys)
        skus = {sku for row in copies.values() for sku in row["facts"].get("lines", ())}
        return Expected(copies, await load_links_of(executor, of, skus))
    orders = await load_known_orders(executor, of, keys)
    skus = {line.sku for each in orders.values() for line in each.lines}
    return Expected(orders, await load_links_of(executor, of, skus))


def table_of(source: ConnectedSource, stream: str) -> str:
    """Answer where a source's records are kept."""
    if stream == "orders":
        return "order_copy" if source.channel is None else "sales_order"
    return {"invoices": "invoice", "fulfillments": "fulfillment"}[stream]


def told_again(
    source: ConnectedSource, stream: str, mapped: Sequence[Mapped[Any]], expected: Expected
) -> Confirmed:
    """Answer, by ref, the records that say nothing but what is known of them."""
    if not expected.rows:
        return {}
    return {
        ref: each for ref, each in _compared(source, stream, mapped, expected) if each is not None
    }


def _compared(
    source: ConnectedSource, stream: str, mapped: Sequence[Mapped[Any]], expected: Expected
) -> Iterator[tuple[str, Confirmation | None]]:
    if stream == "fulfillments":
        for work in map_fulfillments(mapped, expected.links, expected.places).entries:
            yield work.record.ref, _same_work(work, expected)
    elif stream == "invoices":
        for bill in (invoice_of(each.record) for each in mapped):
            yield bill.ref, _same(bill, expected)
    elif source.channel is None:
        covered = source.stream("orders").fields_covered
        for entry in map_orders(mapped, expected.links, rules_of(source)).entries:
            copy = copy_of(entry, covered)
            yield copy.ref, _same(copy, expected)
    else:
        for entry in map_orders(mapped, expected.links, rules_of(source)).entries:
            if entry.record.channel_ref is None:
                yield entry.record.ref, _same_order(entry, expected)


def _same_order(entry: OrderEntry, expected: Expected) -> Confirmation | None:
    record = entry.record
    known: KnownOrder | None = expected.rows.get(record.ref)
    if known is None or not _may_date(record, known.row):
        return None
    told, buyer, buyer_id = entry.buyer, None, None
    if told is not None:
        if known.buyer is None or known.buyer.ref != told.record.ref:
            return None
        buyer_id = known.buyer.id
        if not told.says_nothing:
            if not known.buyer.is_told_again(told):
                return None
            buyer = Buyer(buyer_id, known.buyer.seen, told.record.observed_at)
    header = header_of(record, buyer_id)
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
        and entry.lines == known.lines
        and has_same_parcels(entry, known.parcels)
    )
    return _confirmation(record, known.whole) if is_same else None


def _same(told: Observation, expected: Expected) -> Confirmation | None:
    row = expected.rows.get(told.ref)
    if row is None or not _may_date(told, row):
        return None
    if told.order_ref != row["order_ref"] or has_changed(told, row, row["order_id"]):
        return None
    return _confirmation(told, row)


def _may_date(told: Any, row: Mapping[str, Any]) -> bool:
    return is_newer(told.version, told.observed_at, row["version"], row["observed_at"])


def _confirmation(told: Any, row: Mapping[str, Any], buyer: Buyer | None = None) -> Confirmation:
    return Confirmation(
        row["id"], row["seen"], told.version, told.updated_at, told.observed_at, buyer, row
    )
