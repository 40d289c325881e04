"""Sources and their streams: how far each has been read, and who reads it now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    from gateway.projection.database import Executor


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A configured source and what is read from it."""

    id: str
    connector: str
    title: str
    roles: tuple[str, ...]
    streams: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StreamState:
    """How far a stream has been read; `watermark` dates rows read since `covered_since`."""

    source_id: str
    stream: str
    cursor: str | None
    covered_since: datetime | None
    watermark: datetime | None
    walked_at: datetime | None
    walk_cursor: str | None
    walk_started_at: datetime | None
    walk_rows: int
    walk_expected: int | None
    backfilled_at: datetime | None
    lease_token: int
    health: str
    health_since: datetime | None
    health_reason: str | None

    @property
    def known_until(self) -> datetime | None:
        """The later of the watermark and the last complete walk's start; None before either."""
        known = [each for each in (self.watermark, self.walked_at) if each is not None]
        return max(known, default=None)


class LeaseLost(RuntimeError):
    """Somebody else reads this stream now: what was read is not to be noted."""


_STATE = """source_id, stream, cursor, covered_since, watermark, walked_at, walk_cursor,
    walk_started_at, walk_rows, walk_expected, backfilled_at, lease_token, health, health_since,
    health_reason"""


async def register_sources(executor: "Executor", sources: Sequence[SourceSpec]) -> None:
    """Make the configured sources and their streams known; what is known is kept."""
    for source in sources:
        await executor.execute(
            """INSERT INTO source (id, connector, title, roles) VALUES ($1, $2, $3, $4)
               ON CONFLICT (id) DO UPDATE SET connector = excluded.connector,
                   title = excluded.title, roles = excluded.roles""",
            source.id, source.connector, source.title, list(source.roles),
        )  # fmt: skip
        await executor.execute(
            """INSERT INTO source_stream (source_id, stream) SELECT $1, unnest($2::text[])
               ON CONFLICT DO NOTHING""",
            source.id, list(source.streams),
        )  # fmt: skip


async def load_streams(executor: "Executor") -> list[StreamState]:
    """Answer every stream's state."""
    rows = await executor.fetch(f"SELECT {_STATE} FROM source_stream ORDER BY source_id, stream")
    return [_state(row) for row in rows]


async def load_stream(executor: "Executor", source_id: str, stream: str) -> StreamState:
    """Answer one stream's state; raises LookupError."""
    row = await executor.fetchrow(
        f"SELECT {_STATE} FROM source_stream WHERE source_id = $1 AND stream = $2",
        source_id, stream,
    )  # fmt: skip
    if row is None:
        raise LookupError(f"no stream {stream} of {source_id}")
    return _state(row)


async def has_unread(executor: "Executor", stream: str, source_ids: Sequence[str]) -> bool:
    """Answer whether there is a source among them whose stream was never read whole."""
    found: bool = await executor.fetchval(
        """SELECT EXISTS (SELECT FROM source_stream WHERE stream = $1
               AND source_id = ANY($2::text[]) AND backfilled_at IS NULL)""",
        stream, list(source_ids),
    )  # fmt: skip
    return found


async def take_lease(
    executor: "Executor", source_id: str, stream: str, owner: str, seconds: float
) -> StreamState | None:
    """Become the stream's only reader, or answer None while somebody else is."""
    row = await executor.fetchrow(
        f"""UPDATE source_stream SET lease_owner = $3, lease_token = lease_token + 1,
                lease_until = clock_timestamp() + make_interval(secs => $4)
            WHERE source_id = $1 AND stream = $2
              AND (lease_until IS NULL OR lease_until < clock_timestamp() OR lease_owner = $3)
            RETURNING {_STATE}""",
        source_id, stream, owner, seconds,
    )  # fmt: skip
    return None if row is None else _state(row)


async def renew_lease(
    executor: "Executor", source_id: str, stream: str, token: int, seconds: float
) -> None:
    """Stay the reader; raises LeaseLost."""
    kept = await executor.fetchval(
        """UPDATE source_stream SET lease_until = clock_timestamp() + make_interval(secs => $4)
           WHERE source_id = $1 AND stream = $2 AND lease_token = $3 RETURNING true""",
        source_id, stream, token, seconds,
    )  # fmt: skip
    if not kept:
        raise LeaseLost(f"{source_id}/{stream}")


