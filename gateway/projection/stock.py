"""Positions: what sources observed, in the order of their observations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson

from gateway.projection.marks import take_transaction_id
from gateway.projection.quarantine import MAY_BE_OF_POSITION

if TYPE_CHECKING:
    from gateway.projection.database import Connection


@dataclass(frozen=True, slots=True)
class PositionFacts:
    """What a source says of a position, in whole stock units and in our ids."""

    sku: str
    location_id: UUID
    on_hand: int | None
    committed: int | None
    safety_stock: int | None
    incoming: list[dict[str, Any]]
    version: int | None
    observed_at: datetime


# A position that is there draws once its row is locked, and only if a fact of it has changed, or
# its source, which dates it.
_DRAWN_IF_NEW = """coalesce((SELECT q.sequence FROM position q
    WHERE q.sku = t.sku AND q.location_id = t.location_id), nextval('position_sequence'))"""
_APPLY = f"""
INSERT INTO position AS p (sku, location_id, source_id, on_hand, committed, safety_stock, incoming,
    version, observed_at, sequence)
SELECT t.sku, t.location_id, $1, t.on_hand, t.committed, t.safety_stock, t.incoming::jsonb,
    t.version, t.observed_at, {_DRAWN_IF_NEW}
FROM unnest($2::text[], $3::uuid[], $4::int[], $5::int[], $6::int[], $7::text[], $8::bigint[],
    $9::timestamptz[]) AS t(sku, location_id, on_hand, committed, safety_stock, incoming, version,
    observed_at)
JOIN location l ON l.id = t.location_id AND l.stock_source_id = $1
ORDER BY t.sku COLLATE "C", t.location_id
ON CONFLICT (sku, location_id) DO UPDATE SET source_id = excluded.source_id,
    on_hand = excluded.on_hand, committed = excluded.committed,
    safety_stock = excluded.safety_stock, incoming = excluded.incoming,
    version = excluded.version, observed_at = excluded.observed_at,
    sequence = CASE
        WHEN (p.source_id, p.on_hand, p.committed, p.safety_stock, p.incoming) IS DISTINCT FROM
            (excluded.source_id, excluded.on_hand, excluded.committed, excluded.safety_stock,
                excluded.incoming)
        THEN nextval('position_sequence') ELSE p.sequence END
WHERE p.source_id <> excluded.source_id OR CASE
    WHEN p.version IS NOT NULL AND excluded.version IS NOT NULL
    THEN (excluded.version, excluded.observed_at) >= (p.version, p.observed_at)
    ELSE excluded.observed_at >= p.observed_at END
"""


async def apply_stock(
    connection: "Connection", source_id: str, facts: Sequence[PositionFacts]
) -> None:
    """Write observations of the locations whose stock the source owns; older never beats newer.

    Of two observations of one position in `facts`, the later one counts.
    """
    latest = _latest(facts)
    await take_transaction_id(connection)
    await connection.execute(
        _APPLY,
        source_id,
        [fact.sku for fact in latest],
        [fact.location_id for fact in latest],
        [fact.on_hand for fact in latest],
        [fact.committed for fact in latest],
        [fact.safety_stock for fact in latest],
        [orjson.dumps(fact.incoming).decode() for fact in latest],
        [fact.version for fact in latest],
        [fact.observed_at for fact in latest],
    )


def _latest(facts: Sequence[PositionFacts]) -> list[PositionFacts]:
    chosen: dict[tuple[str, UUID], PositionFacts] = {}
    for fact in facts:
        key = (fact.sku, fact.location_id)
        known = chosen.get(key)
        if known is None or not _is_older(fact, known):
            chosen[key] = fact
    return [chosen[key] for key in sorted(chosen)]


def _is_older(fact: PositionFacts, known: PositionFacts) -> bool:
    if fact.version is not None and known.version is not None:
        return (fact.version, fact.observed_at) < (known.version, known.observed_at)
    return fact.observed_at < known.observed_at


async def clear_unlisted(
    connection: "Connection", source_id: str, walked_at: datetime
) -> list[str]:
    """Set to 0 what a complete walk begun at `walked_at` did not list.

    Answers, as the source's `item@location`, what had not been 0.

    A position whose record was put in quarantine since was listed, though it could not be read.
    """
    rows = await connection.fetch(
        f"""WITH unlisted AS (
               SELECT sku, location_id, (on_hand, coalesce(committed, 0)) IS DISTINCT FROM (0, 0)
                   AS was_there, incoming <> '[]' AS was_to_come
               FROM position p WHERE source_id = $1 AND observed_at < $2 AND NOT EXISTS (
                   SELECT FROM quarantine q WHERE {MAY_BE_OF_POSITION} AND q.last_seen_at >= $2)
               ORDER BY sku, location_id FOR UPDATE),
           cleared AS (
               UPDATE position p SET on_hand = 0, incoming = '[]', observed_at = $2, version = NULL,
                   committed = CASE WHEN p.committed IS NULL THEN NULL ELSE 0 END,
                   sequence = CASE WHEN u.was_there OR u.was_to_come
                       THEN nextval('position_sequence') ELSE p.sequence END
               FROM unlisted u WHERE p.sku = u.sku AND p.location_id = u.location_id
               RETURNING p.sku, p.location_id, u.was_there)
           SELECT (SELECT min(i.external_id) FROM item_ref i
                   WHERE i.source_id = $1 AND i.sku = c.sku) || '@' || (
                   SELECT min(l.external_id) FROM location_ref l
                   WHERE l.source_id = $1 AND l.location_id = c.location_id) AS name
           FROM cleared c WHERE c.was_there ORDER BY 1""",
        source_id, walked_at,
    )  # fmt: skip
    return [row["name"] for row in rows]


async def clear_gone(
    connection: "Connection", source_id: str, positions: Sequence[tuple[str, UUID]], at: datetime
) -> None:
    """Write 0 for positions that the source was asked for and does not have, as of `at`."""
    chosen = sorted(set(positions))
    await take_transaction_id(connection)
    await connection.execute(
        f"""INSERT INTO position AS p (sku, location_id, source_id, on_hand, observed_at, sequence)
           SELECT t.sku, t.location_id, $1, 0, $4, {_DRAWN_IF_NEW}
           FROM unnest($2::text[], $3::uuid[]) AS t(sku, location_id)
           JOIN location l ON l.id = t.location_id AND l.stock_source_id = $1
           ON CONFLICT (sku, location_id) DO UPDATE SET on_hand = 0, incoming = '[]',
               committed = CASE WHEN p.committed IS NULL THEN NULL ELSE 0 END, version = NULL,
               observed_at = excluded.observed_at,
               sequence = CASE WHEN p.incoming <> '[]'
                   OR (p.on_hand, coalesce(p.committed, 0)) IS DISTINCT FROM (0, 0)
                   THEN nextval('position_sequence') ELSE p.sequence END
           WHERE p.source_id = $1 AND p.observed_at <= excluded.observed_at""",
        source_id, [sku for sku, _ in chosen], [place for _, place in chosen], at,
    )  # fmt: skip
