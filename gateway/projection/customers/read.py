"""Reads customers, always within a reach: a customer is the records of it that may be seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from gateway.model.identity import LinkReason, email_of, phone_of, tax_id_of
from gateway.projection.conditions import Conditions

if TYPE_CHECKING:
    from gateway.projection.database import Executor

_DATED = """CASE WHEN NOT c.is_quarantined AND c.observed_at >= s.covered_since
    THEN greatest(c.observed_at, s.watermark) ELSE c.observed_at END"""


@dataclass(frozen=True, slots=True)
class RecordReach:
    """Which records may be seen: all, or these."""

    everything: bool
    records: tuple[UUID, ...] = ()


async def find_records(
    executor: "Executor", refs: Sequence[tuple[str, str]], verified_emails: Sequence[str]
) -> list[UUID]:
    """Answer the records with any of the (source, ref) pairs or the verified e-mails."""
    rows = await executor.fetch(
        """SELECT id FROM customer_record
           JOIN unnest($1::text[], $2::text[]) AS t(source_id, ref) USING (source_id, ref)
           UNION
           SELECT id FROM customer_record WHERE emails && $3::text[]""",
        [source for source, _ in refs], [ref for _, ref in refs],
        [email.casefold() for email in verified_emails],
    )  # fmt: skip
    return [row["id"] for row in rows]


async def load_customers(
    executor: "Executor", ids: Sequence[UUID], reach: RecordReach
) -> "dict[UUID, list[asyncpg.Record]]":
    """Answer, by any record's id or the customer's own, the customer's records within reach."""
    where = Conditions(["(c.gone_at IS NULL OR c.id = a.id)"], [list(ids)])
    records_within(reach, where)
    rows = await executor.fetch(
        f"""WITH asked AS (
                SELECT t.id, coalesce(r.customer_id, t.id) AS customer_id
                FROM unnest($1::uuid[]) AS t(id) LEFT JOIN customer_record r ON r.id = t.id)
            SELECT a.id AS asked_id, c.*, {_DATED} AS as_of
            FROM asked a JOIN customer_record c USING (customer_id)
            LEFT JOIN source_stream s ON s.source_id = c.source_id AND s.stream = 'customers'
            WHERE {where.sql} ORDER BY c.source_id, c.ref""",
        *where.values,
    )
    found: dict[UUID, list[asyncpg.Record]] = {}
    for row in rows:
        found.setdefault(row["asked_id"], []).append(row)
    return found


async def find_customers(
    executor: "Executor", text: str, reach: RecordReach, *, after: UUID | None, limit: int
) -> list[UUID]:
    """Answer the ids of customers by an e-mail, a tax id, a phone, or how their name begins."""
    where = Conditions(["c.gone_at IS NULL"], [])
    _searched(text.strip(), where)
    records_within(reach, where)
    if after is not None:
        where.add("c.customer_id > {}", after)
    rows = await executor.fetch(
        f"""SELECT DISTINCT c.customer_id FROM customer_record c WHERE {where.sql}
            ORDER BY c.customer_id LIMIT {limit:d}""",
        *where.values,
    )
    return [row["customer_id"] for row in rows]


def records_within(reach: RecordReach, conditions: Conditions) -> None:
    """Add the condition that a record `c` is within reach."""
    if not reach.everything:
        conditions.add("c.id = ANY({}::uuid[])", list(reach.records))


def _searched(text: str, where: Conditions) -> None:
    if not text:
        return
    if email_of(text, frozenset()) is not None:
        where.add("c.emails && ARRAY[{}::text]", text.casefold())
        return
    for reason, value in (
        (LinkReason.TAX_ID, tax_id_of(text)),
        (LinkReason.PHONE, phone_of(text)),
    ):
        if value is not None:
            where.values += [reason.value, value]
            n = len(where.values)
            where.texts.append(
                "EXISTS (SELECT FROM customer_key k WHERE k.record_id = c.id"
                f" AND k.reason = ${n - 1} AND k.value = ${n})"
            )
            return
    escaped = text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    where.add("lower(c.name) LIKE {} || '%'", escaped)
