"""Reads what belongs to orders, always within a reach: of an order beyond it, nothing."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from gateway.projection.conditions import EACH, Conditions
from gateway.projection.orders.reach import Within, orders_within

Rows = list["asyncpg.Record"]
# What hangs on an order, and the stream that tells of it.
_TOLD = {"fulfillment": "fulfillments", "order_copy": "orders", "invoice": "invoices"}


def _dated(row: str) -> str:
    return f"""CASE WHEN NOT {row}.is_quarantined AND {row}.observed_at >= s.covered_since
        THEN greatest({row}.observed_at, s.watermark) ELSE {row}.observed_at END AS as_of"""


def _of_orders(within: Within, ids: Sequence[UUID]) -> Conditions:
    """Answer the condition that an order `o` is one of these and within reach."""
    where = Conditions([], [])
    where.add("o.id = ANY({}::uuid[])", list(ids))
    orders_within(within.reach, where)
    return where


async def load_lines(within: Within, order_ids: Sequence[UUID]) -> dict[UUID, Rows]:
    """Answer the lines of orders, each with its order's currency and status."""
    where = _of_orders(within, order_ids)
    rows = await within.executor.fetch(
        f"""SELECT l.*, o.currency, o.status AS order_status
            FROM order_line l JOIN sales_order o ON o.id = l.order_id
            WHERE {where.sql} ORDER BY l.order_id, l.place""",
        *where.values,
    )
    return _grouped(rows, "order_id", order_ids)


async def load_worked_units(within: Within, order_ids: Sequence[UUID]) -> dict[UUID, Rows]:
    """Answer the units that locations have to send, have sent and have delivered, per order."""
    where = _of_orders(within, order_ids)
    rows = await within.executor.fetch(
        f"""WITH work AS (
                SELECT f.id, f.order_id, f.status
                FROM fulfillment f JOIN sales_order o ON o.id = f.order_id
                WHERE f.gone_at IS NULL AND {where.sql})
            SELECT f.order_id, l.sku, l.line_ref, l.quantity,
                CASE WHEN f.status = 'CANCELLED' THEN 'cancelled' ELSE 'allocated' END AS state
            FROM work f JOIN fulfillment_line l ON l.fulfillment_id = f.id
            UNION ALL
            SELECT f.order_id, l.sku, l.line_ref, l.quantity, state
            FROM work f JOIN shipment s ON s.fulfillment_id = f.id
            JOIN shipment_line l ON l.shipment_id = s.id
            CROSS JOIN LATERAL (SELECT 'shipped' AS state
                UNION ALL SELECT 'delivered' WHERE s.is_delivered) AS states""",
        *where.values,
    )
    return _grouped(rows, "order_id", order_ids)


async def load_refs(within: Within, order_ids: Sequence[UUID]) -> dict[UUID, Rows]:
    """Answer what sources call orders: the orders themselves, work, copies and invoices."""
    where = _of_orders(within, order_ids)
    rows = await within.executor.fetch(
        f"""WITH named AS (SELECT o.id FROM sales_order o WHERE {where.sql})
            SELECT order_id, source_id, kind, external_id
            FROM external_ref JOIN named n ON n.id = order_id
            UNION ALL SELECT order_id, source_id, 'fulfillment', ref
            FROM fulfillment JOIN named n ON n.id = order_id WHERE gone_at IS NULL
            UNION ALL SELECT order_id, source_id, 'order', ref
            FROM order_copy JOIN named n ON n.id = order_id WHERE gone_at IS NULL
            UNION ALL SELECT order_id, source_id, 'invoice', ref
            FROM invoice JOIN named n ON n.id = order_id WHERE gone_at IS NULL
            ORDER BY order_id, source_id, kind, external_id""",
        *where.values,
    )
    return _grouped(rows, "order_id", order_ids)


async def load_told(within: Within, order_ids: Sequence[UUID]) -> dict[UUID, Rows]:
    """Answer what was told of orders beside their headers: stream, source, its ref, as of when."""
    where = _of_orders(within, order_ids)
    told = " UNION ALL ".join(
        f"""SELECT x.order_id, '{stream}' AS stream, x.source_id, x.ref, {_dated("x")}
            FROM asked a CROSS JOIN LATERAL (
                SELECT * FROM {table} WHERE order_id = a.id AND gone_at IS NULL {EACH}) x
            LEFT JOIN source_stream s ON s.source_id = x.source_id AND s.stream = '{stream}'"""
        for table, stream in _TOLD.items()
    )
    rows = await within.executor.fetch(
        f"""WITH asked AS MATERIALIZED (SELECT o.id FROM sales_order o WHERE {where.sql})
            {told} ORDER BY order_id, source_id, ref""",
        *where.values,
    )
    return _grouped(rows, "order_id", order_ids)


