"""Tickets of event streams: each is used once, whichever process it is shown to."""

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.projection.database import Executor


async def keep_ticket(
    executor: "Executor",
    digest: bytes,
    content: bytes,
    *,
    valid_until: datetime,
    resumable_until: datetime,
) -> None:
    """Keep a ticket that was just made."""
    await executor.execute(
        """INSERT INTO stream_ticket (digest, content, valid_until, resumable_until)
           VALUES ($1, $2, $3, $4)""",
        digest, content, valid_until, resumable_until,
    )  # fmt: skip


async def forget_tickets(executor: "Executor", now: datetime) -> None:
    """Forget the tickets that are good for nothing any more, and whom they speak of."""
    await executor.execute("DELETE FROM stream_ticket WHERE valid_until <= $1", now)


async def use_ticket(
    executor: "Executor", digest: bytes, *, comes_back: bool, now: datetime
) -> bytes | None:
    """Use a ticket; answer what it is for, or None where it may not be used, or not again."""
    content: bytes | None = await executor.fetchval(
        """UPDATE stream_ticket
           SET used_at = coalesce(used_at, $2), valid_until = resumable_until
           WHERE digest = $1 AND valid_until > $2 AND (used_at IS NULL OR $3)
           RETURNING content""",
        digest, now, comes_back,
    )  # fmt: skip
    return content
