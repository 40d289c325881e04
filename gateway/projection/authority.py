"""Who owns a location's stock; where that has changed, what was read of it counts no more."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from gateway.projection.runs import ask_run

if TYPE_CHECKING:
    from gateway.projection.database import Connection


async def settle_authority(
    connection: "Connection", authorities: Sequence[str], now: datetime
) -> None:
    """Let the first of the sources that has a location own its stock."""
    rows = await connection.fetch(
        """UPDATE location l SET stock_source_id = first.source_id FROM (
               SELECT DISTINCT ON (r.location_id) r.location_id, r.source_id,
                   o.stock_source_id AS former
               FROM location_ref r JOIN location o ON o.id = r.location_id
               JOIN unnest($1::text[]) WITH ORDINALITY AS a(source_id, place)
                 ON a.source_id = r.source_id
               ORDER BY r.location_id, a.place) first
           WHERE first.location_id = l.id
             AND l.stock_source_id IS DISTINCT FROM first.source_id
           RETURNING l.id, first.source_id, first.former""",
        list(authorities),
    )  # fmt: skip
    moved = {row["id"]: row["source_id"] for row in rows if row["former"] is not None}
    await read_anew(connection, moved, now)


async def read_anew(connection: "Connection", owners: Mapping[UUID, str], now: datetime) -> None:
    """Let stock at locations be unknown until their owners were walked again, and ask for that.

    What an owner told of them before was not kept, or was kept of another location.
    """
    if not owners:
        return
    await connection.execute(
        """WITH former AS (
               SELECT p.sku, p.location_id, t.source_id FROM position p
               JOIN unnest($1::uuid[], $2::text[]) AS t(location_id, source_id) USING (location_id)
               ORDER BY p.sku, p.location_id FOR UPDATE OF p)
           UPDATE position p SET source_id = f.source_id, on_hand = NULL, committed = NULL,
               safety_stock = NULL, incoming = '[]', version = NULL,
               sequence = nextval('position_sequence')
           FROM former f WHERE p.sku = f.sku AND p.location_id = f.location_id""",
        list(owners), list(owners.values()),
    )  # fmt: skip
    for source_id in sorted(set(owners.values())):
        await _walk_anew(connection, source_id, now)


async def _walk_anew(connection: "Connection", source_id: str, now: datetime) -> None:
    """Begin a source's walk anew: whoever is in the midst of one has lost the stream."""
    await connection.execute(
        """UPDATE source_stream SET walked_at = NULL, walk_cursor = NULL, walk_started_at = NULL,
               lease_token = lease_token + 1
           WHERE source_id = $1 AND stream = 'stock'""",
        source_id,
    )
    key = f"authority\n{source_id}\n{now.isoformat()}"
    await ask_run(connection, source_id, "stock", "WALK", key=key, now=now)
