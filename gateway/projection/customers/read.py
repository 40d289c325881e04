"""Reads customers, always within a reach: a customer is the records of it that may be seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from gateway.model.identity import LinkKey, LinkReason, email_of, phone_of, tax_id_of
from gateway.projection.conditions import EACH, Conditions

if TYPE_CHECKING:
    from gateway.projection.database import Executor

_DATED = """CASE WHEN NOT c.is_quarantined AND c.observed_at >= s.covered_since
    THEN greatest(c.observed_at, s.watermark) ELSE c.observed_at END"""


@dataclass(frozen=True, slots=True)
class RecordReach:
    """Which records may be seen: all, or these."""

    everything: bool
    records: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Sought:
    """What is known of a customer; what is None does not matter. `name` is how a name begins."""

    email: str | None = None
    key: LinkKey | None = None
    name: str | None = None

    @classmethod
    def by_text(cls, text: str) -> "Sought":
        """Answer what somebody has typed: an e-mail, a tax id, a phone, or a name."""
        told = text.strip()
        if not told:
            return cls()
        if email_of(told, frozenset()) is not None:
            return cls(email=told)
        tax_id, phone = tax_id_of(told), phone_of(told)
        if tax_id is not None:
            return cls(key=LinkKey(LinkReason.TAX_ID, tax_id))
        return cls(name=told) if phone is None else cls(key=LinkKey(LinkReason.PHONE, phone))


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
    where = Conditions(["(c.gone_at IS NULL OR c.id = a.id)"], [list(dict.fromkeys(ids))])
    records_within(reach, where)
    rows = await executor.fetch(
        f"""WITH asked AS (
                SELECT t.id, coalesce(
                    (SELECT customer_id FROM customer_record WHERE id = t.id), t.id) AS customer_id
                FROM unnest($1::uuid[]) AS t(id))
            SELECT a.id AS asked_id, c.*, {_DATED} AS as_of
            FROM asked a CROSS JOIN LATERAL (
                SELECT * FROM customer_record WHERE customer_id = a.customer_id {EACH}) c
            LEFT JOIN source_stream s ON s.source_id = c.source_id AND s.stream = 'customers'
            WHERE {where.sql} ORDER BY c.source_id, c.ref""",
        *where.values,
    )
    found: dict[UUID, list[asyncpg.Record]] = {}
    for row in rows:
        found.setdefault(row["asked_id"], []).append(row)
    return found


async def find_customers(
    executor: "Executor",
    sought: Sought,
    reach: RecordReach,
    *,
    after: UUID | None,
    limit: int,
) -> list[UUID]:
    """Answer the ids of customers of whom this is known, in the order of the ids."""
    where = Conditions(["c.gone_at IS NULL"], [])
    _searched(sought, where)
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


def _searched(sought: Sought, where: Conditions) -> None:
    if sought.email is not None:
        where.add("c.emails && ARRAY[{}::text]", sought.email.strip().casefold())
    if sought.key is not None:
        where.values += [sought.key.reason.value, sought.key.value]
        n = len(where.values)
        where.texts.append(
            "EXISTS (SELECT FROM customer_key k WHERE k.record_id = c.id"
            f" AND k.reason = ${n - 1} AND k.value = ${n})"
        )
    if sought.name is not None:
        told = sought.name.lower().replace("\\", "\\\\")
        where.add("lower(c.name) LIKE {} || '%'", told.replace("%", "\\%").replace("_", "\\_"))
