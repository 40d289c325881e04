"""Locks by ref: whoever writes an order, its work or its customer holds them until the commit."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.projection.database import Connection

_SPACE = 0x5472


async def lock_refs(connection: "Connection", refs: Iterable[str]) -> None:
    """Hold the locks of these refs, taken in one order, so that writers wait and never deadlock.

    Refs share 4,096 locks: the server's lock table holds them all.
    """
    await connection.execute(
        """SELECT pg_advisory_xact_lock($2, bucket) FROM (
               SELECT DISTINCT hashtext(ref) & 4095 AS bucket FROM unnest($1::text[]) AS t(ref)
               ORDER BY bucket) AS buckets""",
        sorted(set(refs)), _SPACE,
    )  # fmt: skip
