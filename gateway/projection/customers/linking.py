"""Links records of one customer: what has changed is planned anew, with all that it touches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from gateway.model.identity import LinkKey, LinkReason
from gateway.model.linking import CAP, Cluster, Decision, Identity, plan_links
from gateway.projection.database import transaction

if TYPE_CHECKING:
    from gateway.projection.database import Connection, Pool

LOCK = 7_221_903_512
BATCH = 200
MOST = 4_000
# What is followed from record to record: all of it, or less where that would be too much.
_FOLLOWED = (tuple(LinkReason), tuple(LinkReason)[:3], tuple(LinkReason)[:2])

_NEIGHBOURS = """
WITH RECURSIVE touched(id) AS (
    SELECT unnest($1::uuid[])
    UNION
    SELECT n.id FROM touched t CROSS JOIN LATERAL (
        SELECT o.record_id AS id FROM customer_key k
        JOIN customer_key o USING (reason, value)
        JOIN customer_record c ON c.id = o.record_id
        WHERE k.record_id = t.id AND k.reason = ANY($2::text[])
          AND (c.link_reason = k.reason OR $3::bigint >= (SELECT count(*) FROM (
              SELECT FROM customer_key x WHERE x.reason = k.reason AND x.value = k.value
              LIMIT $3::bigint + 1) AS holders))
        UNION ALL SELECT second_id FROM customer_decision WHERE first_id = t.id
        UNION ALL SELECT first_id FROM customer_decision WHERE second_id = t.id
        UNION ALL SELECT m.id FROM customer_record c JOIN customer_record m USING (customer_id)
        WHERE c.id = t.id) AS n)
SELECT id FROM touched LIMIT $4::bigint
"""
_KEYS = """
SELECT k.record_id, k.reason, k.value FROM customer_key k
WHERE k.record_id = ANY($1::uuid[]) AND k.reason = ANY($2::text[])
  AND $3::bigint >= (SELECT count(*) FROM (SELECT FROM customer_key x
      WHERE x.reason = k.reason AND x.value = k.value LIMIT $3::bigint + 1) AS holders)
"""


@dataclass(frozen=True, slots=True)
class Linked:
    """How many records were looked at, and how many now belong to another customer."""

    looked_at: int
    moved: int


async def link_changed(pool: "Pool", now: datetime, cap: int = CAP) -> Linked:
    """Link every record that has changed, in short transactions; safe to be killed at any time."""
    looked_at = moved = 0
    while True:
        async with transaction(pool) as connection:
            await lock_links(connection)
            ids = [row["id"] for row in await connection.fetch(
                "SELECT id FROM customer_record WHERE needs_linking ORDER BY id LIMIT $1", BATCH
            )]  # fmt: skip
            moved += await link_records(connection, ids, now, cap)
        looked_at += len(ids)
        if len(ids) < BATCH:
            return Linked(looked_at, moved)


async def lock_links(connection: "Connection") -> None:
    """Wait for whoever links; nobody else does until the transaction's end."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)


async def link_records(
    connection: "Connection", ids: Sequence[UUID], now: datetime, cap: int = CAP
) -> int:
    """Link records and all that they touch, in the caller's transaction; answer how many moved."""
    if not ids:
        return 0
    touched, followed = await _touched(connection, ids, cap)
    if touched is None:
        half = len(ids) // 2
        first = await link_records(connection, ids[:half], now, cap)
        return first + await link_records(connection, ids[half:], now, cap)
    identities = await _load_identities(connection, touched, followed, cap)
    decisions, deciders = await _load_decisions(connection, touched)
    clusters = plan_links(identities, decisions, cap)
    return await _write(connection, clusters, deciders, now)


async def _touched(
    connection: "Connection", ids: Sequence[UUID], cap: int
) -> tuple[list[UUID] | None, Sequence[LinkReason]]:
    """Answer the records that these touch, and what was followed; None when they are too many."""
    for followed in _FOLLOWED:
        reasons = [each.value for each in followed]
        rows = await connection.fetch(_NEIGHBOURS, list(ids), reasons, 2 * cap, MOST + 1)
        if len(rows) <= MOST:
            return [row["id"] for row in rows], followed
        if len(ids) > 1:
            return None, ()
    return list(ids), ()


async def _load_identities(
    connection: "Connection", ids: Sequence[UUID], followed: Sequence[LinkReason], cap: int
) -> list[Identity]:
    keys: dict[UUID, set[LinkKey]] = {each: set() for each in ids}
    for row in await connection.fetch(_KEYS, list(ids), [r.value for r in followed], cap):
        keys[row["record_id"]].add(LinkKey(LinkReason(row["reason"]), row["value"]))
    rows = await connection.fetch(
        "SELECT id, source_id, ref FROM customer_record WHERE id = ANY($1::uuid[])", list(ids)
    )
    return [
        Identity(row["id"], f"{row['source_id']}/{row['ref']}", frozenset(keys[row["id"]]))
        for row in rows
    ]


async def _load_decisions(
    connection: "Connection", ids: Sequence[UUID]
) -> tuple[list[Decision], dict[UUID, str]]:
    rows = await connection.fetch(
        """SELECT first_id, second_id, are_one, decided_by FROM customer_decision
           WHERE first_id = ANY($1::uuid[]) AND second_id = ANY($1::uuid[])""",
        list(ids),
    )
    deciders = {
        record: row["decided_by"]
        for row in rows
        if row["are_one"]
        for record in (row["first_id"], row["second_id"])
    }
    return [Decision(r["first_id"], r["second_id"], r["are_one"]) for r in rows], deciders


async def _write(
    connection: "Connection",
    clusters: Sequence[Cluster],
    deciders: Mapping[UUID, str],
    now: datetime,
) -> int:
    told: list[tuple[Any, ...]] = [
        (
            record, cluster.id, reason and reason.value,
            deciders.get(record) if reason is LinkReason.OPERATOR else reason and "trama",
        )
        for cluster in clusters
        for record, reason in cluster.members.items()
    ]  # fmt: skip
    moved: int = await connection.fetchval(
        """WITH told AS (
               SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[])
                   AS t(id, customer_id, reason, decided_by)),
           written AS (
               UPDATE customer_record c SET customer_id = t.customer_id, link_reason = t.reason,
                   linked_by = t.decided_by, needs_linking = false,
                   linked_at = CASE WHEN t.reason IS NULL THEN NULL
                       WHEN c.customer_id = t.customer_id AND c.link_reason = t.reason
                       THEN c.linked_at ELSE $5 END
               FROM told t, customer_record old
               WHERE c.id = t.id AND old.id = c.id AND (c.needs_linking
                   OR (c.customer_id, c.link_reason) IS DISTINCT FROM (t.customer_id, t.reason))
               RETURNING old.customer_id <> t.customer_id AS has_moved)
           SELECT count(*) FILTER (WHERE has_moved) FROM written""",
        *(list(column) for column in zip(*told, strict=True)), now,
    )  # fmt: skip
    return moved
