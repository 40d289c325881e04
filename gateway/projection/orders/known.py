"""Reads what is known of records, whole and with the version of their rows, to compare with.

One statement each, so that no record is read in two states. What waits in quarantine is left out:
reading it has to heal it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, LiteralString
from uuid import UUID

from gateway.projection.conditions import EACH
from gateway.projection.customers.write import KnownBuyer
from gateway.projection.orders.entries import HEADER, OrderLine
from gateway.projection.orders.fulfillments import FulfillmentEntry, WorkLine
from gateway.projection.orders.observations import Kind

if TYPE_CHECKING:
    from gateway.projection.database import Executor

PARCEL: tuple[LiteralString, ...] = (
    "carrier", "service", "tracking_number", "tracking_url", "shipped_at", "is_delivered",
    "delivered_at",
)  # fmt: skip


_facts = attrgetter(*PARCEL)


@dataclass(frozen=True, slots=True)
class KnownParcel:
    """A parcel as it is known, its facts by column."""

    id: UUID
    facts: Mapping[str, Any]
    lines: tuple[WorkLine, ...]


@dataclass(frozen=True, slots=True)
class KnownOrder:
    """A channel's order as it is known."""

    row: Mapping[str, Any]
    lines: tuple[OrderLine, ...]
    refs: frozenset[tuple[str, str]]
    buyer: KnownBuyer | None


@dataclass(frozen=True, slots=True)
class KnownWork:
    """A location's work as it is known: its parcels by ref, and what its source calls its place.

    `whole` is the row with its lines and parcels, each as rows.
    """

    row: Mapping[str, Any]
    lines: tuple[WorkLine, ...]
    parcels: Mapping[str, KnownParcel]
    places: Mapping[str, UUID]
    whole: Mapping[str, Any]

    @property
    def skus(self) -> set[str]:
        """Every SKU that it names."""
        parcels = (line.sku for parcel in self.parcels.values() for line in parcel.lines)
        return {*(line.sku for line in self.lines), *parcels}


def _well(stream: LiteralString, *refs: LiteralString) -> LiteralString:
    return f"""NOT x.is_quarantined AND NOT EXISTS (SELECT FROM quarantine q
        WHERE q.source_id = x.source_id AND q.stream = '{stream}' AND q.resolved_at IS NULL
          AND q.ref IN ({", ".join(refs)}))"""


_ROW: LiteralString = "x.id, x.xmin AS seen, x.ref, x.version, x.observed_at"
LOAD_ORDERS = f"""
SELECT {_ROW}, x.status, {", ".join(f"x.{name}" for name in HEADER)},
    ARRAY(SELECT ROW(l.ref, l.place, l.sku, l.title, l.quantity, l.unit_price, l.discount)
        FROM order_line l WHERE l.order_id = x.id ORDER BY l.place) AS lines,
    ARRAY(SELECT ROW(r.kind, r.external_id)
        FROM (SELECT * FROM external_ref WHERE order_id = x.id {EACH}) r
        WHERE r.source_id = x.source_id) AS refs,
    (SELECT ROW(c.id, c.xmin, c.ref, c.name, c.emails, c.phones, c.tax_id, c.observed_at,
            ARRAY(SELECT ROW(k.reason, k.value) FROM customer_key k WHERE k.record_id = c.id))
        FROM customer_record c
        WHERE c.id = x.buyer_id AND c.gone_at IS NULL AND NOT c.is_quarantined) AS buyer
FROM sales_order x
WHERE x.source_id = $1 AND x.ref = ANY($2::text[]) AND {_well("orders", "x.ref")}"""
LOAD_WORK = f"""
SELECT {_ROW}, x.order_ref, x.location_id, x.status, x.native_status,
    ARRAY(SELECT ROW(l.place, l.sku, l.quantity, l.line_ref)
        FROM fulfillment_line l WHERE l.fulfillment_id = x.id ORDER BY l.place) AS lines,
    ARRAY(SELECT ROW(s.id, s.ref, {", ".join(f"s.{name}" for name in PARCEL)},
            ARRAY(SELECT ROW(l.place, l.sku, l.quantity, l.line_ref)
                FROM shipment_line l WHERE l.shipment_id = s.id ORDER BY l.place))
        FROM shipment s WHERE s.fulfillment_id = x.id
        ORDER BY s.shipped_at NULLS LAST, s.ref) AS parcels,
    ARRAY(SELECT r.external_id FROM location_ref r
        WHERE r.source_id = x.source_id AND r.location_id = x.location_id) AS places
FROM (SELECT DISTINCT order_id FROM external_ref WHERE external_id = ANY($2::text[])) o
CROSS JOIN LATERAL (SELECT *, xmin FROM fulfillment
    WHERE order_id = o.order_id AND gone_at IS NULL {EACH}) x
WHERE x.source_id = $1 AND {_well("fulfillments", "x.ref", "x.order_ref")}"""


