"""What a stream needs next: pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.projection.streams import StreamState

WALKS = frozenset({"WALK", "RECONCILE"})


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How a stream is read; times in seconds."""

    has_delta: bool
    backfills: bool
    poll_seconds: float
    walk_seconds: float


def needs_walk(state: StreamState, rhythm: Rhythm, now: datetime, asked: set[str]) -> bool:
    """Answer whether a walk is to begin or to go on.

    A walk under way goes on; a stream that was never read whole is, if its source backfills;
    a stream without a delta is walked again and again; a person may ask for one, and for a
    reconcile, which is a walk that compares.
    """
    if state.walk_started_at is not None or asked & WALKS:
        return True
    if state.backfilled_at is None and state.walked_at is None:
        return rhythm.backfills
    if state.backfilled_at is None:
        return True
    if rhythm.has_delta:
        return False
    due = timedelta(seconds=rhythm.walk_seconds)
    return state.walked_at is None or now - state.walked_at >= due


def is_reconcile_due(
    state: StreamState, reconciled_at: datetime | None, seconds: float | None, now: datetime
) -> bool:
    """Answer whether a stream that tells its changes is to be compared as a whole again.

    A stream without a delta is walked often enough.
    """
    if seconds is None or state.backfilled_at is None:
        return False
    return now - (reconciled_at or state.backfilled_at) >= timedelta(seconds=seconds)


def prerequisites(
    source_id: str, stream: str, streams: "set[tuple[str, str]]", creators: list[str]
) -> list[tuple[str, str]]:
    """Answer the streams that must have been read whole before this one is.

    Stock and work name locations, and everything names items: what is read too early would only
    fill the quarantine.
    """
    needed: list[tuple[str, str]] = []
    if stream in ("stock", "fulfillments"):
        needed.append((source_id, "locations"))
    if stream in ("orders", "fulfillments") or (stream == "stock" and source_id not in creators):
        needed += [(creator, "stock") for creator in creators]
    return [each for each in needed if each in streams]
