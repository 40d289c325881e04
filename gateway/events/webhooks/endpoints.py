"""Endpoints as whoever manages them sees and changes them: its own, or everybody's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from gateway.connect.settings import Secret
from gateway.events.cursor import Log
from gateway.events.errors import InvalidCursor
from gateway.events.feed import Feed
from gateway.events.webhooks.errors import (
    DeliveryUnknown,
    EndpointUnknown,
    FilterRefused,
    TooManyEndpoints,
)
from gateway.events.webhooks.listening import log_end
from gateway.events.webhooks.messages import test_message
from gateway.events.webhooks.owners import owner_of
from gateway.events.webhooks.secrets import SecretSeal, new_secret
from gateway.events.webhooks.sending import Sender
from gateway.events.webhooks.waking import wake_endpoint
from gateway.model.ids import uuid7
from gateway.model.principal import Principal, Reach
from gateway.model.time import Clock
from gateway.model.webhooks import DeliveryState, PauseReason
from gateway.projection.database import transaction
from gateway.projection.idempotency import IdempotencyKeyReused, use_key
from gateway.projection.webhooks.deliveries import (
    Counts,
    Delivery,
    ask_again,
    count_deliveries,
    hasten,
    load_delivery,
    page_deliveries,
)
from gateway.projection.webhooks.endpoints import (
    Endpoint,
    EndpointWish,
    add_endpoint,
    change_endpoint,
    count_endpoints,
    delete_endpoint,
    load_endpoint,
    load_endpoints,
    lock_endpoint,
    pause_endpoint,
    resume_endpoint,
    rewind_endpoint,
    rotate_secret,
)
from gateway.projection.webhooks.outcomes import Attempt, load_attempts

ENDPOINTS = UUID("0c8f0b6a-3a5f-5f0e-9d57-6f2b7a1f4b11")
TEST_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class EndpointRule:
    """How many endpoints a principal may have, for how long a rotated secret goes on, and of which
    channels there are events."""

    most: int
    overlap: timedelta
    channels: frozenset[str]


@dataclass(frozen=True, slots=True)
class EndpointChange:
    """What is to change of an endpoint; None stays, an empty description is none."""

    url: str | None
    description: str | None
    filter: tuple[tuple[str, ...], tuple[str, ...]] | None

    def of(self, known: Endpoint) -> EndpointWish:
        """Answer what the endpoint is to be."""
        types, channels = self.filter or (known.types, known.channels)
        told = known.description if self.description is None else self.description or None
        return EndpointWish(self.url or known.url, told, types, channels)


@dataclass(frozen=True, slots=True)
class Revealed:
    """An endpoint with its new secret; None where the request was sent before."""

    endpoint: Endpoint
    secret: Secret | None


class WebhookEndpoints:
    """Everything that is asked and done about endpoints.

    What is another principal's is not told from what is not there.
    """

    def __init__(
        self,
        pool: Any,
        feed: Feed,
        sender: Sender,
        secrets: SecretSeal,
        rule: EndpointRule,
        clock: Clock,
    ) -> None:
        self._pool = pool
        self._feed = feed
        self._sender = sender
        self._secrets = secrets
        self._rule = rule
        self._clock = clock

    async def page(self, by: Principal, after: UUID | None, limit: int) -> list[Endpoint]:
        """Answer a page of endpoints, the oldest first."""
        return await load_endpoints(self._pool, owner_of(by), after=after, limit=limit)

    async def find(self, by: Principal, key: UUID) -> Endpoint | None:
        """Answer an endpoint, None where there is no such."""
        return await load_endpoint(self._pool, key, owner_of(by))

    async def deliveries(
        self, keys: Sequence[UUID], state: DeliveryState | None, before: int | None, limit: int
    ) -> dict[UUID, list[Delivery]]:
        """Answer a page of each endpoint's deliveries, the latest event first."""
        return await page_deliveries(self._pool, keys, state=state, before=before, limit=limit)

    async def counts(self, keys: Sequence[UUID]) -> dict[UUID, Counts]:
        """Answer how many deliveries of each endpoint are kept."""
        return await count_deliveries(self._pool, keys)

    async def attempts(self, keys: Sequence[UUID]) -> dict[UUID, list[Attempt]]:
        """Answer the attempts of each delivery."""
        return await load_attempts(self._pool, keys)

    async def create(
        self, by: Principal, wish: EndpointWish, key: str, after: str | None
    ) -> Revealed:
        """Add an endpoint that is sent what comes after a cursor, from now on without one.

        raises: UrlRefused, FilterRefused, TooManyEndpoints, InvalidCursor, IdempotencyKeyReused.
        """
        await self._check(by, wish)
        position = await log_end(self._feed) if after is None else self._place(by.id, by.id, after)
        endpoint_id, secret = uuid5(ENDPOINTS, f"{by.id}\n{key}"), new_secret()
        async with transaction(self._pool) as connection:
            is_new = await self._use(connection, by, "createWebhookEndpoint", key, (wish, after))
            known = await load_endpoint(connection, endpoint_id, by.id)
            if known is not None:
                return Revealed(known, None)
            if not is_new:
                raise IdempotencyKeyReused("the endpoint of this key is gone: choose a new one")
            if await count_endpoints(connection, by.id) >= self._rule.most:
                raise TooManyEndpoints(
                    f"at most {self._rule.most} endpoints; delete one, or send more to one of them"
                )
            made = await add_endpoint(
                connection, endpoint_id, by.id, wish, secret=self._secrets.seal(secret),
                position=position, now=self._clock.now(),
            )  # fmt: skip
            await wake_endpoint(connection, endpoint_id, "created")
        return Revealed(made, secret)

    async def update(
        self, by: Principal, key_of: UUID, change: EndpointChange, key: str
    ) -> Endpoint:
        """Change what an endpoint is to be.

        raises: EndpointUnknown, UrlRefused, FilterRefused, IdempotencyKeyReused.
        """
        await self._check(by, change.of(_found(await self.find(by, key_of))))
        async with transaction(self._pool) as connection:
            known = _found(await lock_endpoint(connection, key_of, owner_of(by)))
            if await self._use(connection, by, "updateWebhookEndpoint", key, (key_of, change)):
                await change_endpoint(connection, key_of, change.of(known))
        return _found(await self.find(by, key_of))

    async def rotate(self, by: Principal, key_of: UUID, key: str) -> Revealed:
        """Sign with a new secret, and for a while with the old one too.

        raises: EndpointUnknown, IdempotencyKeyReused.
        """
        secret = new_secret()
        until = self._clock.now() + self._rule.overlap
        async with transaction(self._pool) as connection:
            _found(await lock_endpoint(connection, key_of, owner_of(by)))
            is_new = await self._use(connection, by, "rotateWebhookSecret", key, key_of)
            if is_new:
                await rotate_secret(connection, key_of, self._secrets.seal(secret), until)
        return Revealed(_found(await self.find(by, key_of)), secret if is_new else None)

    async def test(self, by: Principal, key_of: UUID) -> Attempt:
        """Send an endpoint a message that says nothing, and answer what came back.

        raises: EndpointUnknown, SecretLost.
        """
        endpoint, now = _found(await self.find(by, key_of)), self._clock.now()
        seconds = min(TEST_SECONDS, self._sender.timeout_seconds)
        sent = await self._sender.send(
            endpoint.url, test_message(uuid7(now), now), [self._secrets.open(endpoint.secret)],
            1, seconds,
        )  # fmt: skip
        return sent.attempt

    async def pause(self, by: Principal, key_of: UUID) -> Endpoint:
        """Deliver no more; what comes meanwhile is delivered later. Raises EndpointUnknown."""
        async with transaction(self._pool) as connection:
            _found(await lock_endpoint(connection, key_of, owner_of(by)))
            await pause_endpoint(connection, key_of, PauseReason.ASKED, self._clock.now())
        return _found(await self.find(by, key_of))

    async def resume(self, by: Principal, key_of: UUID) -> Endpoint:
        """Deliver again, what waits first of all. Raises EndpointUnknown."""
        now = self._clock.now()
        async with transaction(self._pool) as connection:
            known = _found(await lock_endpoint(connection, key_of, owner_of(by)))
            if not known.is_active:
                await resume_endpoint(connection, key_of)
                await hasten(connection, key_of, now)
                await wake_endpoint(connection, key_of, f"resumed:{uuid7(now)}")
        return _found(await self.find(by, key_of))

    async def delete(self, by: Principal, key_of: UUID) -> None:
        """Remove an endpoint with what was to be delivered to it. Raises EndpointUnknown."""
        async with transaction(self._pool) as connection:
            _found(await lock_endpoint(connection, key_of, owner_of(by)))
            await delete_endpoint(connection, key_of)

    async def redeliver(self, by: Principal, delivery_id: UUID, key: str) -> Endpoint:
        """Deliver one event again, under the same id; one that waits is tried at once.

        raises: DeliveryUnknown, IdempotencyKeyReused.
        """
        found = await load_delivery(self._pool, delivery_id, owner_of(by))
        if found is None:
            raise DeliveryUnknown
        now, place = self._clock.now(), found.position
        async with transaction(self._pool) as connection:
            _found(await lock_endpoint(connection, found.endpoint_id, owner_of(by)))
            if await self._use(connection, by, "redeliverWebhook", key, delivery_id):
                await ask_again(connection, found.endpoint_id, now, after=place - 1, upto=place)
                await hasten(connection, found.endpoint_id, now, delivery_id)
                await wake_endpoint(connection, found.endpoint_id, f"again:{uuid7(now)}")
        return _found(await self.find(by, found.endpoint_id))

    async def replay(self, by: Principal, key_of: UUID, after: str, key: str) -> Endpoint:
        """Deliver everything after a cursor again, each event under the same id.

        raises: EndpointUnknown, InvalidCursor, IdempotencyKeyReused.
        """
        endpoint, now = _found(await self.find(by, key_of)), self._clock.now()
        place = self._place(by.id, endpoint.owner, after)
        async with transaction(self._pool) as connection:
            _found(await lock_endpoint(connection, key_of, owner_of(by)))
            if await self._use(connection, by, "redeliverWebhook", key, (key_of, after)):
                await ask_again(connection, key_of, now, after=place)
                await rewind_endpoint(connection, key_of, place)
                await wake_endpoint(connection, key_of, f"again:{uuid7(now)}")
        return _found(await self.find(by, key_of))

    async def _check(self, by: Principal, wish: EndpointWish) -> None:
        known = self._channels_of(by.reach)
        if known is not None and not known.issuperset(wish.channels):
            raise FilterRefused("there is no such channel within reach")
        await self._sender.check(wish.url)

    def _channels_of(self, reach: Reach) -> frozenset[str] | None:
        """Answer the channels that may be asked for; None where a reach is not told by them."""
        if reach.everything:
            return self._rule.channels
        return None if reach.locations or reach.owners else reach.channels

    def _place(self, caller: str, owner: str, cursor: str) -> int:
        """Read a cursor of the caller's, or of the endpoint's owner; raises InvalidCursor."""
        try:
            return self._feed.seal.open(Log.ORDERS, cursor, caller)
        except InvalidCursor:
            return self._feed.seal.open(Log.ORDERS, cursor, owner)

    async def _use(
        self, connection: Any, by: Principal, mutation: str, key: str, request: object
    ) -> bool:
        return await use_key(
            connection, principal=by.id, mutation=mutation, key=key, request=repr(request),
            now=self._clock.now(),
        )  # fmt: skip


def _found(endpoint: Endpoint | None) -> Endpoint:
    if endpoint is None:
        raise EndpointUnknown
    return endpoint