def load_beside(kind: Kind) -> str:
    """Answer the query of copies or invoices that have joined their order."""
    return f"""SELECT {_ROW}, x.order_ref, x.order_id, x.gone_at,
            {", ".join(f"x.{name}" for name in kind.columns)}
        FROM {kind.table} x WHERE x.source_id = $1 AND x.ref = ANY($2::text[])
          AND x.order_id IS NOT NULL AND {_well(kind.stream, "x.ref")}"""


async def load_known_orders(
    executor: "Executor", source_id: str, refs: Sequence[str]
) -> dict[str, KnownOrder]:
    """Answer a channel's own orders by ref."""
    rows = await executor.fetch(LOAD_ORDERS, source_id, list(refs))
    return {
        row["ref"]: KnownOrder(
            dict(row),
            tuple(OrderLine(*line) for line in row["lines"]),
            frozenset((kind, ref) for kind, ref in row["refs"]),
            None if row["buyer"] is None else KnownBuyer.of(row["buyer"]),
        )
        for row in rows
    }


async def load_known_beside(
    executor: "Executor", kind: Kind, source_id: str, refs: Sequence[str]
) -> dict[str, Mapping[str, Any]]:
    """Answer copies or invoices by ref."""
    rows = await executor.fetch(load_beside(kind), source_id, list(refs))
    return {row["ref"]: dict(row) for row in rows}


async def load_known_work(
    executor: "Executor", source_id: str, order_refs: Sequence[str]
) -> dict[str, KnownWork]:
    """Answer the work that a source has of orders, by the work's ref."""
    rows = await executor.fetch(LOAD_WORK, source_id, list(order_refs))
    return {row["ref"]: _work(dict(row)) for row in rows}


def _work(row: Mapping[str, Any]) -> KnownWork:
    lines = _lines(row["lines"])
    parcels = {
        ref: KnownParcel(key, dict(zip(PARCEL, facts, strict=True)), _lines(some))
        for key, ref, *facts, some in row["parcels"]
    }
    shown = [{"id": each.id, **each.facts, "lines": _rows(each.lines)} for each in parcels.values()]
    return KnownWork(
        row, lines, parcels, dict.fromkeys(row["places"], row["location_id"]),
        {**row, "lines": _rows(lines), "parcels": shown},
    )  # fmt: skip


def has_same_parcels(entry: FulfillmentEntry, known: Mapping[str, KnownParcel]) -> bool:
    """Answer whether a source says of parcels what is known of them."""
    told = zip(entry.record.shipments, entry.shipped, strict=True)
    return len(entry.record.shipments) == len(known) and all(
        (parcel := known.get(each.ref)) is not None
        and lines == parcel.lines
        and _facts(each) == tuple(parcel.facts.values())
        for each, lines in told
    )


def _lines(rows: Iterable[Any]) -> tuple[WorkLine, ...]:
    return tuple(WorkLine(*row) for row in rows)


def _rows(lines: Iterable[WorkLine]) -> list[dict[str, Any]]:
    return [{"sku": each.sku, "quantity": each.quantity} for each in lines]
