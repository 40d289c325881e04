"""Records in a source's own ids become entries in ours, or are refused: pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Generic, TypeVar
from uuid import UUID

from gateway.connect.records import Mapped, Unmappable
from gateway.model.order import FulfillmentLineRecord, FulfillmentRecord, OrderRecord
from gateway.model.stock import StockRecord
from gateway.projection.items import ItemLink
from gateway.projection.orders.entries import OrderEntry, OrderLine
from gateway.projection.orders.fulfillments import FulfillmentEntry, WorkLine
from gateway.projection.quarantine import QuarantineEntry
from gateway.projection.stock import PositionFacts
from gateway.sync.identity import IdentityRules, identified

E = TypeVar("E")
R = TypeVar("R")
Links = Mapping[str, ItemLink]


@dataclass(slots=True)
class Sorted(Generic[E]):
    """What can be written, and what is refused."""

    entries: list[E] = field(default_factory=list)
    refused: list[QuarantineEntry] = field(default_factory=list)


class _Missing(LookupError):
    """An id that has no mapping."""

    def __init__(self, code: str, path: str, external_id: str) -> None:
        super().__init__(external_id)
        self.code, self.path, self.external_id = code, path, external_id

    def entry(self, stream: str, ref: str, raw: bytes, ask: dict[str, str]) -> QuarantineEntry:
        kind = "item" if self.code == "UNMAPPED_ITEM" else "location"
        message = f"the source's {kind} {self.external_id!r} is not mapped to one of ours"
        return QuarantineEntry(
            stream, ref, raw, self.code, self.path, message, ask, self.external_id
        )


def unmappable(stream: str, records: Iterable[Unmappable]) -> list[QuarantineEntry]:
    """Answer the quarantine's form of records that their connector refused."""
    return [
        QuarantineEntry(
            stream, name_of(record), record.raw, record.error.code, record.error.path,
            str(record.error), ask_for(record),
        )
        for record in records
    ]  # fmt: skip


def name_of(record: Mapped[Any] | Unmappable) -> str | None:
    """Answer what a record is called in the quarantine."""
    ask = ask_for(record)
    return stock_key(ask["item"], ask["location"]) if "item" in ask else ask.get("ref")


def ask_for(record: Mapped[Any] | Unmappable) -> dict[str, str]:
    """Answer by what a record is found again at its source; nothing where it has no name."""
    if isinstance(record, Unmappable):
        if record.ref is None:
            return {}
        if record.location is None:
            return {"ref": record.ref}
        return {"item": record.ref, "location": record.location}
    if isinstance(record.record, StockRecord):
        at = record.record.position
        return {"item": at.item, "location": at.location}
    return {"ref": record.record.ref}


def stock_key(item: str, location: str) -> str:
    """Answer what a position is called in the quarantine."""
    return f"{item}@{location}"


def map_stock(
    records: Sequence[Mapped[StockRecord]], links: Links, places: Mapping[str, UUID]
) -> Sorted[PositionFacts]:
    """Answer positions in our SKU, location and units."""
    result: Sorted[PositionFacts] = Sorted()
    for mapped in records:
        at = mapped.record.position
        try:
            result.entries.append(_facts(mapped.record, links, places))
        except _Missing as missing:
            key = stock_key(at.item, at.location)
            result.refused.append(missing.entry("stock", key, mapped.raw, ask_for(mapped)))
    return result


def _facts(record: StockRecord, links: Links, places: Mapping[str, UUID]) -> PositionFacts:
    link = _link(links, record.position.item, "item")
    units = link.units_per
    return PositionFacts(
        sku=link.sku,
        location_id=_place(places, record.position.location, "location"),
        on_hand=_times(record.on_hand, units),
        committed=_times(record.committed, units),
        safety_stock=_times(record.safety_stock, units),
        incoming=[
            {"quantity": each.quantity * units, "expected_on": each.expected_on}
            for each in record.incoming
        ],
        version=record.version,
        observed_at=record.observed_at,
    )


def map_orders(
    records: Sequence[Mapped[OrderRecord]], links: Links, identity: IdentityRules
) -> Sorted[OrderEntry]:
    """Answer orders with their lines in our SKUs; one unknown item refuses its whole order."""
    result: Sorted[OrderEntry] = Sorted()
    for mapped in records:
        record = mapped.record
        try:
            lines = tuple(_line(record, place, links) for place in range(len(record.lines)))
        except _Missing as missing:
            ask = {"ref": record.ref}
            result.refused.append(missing.entry("orders", record.ref, mapped.raw, ask))
        else:
            buyer = None if record.customer is None else identified(record.customer, identity)
            result.entries.append(OrderEntry(record, lines, buyer))
    return result


def _line(record: OrderRecord, place: int, links: Links) -> OrderLine:
    line = record.lines[place]
    link = _link(links, line.item, f"lines[{place}].item")
    return OrderLine(
        ref=line.ref,
        place=place,
        sku=link.sku,
        title=line.title,
        quantity=line.quantity * link.units_per,
        unit_price=_each(line.unit_price.amount, link.units_per),
        discount=None if line.discount is None else line.discount.amount,
    )


def map_fulfillments(
    records: Sequence[Mapped[FulfillmentRecord]], links: Links, places: Mapping[str, UUID]
) -> Sorted[FulfillmentEntry]:
    """Answer work in our locations and SKUs; one unknown id refuses the whole."""
    result: Sorted[FulfillmentEntry] = Sorted()
    for mapped in records:
        record = mapped.record
        try:
            entry = FulfillmentEntry(
                record,
                _place(places, record.location_ref, "location"),
                _work(record.lines, links, "lines"),
                tuple(_work(parcel.lines, links, "shipments") for parcel in record.shipments),
            )
        except _Missing as missing:
            ask = {"ref": record.order_ref}
            result.refused.append(missing.entry("fulfillments", record.ref, mapped.raw, ask))
        else:
            result.entries.append(entry)
    return result


def _work(lines: Sequence[FulfillmentLineRecord], links: Links, path: str) -> tuple[WorkLine, ...]:
    return tuple(
        WorkLine(place, link.sku, line.quantity * link.units_per, line.line_ref)
        for place, line in enumerate(lines)
        for link in [_link(links, line.item, f"{path}[{place}].item")]
    )


def items_of_order(record: OrderRecord) -> list[str]:
    """Answer the items that an order names."""
    return [line.item for line in record.lines]


def items_of_work(record: FulfillmentRecord) -> list[str]:
    """Answer the items that a location's work names."""
    parcels = [line.item for parcel in record.shipments for line in parcel.lines]
    return [line.item for line in record.lines] + parcels


def _link(links: Links, item: str, path: str) -> ItemLink:
    link = links.get(item)
    if link is None:
        raise _Missing("UNMAPPED_ITEM", path, item)
    return link


def _place(places: Mapping[str, UUID], ref: str, path: str) -> UUID:
    place = places.get(ref)
    if place is None:
        raise _Missing("UNMAPPED_LOCATION", path, ref)
    return place


def _times(quantity: int | None, units: int) -> int | None:
    return None if quantity is None else quantity * units


def _each(price: Decimal, units: int) -> Decimal:
    return price if units == 1 else price / units
