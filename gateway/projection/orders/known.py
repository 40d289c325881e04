"""Reads what is known of records, whole and with the version of their rows, to compare with.

The row is read first and what belongs to it after: whoever writes it meanwhile leaves another
version behind, so that what was read in two states is never taken for one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from gateway.model.order import ShipmentRecord
from gateway.projection.customers.write import KnownBuyer, load_buyers
from gateway.projection.orders.entries import OrderLine
from gateway.projection.orders.fulfillments import FulfillmentEntry, WorkLine
from gateway.projection.orders.write import load_known_orders

if TYPE_CHECKING:
    from gateway.projection.database import Executor

Parcel = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class KnownOrder:
    """A channel's order as it is known."""

    row: Mapping[str, Any]
    lines: Sequence[OrderLine]
    refs: frozenset[tuple[str, str]]
    buyer: KnownBuyer | None


@dataclass(frozen=True, slots=True)
class KnownWork:
    """A location's work as it is known, its parcels by their source's id."""

    row: Mapping[str, Any]
    lines: tuple[WorkLine, ...]
    parcels: Mapping[str, Parcel]


async def load_orders_whole(
    executor: "Executor", source_id: str, refs: Sequence[str]
) -> dict[str, KnownOrder]:
    """Answer a channel's own orders by ref."""
    known = await load_known_orders(executor, source_id, refs)
    ids = [row["id"] for row in known.rows.values()]
    named: dict[UUID, set[tuple[str, str]]] = {key: set() for key in ids}
    for row in await executor.fetch(
        """SELECT order_id, kind, external_id FROM external_ref
           WHERE order_id = ANY($1::uuid[]) AND source_id = $2""",
        ids, source_id,
    ):  # fmt: skip
        named[row["order_id"]].add((row["kind"], row["external_id"]))
    buyers = await load_buyers(executor, [row["buyer_id"] for row in known.rows.values()])
    return {
        ref: KnownOrder(
            row, known.lines[row["id"]], frozenset(named[row["id"]]), buyers.get(row["buyer_id"])
        )
        for ref, row in known.rows.items()
    }


async def load_work_whole(
    executor: "Executor", source_id: str, order_refs: Sequence[str]
) -> dict[str, KnownWork]:
    """Answer the work that a source has of orders, by the work's ref."""
    rows = await executor.fetch(
        """SELECT f.*, f.xmin AS seen FROM fulfillment f WHERE f.source_id = $1 AND f.order_id IN (
               SELECT r.order_id FROM external_ref r WHERE r.external_id = ANY($2::text[]))""",
        source_id, list(order_refs),
    )  # fmt: skip
    ids = [row["id"] for row in rows]
    lines: dict[UUID, list[WorkLine]] = {key: [] for key in ids}
    for line in await executor.fetch(
        """SELECT * FROM fulfillment_line WHERE fulfillment_id = ANY($1::uuid[])
           ORDER BY fulfillment_id, place""",
        ids,
    ):
        lines[line["fulfillment_id"]].append(_line(line))
    parcels = await _load_parcels(executor, ids)
    return {
        row["ref"]: KnownWork(dict(row), tuple(lines[row["id"]]), parcels[row["id"]])
        for row in rows
    }


def parcels_of(entry: FulfillmentEntry) -> dict[str, Parcel]:
    """Answer what a source says of parcels, as it compares with what is known."""
    told = zip(entry.record.shipments, entry.shipped, strict=True)
    return {parcel.ref: _parcel(parcel, lines) for parcel, lines in told}


async def _load_parcels(
    executor: "Executor", ids: Sequence[UUID]
) -> dict[UUID, dict[str, Parcel]]:
    rows = await executor.fetch(
        "SELECT * FROM shipment WHERE fulfillment_id = ANY($1::uuid[])", list(ids)
    )
    within: dict[UUID, list[WorkLine]] = {row["id"]: [] for row in rows}
    for line in await executor.fetch(
        """SELECT * FROM shipment_line WHERE shipment_id = ANY($1::uuid[])
           ORDER BY shipment_id, place""",
        list(within),
    ):
        within[line["shipment_id"]].append(_line(line))
    found: dict[UUID, dict[str, Parcel]] = {key: {} for key in ids}
    for row in rows:
        lines = tuple(within[row["id"]])
        parcel = ShipmentRecord(**{name: row[name] for name in _PARCEL}, lines=())
        found[row["fulfillment_id"]][row["ref"]] = _parcel(parcel, lines)
    return found


_PARCEL = (
    "ref", "carrier", "service", "tracking_number", "tracking_url", "shipped_at", "is_delivered",
    "delivered_at",
)  # fmt: skip


def _parcel(told: ShipmentRecord, lines: tuple[WorkLine, ...]) -> Parcel:
    return (*(getattr(told, name) for name in _PARCEL), lines)


def _line(row: Any) -> WorkLine:
    return WorkLine(row["place"], row["sku"], row["quantity"], row["line_ref"])
