"""Endpoints: where principals want their events to be sent."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg

from gateway.model.webhooks import EndpointState, PauseReason
from gateway.projection.conditions import Conditions

if TYPE_CHECKING:
    from gateway.projection.database import Connection, Executor


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint; its secrets are sealed, and in no text of it."""

    id: UUID
    owner: str
    url: str
    description: str | None
    types: tuple[str, ...]
    channels: tuple[str, ...]
    position: int
    state: EndpointState
    pause_reason: PauseReason | None
    paused_at: datetime | None
    failing_since: datetime | None
    dead_in_row: int
    held_until: datetime | None
    missed_after: int | None
    missed_to: int | None
    missed_at: datetime | None
    created_at: datetime
    previous_until: datetime | None
    secret: str = field(repr=False)
    previous_secret: str | None = field(repr=False)

    @property
    def is_active(self) -> bool:
        """Whether it is delivered to."""
        return self.state is EndpointState.ACTIVE


@dataclass(frozen=True, slots=True)
class EndpointWish:
    """What an endpoint is to be; no type or channel at all is every one."""

    url: str
    description: str | None
    types: tuple[str, ...]
    channels: tuple[str, ...]


_COLUMNS = """id, owner, url, description, types, channels, position, state, pause_reason,
    paused_at, failing_since, dead_in_row, held_until, missed_after, missed_to, missed_at,
    created_at, previous_until, secret, previous_secret"""


async def add_endpoint(
    executor: "Executor",
    key: UUID,
    owner: str,
    wish: EndpointWish,
    *,
    secret: str,
    position: int,
    now: datetime,
) -> Endpoint:
    """Write a new endpoint, for which the log is read from a position on."""
    row = await executor.fetchrow(
        f"""INSERT INTO webhook_endpoint (id, owner, url, description, types, channels, secret,
                position, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            RETURNING {_COLUMNS}""",
        key, owner, wish.url, wish.description, list(wish.types), list(wish.channels), secret,
        position, now,
    )  # fmt: skip
    if row is None:
        raise RuntimeError("the endpoint was not written")
    return _endpoint(row)


async def count_endpoints(executor: "Executor", owner: str) -> int:
    """Answer how many endpoints a principal has."""
    count: int = await executor.fetchval(
        "SELECT count(*)::int FROM webhook_endpoint WHERE owner = $1", owner
    )
    return count


async def load_endpoints(
    executor: "Executor", owner: str | None, *, after: UUID | None = None, limit: int = 1000
) -> list[Endpoint]:
    """Answer a page of one principal's endpoints, or of everybody's, the oldest first."""
    rows = await executor.fetch(
        f"""SELECT {_COLUMNS} FROM webhook_endpoint
            WHERE ($1::text IS NULL OR owner = $1) AND ($2::uuid IS NULL OR id > $2)
            ORDER BY id LIMIT $3""",
        owner, after, limit,
    )  # fmt: skip
    return [_endpoint(row) for row in rows]


async def load_endpoint(executor: "Executor", key: UUID, owner: str | None) -> Endpoint | None:
    """Answer an endpoint if it is the principal's, or whosever it is."""
    return await _find(executor, key, owner, "")


async def lock_endpoint(connection: "Connection", key: UUID, owner: str | None) -> Endpoint | None:
    """Answer an endpoint that nobody else changes until this transaction ends."""
    return await _find(connection, key, owner, " FOR UPDATE")


async def load_active(executor: "Executor", below: int | None = None) -> list[UUID]:
    """Answer the endpoints that are delivered to; those that are read less far than a position."""
    rows = await executor.fetch(
        """SELECT id FROM webhook_endpoint
           WHERE state = 'ACTIVE' AND ($1::bigint IS NULL OR position < $1) ORDER BY id""",
        below,
    )
    return [row["id"] for row in rows]


async def change_endpoint(executor: "Executor", key: UUID, wish: EndpointWish) -> None:
    """Write what an endpoint is to be from now on."""
    await executor.execute(
        """UPDATE webhook_endpoint SET url = $2, description = $3, types = $4, channels = $5
           WHERE id = $1""",
        key, wish.url, wish.description, list(wish.types), list(wish.channels),
    )  # fmt: skip


