"""Delivers what is due to an endpoint: each order's events in order, different orders at once."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import random
from typing import Any
from uuid import UUID

import structlog

from gateway.connect.settings import Secret
from gateway.events.cursor import CursorSeal
from gateway.events.webhooks.messages import message_of
from gateway.events.webhooks.owners import Owners
from gateway.events.webhooks.pumping import tell_paused
from gateway.events.webhooks.retrying import Chance, RetryRule, Verdict
from gateway.events.webhooks.secrets import SecretLost, SecretSeal
from gateway.events.webhooks.sending import Sender, Sent
from gateway.events.webhooks.waking import wake_endpoint_at
from gateway.model.events import Audience, OrderEventType
from gateway.model.time import Clock
from gateway.model.webhooks import AttemptError, DeliveryState, PauseReason
from gateway.projection.database import transaction
from gateway.projection.orders.reach import ReachIds, resolve_reach
from gateway.projection.webhooks.deliveries import Delivery, claim_deliveries, release_claim
from gateway.projection.webhooks.endpoints import Endpoint, lock_endpoint, pause_endpoint
from gateway.projection.webhooks.outcomes import Attempt, note_attempt, note_failed, note_taken
from gateway.telemetry.spans import OUTCOME, span

log = structlog.get_logger("trama.webhooks")

# Told of each attempt: what became of the delivery.
OnAttempt = Callable[[Attempt, DeliveryState], None]
# Beyond the time that an endpoint has, a claim lasts so much longer.
MARGIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class DeliveryRule:
    """How deliveries are made; `concurrency` is of one endpoint."""

    retries: RetryRule
    concurrency: int
    chance: Chance = random


@dataclass(frozen=True, slots=True)
class _Addressee:
    """An endpoint with what is needed to send to it."""

    endpoint: Endpoint
    reach: ReachIds
    secrets: tuple[Secret, ...]


class Deliverer:
    """Takes what is due, sends it, and notes what came of it; any number work side by side."""

    def __init__(
        self,
        pool: Any,
        sender: Sender,
        owners: Owners,
        seal: CursorSeal,
        secrets: SecretSeal,
        rule: DeliveryRule,
        clock: Clock,
        on_attempt: OnAttempt,
    ) -> None:
        self._pool = pool
        self._sender = sender
        self._owners = owners
        self._seal = seal
        self._secrets = secrets
        self._rule = rule
        self._clock = clock
        self._on_attempt = on_attempt
        self._claim_seconds = sender.timeout_seconds * 2 + MARGIN_SECONDS

    async def deliver(self, endpoint_id: UUID, woken: asyncio.Event) -> None:
        """Deliver to an endpoint until nothing more is due; looks again whenever it is woken."""
        under_way: set[asyncio.Task[None]] = set()
        try:
            while True:
                woken.clear()
                addressee, lot = await self._claim(endpoint_id)
                if addressee is not None:
                    tasks = (asyncio.create_task(self._take(addressee, each)) for each in lot)
                    under_way.update(tasks)
                if not under_way and not woken.is_set():
                    return
                done = await _first_of(under_way, woken)
                under_way -= done
                for task in done:
                    task.result()
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _claim(self, endpoint_id: UUID) -> tuple[_Addressee | None, list[Delivery]]:
        """Take what is due; pauses an endpoint whose owner or secret is gone."""
        now = self._clock.now()
        async with transaction(self._pool) as connection:
            endpoint = await lock_endpoint(connection, endpoint_id, None)
            if endpoint is None or not endpoint.is_active:
                return None, []
            if endpoint.held_until is not None and endpoint.held_until > now:
                return None, []
            owner = self._owners.find(endpoint.owner)
            if owner is None:
                await self._pause(connection, endpoint_id, PauseReason.KEY_GONE)
                return None, []
            try:
                secrets = self._secrets_of(endpoint, now)
            except SecretLost:
                await self._pause(connection, endpoint_id, PauseReason.SEAL_BROKEN)
                return None, []
            lot = await claim_deliveries(
                connection, endpoint_id,
                most=self._rule.concurrency, seconds=self._claim_seconds, now=now,
            )  # fmt: skip
            reach = await resolve_reach(connection, owner.reach) if lot else ReachIds(False)
        return _Addressee(endpoint, reach, secrets), lot

    def _secrets_of(self, endpoint: Endpoint, now: datetime) -> tuple[Secret, ...]:
        kept = [endpoint.secret]
        until = endpoint.previous_until
        if endpoint.previous_secret is not None and until is not None and now < until:
            kept.append(endpoint.previous_secret)
        return tuple(map(self._secrets.open, kept))

    async def _take(self, addressee: _Addressee, delivery: Delivery) -> None:
        """Attempt a delivery; whoever is stopped meanwhile lets others take it."""
        try:
            await self._attempt(addressee, delivery)
        except asyncio.CancelledError:
            await release_claim(self._pool, delivery)
            raise

    async def _attempt(self, addressee: _Addressee, delivery: Delivery) -> None:
        number = delivery.attempts + 1
        with span("webhook") as made:
            if _is_within(delivery, addressee.reach):
                message = message_of(delivery, self._seal, addressee.endpoint.owner)
                sent = await self._sender.send(
                    addressee.endpoint.url, message, addressee.secrets, number
                )
            else:
                now = self._clock.now()
                sent = Sent(Attempt(number, now, 0, None, AttemptError.OUT_OF_REACH, None))
            made.set_attribute(OUTCOME, sent.attempt.error or DeliveryState.DELIVERED)
        await self._note(delivery, sent)

    async def _note(self, delivery: Delivery, sent: Sent) -> None:
        now, attempt = self._clock.now(), sent.attempt
        verdict = self._rule.retries.judge(
            attempt, delivery.tries, now, asked_wait=sent.asked_wait, chance=self._rule.chance
        )
        async with transaction(self._pool) as connection:
            # The endpoint first, always: whoever claims locks in this order too.
            reason = await self._judge(connection, delivery.endpoint_id, attempt, verdict, now)
            is_noted = await note_attempt(
                connection, delivery, attempt,
                state=verdict.state, due_at=verdict.due_at, counts=verdict.counts,
            )  # fmt: skip
            if is_noted and reason is not None:
                await self._pause(connection, delivery.endpoint_id, reason)
            elif is_noted and verdict.state is DeliveryState.WAITING:
                await wake_endpoint_at(connection, delivery.endpoint_id, verdict.due_at, now)
        if is_noted:
            self._on_attempt(attempt, verdict.state)

    async def _judge(
        self, connection: Any, endpoint_id: UUID, attempt: Attempt, verdict: Verdict, now: datetime
    ) -> PauseReason | None:
        """Note how an endpoint fares; answer why it is to be paused, if it is."""
        if attempt.error is None:
            await note_taken(connection, endpoint_id)
            return None
        if attempt.error is AttemptError.OUT_OF_REACH:
            return None
        since, dead = await note_failed(
            connection, endpoint_id, now, is_dead=verdict.is_dead, held_until=verdict.held_until
        )
        return self._rule.retries.pauses(attempt.error, since, dead, now)

    async def _pause(self, connection: Any, endpoint_id: UUID, reason: PauseReason) -> None:
        if await pause_endpoint(connection, endpoint_id, reason, self._clock.now()):
            tell_paused(endpoint_id, reason)


async def _first_of(
    tasks: set[asyncio.Task[None]], woken: asyncio.Event
) -> set[asyncio.Task[None]]:
    """Wait until a task is over or the event is set; answer the tasks that are over."""
    waking = asyncio.create_task(woken.wait())
    try:
        await asyncio.wait({*tasks, waking}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waking.cancel()
    return {task for task in tasks if task.done()}


def _is_within(delivery: Delivery, reach: ReachIds) -> bool:
    """Answer whether an event is still for its endpoint's owner; that an order left it is."""
    if reach.everything or delivery.type == OrderEventType.LEFT:
        return True
    told = Audience.of(delivery.audience)
    return (
        told.channel in reach.channels
        or not told.locations.isdisjoint(reach.locations)
        or told.buyer in reach.customers
    )
