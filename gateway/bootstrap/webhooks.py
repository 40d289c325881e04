"""Puts together what delivers to partners' endpoints, and what they are managed with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from gateway.events.feed import Feed
from gateway.events.webhooks.addresses import AddressRule
from gateway.events.webhooks.delivering import Deliverer, DeliveryRule, OnAttempt
from gateway.events.webhooks.endpoints import EndpointRule, WebhookEndpoints
from gateway.events.webhooks.owners import Owners
from gateway.events.webhooks.pumping import Pump
from gateway.events.webhooks.retrying import RetryRule
from gateway.events.webhooks.secrets import SecretSeal
from gateway.events.webhooks.sending import Sender
from gateway.events.webhooks.worker import WebhookWorker, WorkerRule
from gateway.model.time import Clock
from gateway.settings import Settings, WebhooksSettings
from gateway.web.keys import key_ring_of


@dataclass(frozen=True, slots=True)
class Webhooks:
    """What manages endpoints, what delivers to them, and the two hands of the latter."""

    endpoints: WebhookEndpoints
    pump: Pump
    deliverer: Deliverer
    worker: WebhookWorker


@asynccontextmanager
async def open_webhooks(
    settings: Settings, pool: Any, dsn: str, feed: Feed, clock: Clock, on_attempt: OnAttempt
) -> AsyncIterator[Webhooks]:
    """Open everything; nothing is delivered before `worker.run()`."""
    told = settings.webhooks
    sender = Sender(_addresses_of(told), clock, timeout_seconds=told.timeout_seconds)
    key = told.sealing_key
    secrets = SecretSeal(None if key is None else key.get_secret_value())
    owners = Owners(key_ring_of(settings.keys).principals)
    endpoints = WebhookEndpoints(pool, feed, sender, secrets, _endpoints_of(settings), clock)
    deliverer = Deliverer(
        pool, sender, owners, feed.seal, secrets, _deliveries_of(told), clock, on_attempt
    )
    pump = Pump(pool, feed, owners, clock)
    worker = WebhookWorker(pool, dsn, feed, pump, deliverer, _work_of(told), clock)
    try:
        yield Webhooks(endpoints, pump, deliverer, worker)
    finally:
        await sender.close()


def _addresses_of(told: WebhooksSettings) -> AddressRule:
    return AddressRule(told.allowed_networks, told.allow_http, told.ports)


def _endpoints_of(settings: Settings) -> EndpointRule:
    told = settings.webhooks
    overlap = timedelta(seconds=told.secret_overlap_seconds)
    return EndpointRule(told.max_endpoints, overlap, frozenset(settings.channels))


def _deliveries_of(told: WebhooksSettings) -> DeliveryRule:
    pause_after = timedelta(seconds=told.pause_after_failing_seconds)
    retries = RetryRule(told.retry_seconds, pause_after, told.pause_after_dead)
    return DeliveryRule(retries, told.concurrency)


def _work_of(told: WebhooksSettings) -> WorkerRule:
    return WorkerRule(told.sweep_seconds, timedelta(seconds=told.keep_finished_seconds))