async def release_lease(executor: "Executor", source_id: str, stream: str, token: int) -> None:
    """Let somebody else read; nothing when the lease is lost already."""
    await executor.execute(
        """UPDATE source_stream SET lease_owner = NULL, lease_until = NULL
           WHERE source_id = $1 AND stream = $2 AND lease_token = $3""",
        source_id, stream, token,
    )  # fmt: skip


async def save_delta(
    executor: "Executor",
    state: StreamState,
    *,
    cursor: str | None,
    covered_since: datetime,
    watermark: datetime | None,
) -> None:
    """Note how far the delta was read; the watermark only grows. Raises LeaseLost.

    The watermark stays at the oldest delivery of the source that waits in the inbox.
    """
    saved = await executor.fetchval(
        """UPDATE source_stream SET cursor = $4, covered_since = $5,
               watermark = CASE WHEN $6::timestamptz IS NULL THEN watermark
                   ELSE greatest(watermark, least($6, (
                       SELECT min(received_at) FROM inbox
                       WHERE inbox.source_id = $1 AND applied_at IS NULL))) END
           WHERE source_id = $1 AND stream = $2 AND lease_token = $3 RETURNING true""",
        state.source_id, state.stream, state.lease_token, cursor, covered_since, watermark,
    )  # fmt: skip
    _require(saved, state)


async def forget_delta(executor: "Executor", state: StreamState) -> None:
    """Begin the delta anew: its cursor has expired, so rows are read again by a walk."""
    saved = await executor.fetchval(
        """UPDATE source_stream SET cursor = NULL, covered_since = NULL, backfilled_at = NULL,
               walk_cursor = NULL, walk_started_at = NULL
           WHERE source_id = $1 AND stream = $2 AND lease_token = $3 RETURNING true""",
        state.source_id, state.stream, state.lease_token,
    )  # fmt: skip
    _require(saved, state)


async def save_walk(
    executor: "Executor",
    state: StreamState,
    *,
    cursor: str | None,
    started_at: datetime,
    rows: int,
    expected: int | None,
) -> None:
    """Note how far the walk under way has come; raises LeaseLost."""
    saved = await executor.fetchval(
        """UPDATE source_stream SET walk_cursor = $4, walk_started_at = $5, walk_rows = $6,
               walk_expected = $7
           WHERE source_id = $1 AND stream = $2 AND lease_token = $3 RETURNING true""",
        state.source_id, state.stream, state.lease_token, cursor, started_at, rows, expected,
    )  # fmt: skip
    _require(saved, state)


async def complete_walk(
    executor: "Executor", state: StreamState, *, started_at: datetime, is_gapless: bool
) -> None:
    """Note that a walk begun at `started_at` is over; raises LeaseLost.

    A walk with records that could not be named dates nothing that it does not list.
    """
    saved = await executor.fetchval(
        """UPDATE source_stream SET walk_cursor = NULL, walk_started_at = NULL,
               walked_at = CASE WHEN $5 THEN $4::timestamptz ELSE walked_at END,
               backfilled_at = coalesce(backfilled_at, clock_timestamp())
           WHERE source_id = $1 AND stream = $2 AND lease_token = $3 RETURNING true""",
        state.source_id, state.stream, state.lease_token, started_at, is_gapless,
    )  # fmt: skip
    _require(saved, state)


async def save_health(
    executor: "Executor", source_id: str, stream: str, health: str, reason: str | None
) -> None:
    """Note how a stream fares; `since` stays while the health does."""
    await executor.execute(
        """UPDATE source_stream SET health = $3, health_reason = $4,
               health_since = CASE WHEN health = $3 THEN coalesce(health_since, clock_timestamp())
                                   ELSE clock_timestamp() END
           WHERE source_id = $1 AND stream = $2
             AND (health, health_reason) IS DISTINCT FROM ($3, $4)""",
        source_id, stream, health, reason,
    )  # fmt: skip


def _require(saved: object, state: StreamState) -> None:
    if not saved:
        raise LeaseLost(f"{state.source_id}/{state.stream}")


def _state(row: "asyncpg.Record") -> StreamState:
    return StreamState(**dict(row))