async def load_work(within: Within, order_ids: Sequence[UUID]) -> dict[UUID, Rows]:
    """Answer the work of locations for orders."""
    return await _load_dated(within, "fulfillment", order_ids)


async def load_copies(within: Within, order_ids: Sequence[UUID]) -> dict[UUID, Rows]:
    """Answer what systems beside the channel have of orders."""
    return await _load_dated(within, "order_copy", order_ids)


async def load_invoices(within: Within, order_ids: Sequence[UUID]) -> dict[UUID, Rows]:
    """Answer the invoices of orders."""
    return await _load_dated(within, "invoice", order_ids)


async def load_work_by_id(within: Within, ids: Sequence[UUID]) -> dict[UUID, "asyncpg.Record"]:
    """Answer work by id, that of orders within reach."""
    where = Conditions([], [])
    where.add("f.id = ANY({}::uuid[])", list(ids))
    orders_within(within.reach, where)
    rows = await within.executor.fetch(
        f"""SELECT f.*, {_dated("f")} FROM fulfillment f JOIN sales_order o ON o.id = f.order_id
            LEFT JOIN source_stream s ON s.source_id = f.source_id AND s.stream = 'fulfillments'
            WHERE f.gone_at IS NULL AND {where.sql}""",
        *where.values,
    )
    return {row["id"]: row for row in rows}


async def load_work_lines(within: Within, work_ids: Sequence[UUID]) -> dict[UUID, Rows]:
    """Answer the lines of work."""
    where = _of_work(within, "f.id", work_ids)
    rows = await within.executor.fetch(
        f"""SELECT l.* FROM fulfillment_line l JOIN fulfillment f ON f.id = l.fulfillment_id
            JOIN sales_order o ON o.id = f.order_id
            WHERE {where.sql} ORDER BY l.fulfillment_id, l.place""",
        *where.values,
    )
    return _grouped(rows, "fulfillment_id", work_ids)


async def load_shipments(within: Within, work_ids: Sequence[UUID]) -> dict[UUID, Rows]:
    """Answer the parcels of work."""
    where = _of_work(within, "f.id", work_ids)
    rows = await within.executor.fetch(
        f"""SELECT p.* FROM shipment p JOIN fulfillment f ON f.id = p.fulfillment_id
            JOIN sales_order o ON o.id = f.order_id
            WHERE {where.sql} ORDER BY p.fulfillment_id, p.shipped_at NULLS LAST, p.ref""",
        *where.values,
    )
    return _grouped(rows, "fulfillment_id", work_ids)


async def load_shipment_lines(within: Within, shipment_ids: Sequence[UUID]) -> dict[UUID, Rows]:
    """Answer the lines of parcels."""
    where = _of_work(within, "p.id", shipment_ids)
    rows = await within.executor.fetch(
        f"""SELECT l.* FROM shipment_line l JOIN shipment p ON p.id = l.shipment_id
            JOIN fulfillment f ON f.id = p.fulfillment_id
            JOIN sales_order o ON o.id = f.order_id
            WHERE {where.sql} ORDER BY l.shipment_id, l.place""",
        *where.values,
    )
    return _grouped(rows, "shipment_id", shipment_ids)


def _of_work(within: Within, column: str, ids: Sequence[UUID]) -> Conditions:
    where = Conditions([], [])
    where.add(f"{column} = ANY({{}}::uuid[])", list(ids))
    orders_within(within.reach, where)
    return where


async def _load_dated(within: Within, table: str, order_ids: Sequence[UUID]) -> dict[UUID, Rows]:
    where = _of_orders(within, order_ids)
    rows = await within.executor.fetch(
        f"""SELECT x.*, {_dated("x")} FROM {table} x JOIN sales_order o ON o.id = x.order_id
            LEFT JOIN source_stream s ON s.source_id = x.source_id AND s.stream = '{_TOLD[table]}'
            WHERE x.gone_at IS NULL AND {where.sql} ORDER BY x.order_id, x.source_id, x.ref""",
        *where.values,
    )
    return _grouped(rows, "order_id", order_ids)


def _grouped(
    rows: Sequence["asyncpg.Record"], column: str, keys: Sequence[UUID]
) -> dict[UUID, Rows]:
    found: dict[UUID, Rows] = {key: [] for key in keys}
    for row in rows:
        found[row[column]].append(row)
    return found
