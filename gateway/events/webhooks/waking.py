"""Jobs that wake a worker for an endpoint."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from gateway.projection.waking import wake

if TYPE_CHECKING:
    from gateway.projection.database import Connection

ENTRYPOINT = "webhook"
_SECOND = timedelta(seconds=1)


async def wake_endpoint(connection: "Connection", endpoint_id: UUID, why: str) -> None:
    """Let a worker look at an endpoint once this transaction is committed.

    Each reason is a job of its own: one that is being taken right now may have looked too early.
    """
    await wake(connection, ENTRYPOINT, str(endpoint_id), key=f"{endpoint_id}:{why}")


async def wake_endpoint_at(
    connection: "Connection", endpoint_id: UUID, due_at: datetime, now: datetime
) -> None:
    """Let a worker look at an endpoint when something is due: one job for a second's."""
    second = int(due_at.timestamp()) + 1
    after = max(timedelta(), due_at - now) + _SECOND
    await wake(
        connection, ENTRYPOINT, str(endpoint_id), key=f"{endpoint_id}:due:{second}", after=after
    )
