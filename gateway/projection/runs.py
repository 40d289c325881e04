"""Reads that were asked for or are due: who, how far, and how they ended."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

import asyncpg

from gateway.model.ids import uuid7

if TYPE_CHECKING:
    from gateway.projection.database import Executor

RUNS = UUID("7d1c6f1e-52c5-5d0b-8a2b-0f6f0a1f2f11")


class KeyReused(ValueError):
    """The idempotency key was used for another request."""


async def ask_run(
    executor: "Executor", source_id: str, stream: str, kind: str, *, key: str, now: datetime
) -> "asyncpg.Record":
    """Ask for a run; the same key is the same run. Raises KeyReused."""
    run_id = uuid5(RUNS, key)
    await executor.execute(
        """INSERT INTO sync_run (id, source_id, stream, kind, state, started_at)
           VALUES ($1, $2, $3, $4, 'QUEUED', $5) ON CONFLICT (id) DO NOTHING""",
        run_id, source_id, stream, kind, now,
    )  # fmt: skip
    row = await executor.fetchrow("SELECT * FROM sync_run WHERE id = $1", run_id)
    if row is None or (row["source_id"], row["stream"], row["kind"]) != (source_id, stream, kind):
        raise KeyReused("this idempotency key was used for another request: choose a new one")
    return row


async def begin_run(
    executor: "Executor", source_id: str, stream: str, kind: str, now: datetime
) -> UUID:
    """Begin the run that was asked for, or one that is due."""
    asked = await executor.fetchrow(
        """UPDATE sync_run SET state = 'RUNNING' WHERE id = (
               SELECT id FROM sync_run WHERE source_id = $1 AND stream = $2 AND kind = $3
                 AND state = 'QUEUED' ORDER BY started_at LIMIT 1 FOR UPDATE SKIP LOCKED)
           RETURNING id""",
        source_id, stream, kind,
    )  # fmt: skip
    row = asked or await _insert(executor, source_id, stream, kind, "RUNNING", now)
    key: UUID = row["id"]
    return key


async def resume_run(
    executor: "Executor", source_id: str, stream: str, kinds: Sequence[str]
) -> "asyncpg.Record | None":
    """Answer the run of a walk that was under way when its reader stopped, running again."""
    return await executor.fetchrow(
        """UPDATE sync_run SET state = 'RUNNING', ended_at = NULL, error = NULL WHERE id = (
               SELECT id FROM sync_run WHERE source_id = $1 AND stream = $2
                 AND kind = ANY($3::text[]) AND state IN ('RUNNING', 'FAILED')
               ORDER BY started_at DESC LIMIT 1)
           RETURNING id, kind""",
        source_id, stream, list(kinds),
    )  # fmt: skip


async def last_done(
    executor: "Executor", source_id: str, stream: str, kind: str
) -> datetime | None:
    """Answer when the last run of a kind that was completed had begun."""
    begun: datetime | None = await executor.fetchval(
        """SELECT max(started_at) FROM sync_run
           WHERE source_id = $1 AND stream = $2 AND kind = $3 AND state = 'DONE'""",
        source_id, stream, kind,
    )  # fmt: skip
    return begun


async def load_runs(
    executor: "Executor", source_ids: Sequence[str], limit: int
) -> "dict[str, list[asyncpg.Record]]":
    """Answer the latest runs of sources, the newest first, at most so many of each."""
    rows = await executor.fetch(
        """SELECT * FROM (SELECT *, row_number() OVER (
               PARTITION BY source_id ORDER BY started_at DESC, id) AS place
               FROM sync_run WHERE source_id = ANY($1::text[])) AS ranked
           WHERE place <= $2 ORDER BY source_id, place""",
        list(source_ids), limit,
    )  # fmt: skip
    found: dict[str, list[asyncpg.Record]] = {each: [] for each in source_ids}
    for row in rows:
        found[row["source_id"]].append(row)
    return found


async def note_progress(executor: "Executor", run: UUID, rows: int, expected: int | None) -> None:
    """Note how far a run has come."""
    await executor.execute(
        "UPDATE sync_run SET rows = $2, expected = $3 WHERE id = $1", run, rows, expected
    )


async def end_run(executor: "Executor", run: UUID, now: datetime, error: str | None = None) -> None:
    """Note how a run ended."""
    await executor.execute(
        """UPDATE sync_run SET ended_at = $2, error = $3,
               state = CASE WHEN $3::text IS NULL THEN 'DONE' ELSE 'FAILED' END
           WHERE id = $1""",
        run, now, error,
    )  # fmt: skip


async def load_asked(executor: "Executor", source_id: str, stream: str) -> set[str]:
    """Answer the kinds of run that wait for a stream."""
    rows = await executor.fetch(
        """SELECT DISTINCT kind FROM sync_run
           WHERE source_id = $1 AND stream = $2 AND state = 'QUEUED'""",
        source_id, stream,
    )  # fmt: skip
    return {row["kind"] for row in rows}


async def _insert(
    executor: "Executor", source_id: str, stream: str, kind: str, state: str, now: datetime
) -> "asyncpg.Record":
    row = await executor.fetchrow(
        """INSERT INTO sync_run (id, source_id, stream, kind, state, started_at)
           VALUES ($1, $2, $3, $4, $5, $6) RETURNING *""",
        uuid7(now), source_id, stream, kind, state, now,
    )  # fmt: skip
    if row is None:
        raise RuntimeError("the run was not written")
    return row
