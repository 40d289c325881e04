"""Customers, and what each source calls them. All of it is personal data."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from gateway.model.customer import CustomerRecord
from gateway.model.ids import uuid7

if TYPE_CHECKING:
    from gateway.projection.database import Connection, Executor


async def apply_customers(
    connection: "Connection", source_id: str, records: Sequence[CustomerRecord], now: datetime
) -> dict[str, UUID]:
    """Write what a source says of customers; answer our id of each by its ref.

    The caller holds the refs' locks. Older never overwrites newer.
    """
    latest = {r.ref: r for r in sorted(records, key=lambda r: r.observed_at)}
    rows = await connection.fetch(
        """SELECT external_id, customer_id FROM customer_ref
           WHERE source_id = $1 AND external_id = ANY($2::text[])""",
        source_id, list(latest),
    )  # fmt: skip
    ids: dict[str, UUID] = {row["external_id"]: row["customer_id"] for row in rows}
    known = set(ids)
    ids.update({ref: uuid7(now) for ref in latest if ref not in known})
    await connection.executemany(
        """INSERT INTO customer AS c (id, name, emails, phones, tax_id, observed_at)
           VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (id) DO UPDATE SET name = excluded.name, emails = excluded.emails,
               phones = excluded.phones, tax_id = excluded.tax_id,
               observed_at = excluded.observed_at
           WHERE excluded.observed_at >= c.observed_at""",
        [
            (ids[ref], r.name, list(r.emails), list(r.phones), r.tax_id, r.observed_at)
            for ref, r in latest.items()
        ],
    )
    await connection.executemany(
        "INSERT INTO customer_ref (source_id, external_id, customer_id) VALUES ($1, $2, $3)",
        [(source_id, ref, ids[ref]) for ref in latest if ref not in known],
    )
    return ids


async def load_customers(executor: "Executor", ids: Sequence[UUID]) -> "dict[UUID, asyncpg.Record]":
    """Answer customers by id."""
    rows = await executor.fetch("SELECT * FROM customer WHERE id = ANY($1::uuid[])", list(ids))
    return {row["id"]: row for row in rows}


async def load_customer_refs(
    executor: "Executor", ids: Sequence[UUID]
) -> "dict[UUID, list[asyncpg.Record]]":
    """Answer what sources call customers."""
    rows = await executor.fetch(
        """SELECT customer_id, source_id, external_id FROM customer_ref
           WHERE customer_id = ANY($1::uuid[]) ORDER BY source_id, external_id""",
        list(ids),
    )
    found: dict[UUID, list[asyncpg.Record]] = {each: [] for each in ids}
    for row in rows:
        found[row["customer_id"]].append(row)
    return found


async def find_customers(
    executor: "Executor", refs: Sequence[tuple[str, str]], verified_emails: Sequence[str]
) -> list[UUID]:
    """Answer the customers with any of the (source, ref) pairs or the verified e-mails."""
    rows = await executor.fetch(
        """SELECT customer_id AS id FROM customer_ref
           JOIN unnest($1::text[], $2::text[]) AS t(source_id, external_id)
             USING (source_id, external_id)
           UNION
           SELECT id FROM customer WHERE emails && $3::text[]""",
        [source for source, _ in refs], [ref for _, ref in refs],
        [email.casefold() for email in verified_emails],
    )  # fmt: skip
    return [row["id"] for row in rows]