async def rotate_secret(
    executor: "Executor", key: UUID, secret: str, previous_until: datetime
) -> None:
    """Sign with another secret from now on, and with the one before for a while too."""
    await executor.execute(
        """UPDATE webhook_endpoint SET previous_secret = secret, secret = $2, previous_until = $3
           WHERE id = $1""",
        key, secret, previous_until,
    )  # fmt: skip


async def forget_previous(executor: "Executor", now: datetime) -> None:
    """Remove secrets that are no longer signed with."""
    await executor.execute(
        """UPDATE webhook_endpoint SET previous_secret = NULL, previous_until = NULL
           WHERE previous_until <= $1""",
        now,
    )


async def pause_endpoint(
    executor: "Executor", key: UUID, reason: PauseReason, now: datetime
) -> bool:
    """Deliver no more to an endpoint; answer False where it is paused already."""
    paused = await executor.fetchval(
        """UPDATE webhook_endpoint SET state = 'PAUSED', pause_reason = $2, paused_at = $3
           WHERE id = $1 AND state = 'ACTIVE' RETURNING true""",
        key, reason.value, now,
    )  # fmt: skip
    return bool(paused)


async def resume_endpoint(executor: "Executor", key: UUID) -> None:
    """Deliver to an endpoint again; what has failed before counts no more."""
    await executor.execute(
        """UPDATE webhook_endpoint SET state = 'ACTIVE', pause_reason = NULL, paused_at = NULL,
               failing_since = NULL, dead_in_row = 0, held_until = NULL WHERE id = $1""",
        key,
    )


async def delete_endpoint(executor: "Executor", key: UUID) -> None:
    """Remove an endpoint with everything that was to be delivered to it."""
    await executor.execute("DELETE FROM webhook_endpoint WHERE id = $1", key)


async def rewind_endpoint(executor: "Executor", key: UUID, position: int) -> None:
    """Read the log again from a position on; an endpoint that is before it stays there."""
    await executor.execute(
        "UPDATE webhook_endpoint SET position = least(position, $2) WHERE id = $1", key, position
    )


async def advance_endpoint(executor: "Executor", key: UUID, read: int, position: int) -> bool:
    """Note how far the log was read; answer False where somebody else has read, or it is paused."""
    moved = await executor.fetchval(
        """UPDATE webhook_endpoint SET position = $3
           WHERE id = $1 AND position = $2 AND state = 'ACTIVE' RETURNING true""",
        key, read, position,
    )  # fmt: skip
    return bool(moved)


async def skip_missed(
    executor: "Executor", key: UUID, read: int, position: int, now: datetime
) -> bool:
    """Go on where the log begins by now, and note what is lost; False where somebody else has."""
    moved = await executor.fetchval(
        """UPDATE webhook_endpoint SET position = $3, missed_after = $2, missed_to = $3,
               missed_at = $4 WHERE id = $1 AND position = $2 RETURNING true""",
        key, read, position, now,
    )  # fmt: skip
    return bool(moved)


async def count_states(executor: "Executor") -> dict[tuple[str, str], int]:
    """Answer how many endpoints there are, by state and why they are paused."""
    rows = await executor.fetch(
        """SELECT state, coalesce(pause_reason, '') AS reason, count(*)::int AS count
           FROM webhook_endpoint GROUP BY 1, 2"""
    )
    return {(row["state"], row["reason"]): row["count"] for row in rows}


async def _find(executor: "Executor", key: UUID, owner: str | None, suffix: str) -> Endpoint | None:
    where = Conditions([], [])
    where.add("id = {}", key)
    if owner is not None:
        where.add("owner = {}", owner)
    row = await executor.fetchrow(
        f"SELECT {_COLUMNS} FROM webhook_endpoint WHERE {where.sql}{suffix}", *where.values
    )
    return None if row is None else _endpoint(row)


def _endpoint(row: "asyncpg.Record") -> Endpoint:
    reason = row["pause_reason"]
    told: dict[str, Any] = {
        **dict(row),
        "types": tuple(row["types"]),
        "channels": tuple(row["channels"]),
        "state": EndpointState(row["state"]),
        "pause_reason": None if reason is None else PauseReason(reason),
    }
    return Endpoint(**told)
