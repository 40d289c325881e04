"""Keeps tickets of event streams in the projection."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Any, TypeVar

import structlog

from gateway.model.time import Clock
from gateway.projection.database import AWAY
from gateway.projection.tickets import keep_ticket, use_ticket
from gateway.web.refusals import Refusal

T = TypeVar("T")
COME_AGAIN_SECONDS = 5

log = structlog.get_logger("trama.web")


class StoredTickets:
    """The tickets of every gateway on this database; without it there are none (503)."""

    def __init__(self, pool: Any, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def keep(
        self, digest: bytes, content: bytes, *, valid_until: datetime, resumable_until: datetime
    ) -> None:
        """Keep a ticket that was just made; raises Refusal."""
        work = keep_ticket(
            self._pool, digest, content,
            valid_until=valid_until, resumable_until=resumable_until,
        )  # fmt: skip
        await _done(work)

    async def use(self, digest: bytes, *, comes_back: bool) -> bytes | None:
        """Use a ticket; answer what it is for, if it is good; raises Refusal."""
        now = self._clock.now()
        return await _done(use_ticket(self._pool, digest, comes_back=comes_back, now=now))


async def _done(work: Awaitable[T]) -> T:
    try:
        return await work
    except AWAY as error:
        log.warning("tickets.not_kept", error=type(error).__name__)
        message = "tickets cannot be had just now; try again"
        headers = {"Retry-After": str(COME_AGAIN_SECONDS)}
        raise Refusal(503, "UNAVAILABLE", message, headers) from error
