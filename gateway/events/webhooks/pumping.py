"""Brings what an endpoint wants of the log into its deliveries, each event once."""

from typing import Any
from uuid import UUID

import structlog

from gateway.events.errors import CursorExpired
from gateway.events.feed import EventPage, Feed
from gateway.events.webhooks.owners import Owners
from gateway.events.webhooks.waking import wake_endpoint
from gateway.model.events import EventWish, OrderEventType
from gateway.model.principal import Principal
from gateway.model.time import Clock
from gateway.model.webhooks import PauseReason
from gateway.projection.database import transaction
from gateway.projection.webhooks.deliveries import add_deliveries
from gateway.projection.webhooks.endpoints import (
    Endpoint,
    advance_endpoint,
    load_endpoint,
    pause_endpoint,
    skip_missed,
)

PAGE_EVENTS = 500

log = structlog.get_logger("trama.webhooks")


class Pump:
    """Reads the log for endpoints, as far as their owners reach.

    Several may read for one endpoint at the same time: who moves its position from where it was
    read has written the deliveries, the others write nothing.
    """

    def __init__(self, pool: Any, feed: Feed, owners: Owners, clock: Clock) -> None:
        self._pool = pool
        self._feed = feed
        self._owners = owners
        self._clock = clock

    async def pump(self, endpoint_id: UUID) -> None:
        """Read the log to its end for an endpoint."""
        has_more = True
        while has_more:
            endpoint = await load_endpoint(self._pool, endpoint_id, None)
            if endpoint is None or not endpoint.is_active:
                return
            owner = self._owners.find(endpoint.owner)
            if owner is None:
                await self._lose_owner(endpoint)
                return
            has_more = await self._read(endpoint, owner)

    async def _read(self, endpoint: Endpoint, owner: Principal) -> bool:
        """Take one page; answer whether there is more."""
        try:
            page = await self._feed.page(
                owner, wish_of(endpoint), after=endpoint.position, limit=PAGE_EVENTS
            )
        except CursorExpired as expired:
            await self._skip(endpoint, expired.resume_from)
            return True
        if page.read_to > endpoint.position:
            await self._write(endpoint, page)
        return page.has_more

    async def _write(self, endpoint: Endpoint, page: EventPage) -> None:
        events = [entry.event for entry in page.entries if entry.event is not None]
        async with transaction(self._pool) as connection:
            if not await advance_endpoint(connection, endpoint.id, endpoint.position, page.read_to):
                return
            if events:
                await add_deliveries(connection, endpoint.id, events, self._clock.now())
                await wake_endpoint(connection, endpoint.id, f"read:{page.read_to}")

    async def _skip(self, endpoint: Endpoint, to: int) -> None:
        """Go on where the log begins, or ends where it was restored to an earlier state."""
        read = endpoint.position
        if await skip_missed(self._pool, endpoint.id, read, to, self._clock.now()):
            log.warning("webhook.missed", endpoint=str(endpoint.id), after=read, to=to)

    async def _lose_owner(self, endpoint: Endpoint) -> None:
        if await pause_endpoint(self._pool, endpoint.id, PauseReason.KEY_GONE, self._clock.now()):
            tell_paused(endpoint.id, PauseReason.KEY_GONE)


def wish_of(endpoint: Endpoint) -> EventWish:
    """Answer what an endpoint wants of the log."""
    return EventWish(
        channels=frozenset(endpoint.channels),
        types=frozenset(map(OrderEventType, endpoint.types)),
    )


def tell_paused(endpoint_id: UUID, reason: PauseReason) -> None:
    """Tell operators that an endpoint is no longer delivered to."""
    log.warning("webhook.paused", endpoint=str(endpoint_id), reason=reason.value)
