"""How far the log goes, how much of that is final, and who holds it up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, LiteralString
from uuid import UUID

if TYPE_CHECKING:
    from gateway.projection.database import Executor


# Every number that was drawn of the positions' sequence and is the last of its row: of a position,
# or of a record of stock in quarantine, which tells of its SKU when it comes and when it goes.
CHANGED_STOCK: LiteralString = """(SELECT sequence, sku FROM position
    UNION ALL SELECT sequence, sku FROM quarantine WHERE sequence IS NOT NULL)"""


@dataclass(frozen=True, slots=True)
class Marks:
    """The last position that was drawn of the events, and of the positions' own sequence."""

    events: int = 0
    stock: int = 0


@dataclass(frozen=True, slots=True)
class Extent:
    """From where to where the log goes: what is up to `forgotten_to` is no longer kept."""

    forgotten_to: int
    drawn: Marks


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
    return (await load_extent(executor)).drawn


async def load_extent(executor: "Executor") -> Extent:
    """Answer from where the log is kept, and how far both sequences were drawn."""
    (row,) = await executor.fetch(
        """SELECT forgotten_to,
               (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM event_id) AS events,
               (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM position_sequence)
                   AS stock
           FROM log"""
    )
    return Extent(row["forgotten_to"], Marks(row["events"], row["stock"]))


async def take_transaction_id(connection: "Executor") -> None:
    """Let this transaction have its id: what it draws from here on is waited for.

    A number drawn before is one that `has_passed` does not know to be under way.
    """
    await connection.execute("SELECT pg_current_xact_id()")


async def draw_line(executor: "Executor") -> str:
    """Answer a transaction id of our own, above that of everybody who has drawn before this call.

    `executor` must not be in a transaction: it would wait for itself.
    """
    line: str = await executor.fetchval("SELECT pg_current_xact_id()::text")
    return line


async def has_passed(executor: "Executor", line: str) -> bool:
    """Answer whether every transaction below the line has ended, whatever database it is in.

    Then all that was drawn before the line is final: it is there, or never will be.
    """
    passed: bool = await executor.fetchval(
        "SELECT pg_snapshot_xmin(pg_current_snapshot()) > $1::text::xid8", line
    )
    return passed


@dataclass(frozen=True, slots=True)
class Blocker:
    """Who holds the oldest transaction id of the cluster; what may not be seen is None.

    `prepared` names a transaction that was prepared and never ended: it has no process.
    """

    pid: int | None
    prepared: str | None
    database: str | None
    user: str | None
    application: str | None
    state: str | None
    age_seconds: float | None


async def load_blocker(executor: "Executor") -> Blocker | None:
    """Answer whom a line waits for.

    Everybody's lock on its own transaction id can be seen by all; the rest of `pg_stat_activity`
    takes the role pg_read_all_stats where the transaction is another user's.
    """
    row: Any = await executor.fetchrow(
        """SELECT l.pid, p.gid AS prepared, coalesce(a.datname, p.database) AS database,
               coalesce(a.usename, p.owner) AS user, a.application_name AS application, a.state,
               extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, p.prepared))::float8
                   AS age_seconds
           FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
           LEFT JOIN pg_prepared_xacts p ON l.pid IS NULL AND p.transaction = l.transactionid
           WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted
             AND l.pid IS DISTINCT FROM pg_backend_pid()
           ORDER BY age(l.transactionid) DESC LIMIT 1"""
    )
    return None if row is None else Blocker(**dict(row))


async def load_changed_skus(
    executor: "Executor", skus: Sequence[str], *, after: int, upto: int
) -> list[str]:
    """Answer which of the SKUs have changed at any location after one place, up to another."""
    rows = await executor.fetch(
        f"""SELECT DISTINCT sku FROM {CHANGED_STOCK} AS changed
           WHERE sku = ANY($1::text[]) AND sequence > $2 AND sequence <= $3 ORDER BY sku""",
        list(skus), after, upto,
    )  # fmt: skip
    return [row["sku"] for row in rows]
