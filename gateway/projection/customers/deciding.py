"""What people say of records: of one customer, or not; the customers follow at once."""

from collections.abc import Sequence
from datetime import datetime
from itertools import product
from typing import TYPE_CHECKING
from uuid import UUID

from gateway.projection.customers.linking import link_records

if TYPE_CHECKING:
    from gateway.projection.database import Connection, Executor


async def decide_one(
    connection: "Connection", groups: Sequence[Sequence[UUID]], by: str, now: datetime
) -> None:
    """Note that the records of these groups are of one customer, and link them.

    The caller holds the links' lock. What was said against it before no longer holds.
    """
    every = sorted(record for group in groups for record in group)
    await connection.execute(
        """DELETE FROM customer_decision WHERE NOT are_one
             AND first_id = ANY($1::uuid[]) AND second_id = ANY($1::uuid[])""",
        every,
    )
    heads = sorted(min(group) for group in groups)
    await _note(connection, [(heads[0], each) for each in heads[1:]], by, now, are_one=True)
    await link_records(connection, every, now)


async def decide_apart(
    connection: "Connection",
    records: Sequence[UUID],
    others: Sequence[UUID],
    by: str,
    now: datetime,
) -> None:
    """Note that none of `records` is of the customer of `others`, and link both anew.

    The caller holds the links' lock.
    """
    pairs = [(min(a, b), max(a, b)) for a, b in product(records, others)]
    await _note(connection, pairs, by, now, are_one=False)
    await link_records(connection, [*records, *others], now)


async def load_apart(executor: "Executor", records: Sequence[UUID]) -> list[UUID]:
    """Answer the records that a person has parted from these."""
    rows = await executor.fetch(
        """SELECT second_id AS id FROM customer_decision
           WHERE NOT are_one AND first_id = ANY($1::uuid[])
           UNION SELECT first_id FROM customer_decision
           WHERE NOT are_one AND second_id = ANY($1::uuid[])""",
        list(records),
    )
    return [row["id"] for row in rows]


async def _note(
    connection: "Connection",
    pairs: Sequence[tuple[UUID, UUID]],
    by: str,
    now: datetime,
    *,
    are_one: bool,
) -> None:
    await connection.executemany(
        """INSERT INTO customer_decision (first_id, second_id, are_one, decided_by, decided_at)
           VALUES ($1, $2, $3, $4, $5) ON CONFLICT (first_id, second_id) DO UPDATE
           SET are_one = excluded.are_one, decided_by = excluded.decided_by,
               decided_at = excluded.decided_at""",
        [(first, second, are_one, by, now) for first, second in pairs],
    )
