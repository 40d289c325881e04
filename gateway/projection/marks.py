"""How far the log goes, and how much of that is final."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from gateway.projection.database import Executor

Sleep = Callable[[float], Awaitable[None]]
FIRST_WAIT_SECONDS = 0.002
LONGEST_WAIT_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Marks:
    """The last position that was drawn of the events, and of the positions' own sequence."""

    events: int = 0
    stock: int = 0


@dataclass(frozen=True, slots=True)
class LogIdentity:
    """Which log this is, and the key of its cursors."""

    id: UUID
    key: bytes


async def load_identity(executor: "Executor") -> LogIdentity:
    """Answer which log this database has."""
    row = await executor.fetchrow("SELECT id, key FROM log")
    if row is None:
        raise LookupError("the log has no identity: the table `log` is empty")
    return LogIdentity(row["id"], row["key"])


async def load_marks(executor: "Executor") -> Marks:
    """Answer how far both sequences were drawn; what was drawn need not be final."""
    rows = await executor.fetch(
        """SELECT (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM event_id) AS events,
               (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM position_sequence)
                   AS stock"""
    )
    return Marks(**dict(rows[0]))


async def take_transaction_id(connection: "Executor") -> None:
    """Let this transaction have its id: what it draws from here on is waited for.

    A number drawn before is one that `until_final` does not know to be under way.
    """
    await connection.execute("SELECT pg_current_xact_id()")


async def until_final(executor: "Executor", sleep: Sleep = asyncio.sleep) -> None:
    """Wait until everything that was drawn before this call is final.

    Whoever draws has a transaction id by then; so once every transaction below an id of our own,
    taken now, has ended, nothing can still come to be below what was drawn. Transactions of the
    whole cluster count. `executor` must not be in a transaction.
    """
    horizon = await executor.fetchval("SELECT pg_current_xact_id()::text")
    wait = FIRST_WAIT_SECONDS
    while not await executor.fetchval(
        "SELECT pg_snapshot_xmin(pg_current_snapshot()) > $1::text::xid8", horizon
    ):
        await sleep(wait)
        wait = min(wait * 2, LONGEST_WAIT_SECONDS)


async def load_changed_skus(
    executor: "Executor", skus: Sequence[str], *, after: int, upto: int
) -> list[str]:
    """Answer which of the SKUs have changed at any location after one place, up to another."""
    rows = await executor.fetch(
        """SELECT DISTINCT sku FROM position
           WHERE sku = ANY($1::text[]) AND sequence > $2 AND sequence <= $3 ORDER BY sku""",
        list(skus), after, upto,
    )  # fmt: skip
    return [row["sku"] for row in rows]
