"""What came of attempts: noted by whom holds the claim, in one transaction with what follows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from gateway.model.webhooks import AttemptError, DeliveryState
from gateway.projection.webhooks.deliveries import Delivery

if TYPE_CHECKING:
    from gateway.projection.database import Connection, Executor


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request and what came back; `glimpse` is the masked beginning of the answer."""

    number: int
    started_at: datetime
    milliseconds: int
    status: int | None
    error: AttemptError | None
    glimpse: str | None


async def note_attempt(
    connection: "Connection",
    delivery: Delivery,
    attempt: Attempt,
    *,
    state: DeliveryState,
    due_at: datetime,
    counts: bool = True,
) -> bool:
    """Note an attempt and what becomes of its delivery; answer False where the claim is lost.

    One that does not count brings the delivery no closer to its end.
    """
    kept = await connection.fetchval(
        """UPDATE webhook_delivery SET state = $3, due_at = $4, attempts = attempts + 1,
               tries = tries + $5, claim = NULL, claimed_until = NULL,
               finished_at = CASE WHEN $3 = 'WAITING' THEN NULL ELSE $6::timestamptz END
           WHERE id = $1 AND claim = $2 RETURNING true""",
        delivery.id, delivery.claim, state.value, due_at, int(counts), attempt.started_at,
    )  # fmt: skip
    if not kept:
        return False
    await connection.execute(
        """INSERT INTO webhook_attempt (delivery_id, number, started_at, milliseconds, status,
               error, glimpse) VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        delivery.id, attempt.number, attempt.started_at, attempt.milliseconds, attempt.status,
        attempt.error, attempt.glimpse,
    )  # fmt: skip
    return True


async def note_taken(executor: "Executor", endpoint_id: UUID) -> None:
    """Note that an endpoint has taken something: what has failed before counts no more."""
    await executor.execute(
        """UPDATE webhook_endpoint SET failing_since = NULL, dead_in_row = 0, held_until = NULL
           WHERE id = $1
             AND (failing_since IS NOT NULL OR dead_in_row > 0 OR held_until IS NOT NULL)""",
        endpoint_id,
    )


async def note_failed(
    executor: "Executor",
    endpoint_id: UUID,
    now: datetime,
    *,
    is_dead: bool,
    held_until: datetime | None,
) -> tuple[datetime, int]:
    """Note that an endpoint has not taken something; answer since when, and how many died."""
    row = await executor.fetchrow(
        """UPDATE webhook_endpoint SET failing_since = coalesce(failing_since, $2),
               dead_in_row = dead_in_row + $3, held_until = greatest(held_until, $4)
           WHERE id = $1 RETURNING failing_since, dead_in_row""",
        endpoint_id, now, int(is_dead), held_until,
    )  # fmt: skip
    return (now, 0) if row is None else (row["failing_since"], row["dead_in_row"])


async def load_attempts(
    executor: "Executor", delivery_ids: Sequence[UUID]
) -> dict[UUID, list[Attempt]]:
    """Answer the attempts of deliveries, the first one first."""
    rows = await executor.fetch(
        """SELECT * FROM webhook_attempt WHERE delivery_id = ANY($1::uuid[])
           ORDER BY delivery_id, number""",
        list(delivery_ids),
    )
    found: dict[UUID, list[Attempt]] = {each: [] for each in delivery_ids}
    for row in rows:
        told = {**dict(row), "error": AttemptError(row["error"]) if row["error"] else None}
        found[told.pop("delivery_id")].append(Attempt(**told))
    return found
