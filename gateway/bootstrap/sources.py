"""Connects the configured sources."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec
import structlog

from gateway.bootstrap.credentials import Credentials
from gateway.bootstrap.problems import StartFailed
from gateway.connect.credentials import CredentialStore
from gateway.connect.definition import (
    ConnectContext,
    ConnectorDefinition,
    UnknownConnector,
    load_connector,
)
from gateway.connect.http import Observer, no_observer
from gateway.connect.manifest import Capability, Limits
from gateway.connect.scale import tier_of
from gateway.connect.settings import SettingsInvalid
from gateway.federation.breaker import Breaker, HealthState, SourceHealth
from gateway.federation.sources import SELLING, ConnectedSource, ReadingRules, Sources
from gateway.model.time import Clock
from gateway.settings import Settings, SourceSettings

STREAMS = {
    Capability.LOCATION_SOURCE: "locations",
    Capability.STOCK_SOURCE: "stock",
    Capability.ORDER_SOURCE: "orders",
    Capability.FULFILLMENT_SOURCE: "fulfillments",
    Capability.CUSTOMER_SOURCE: "customers",
    Capability.INVOICE_SOURCE: "invoices",
}

_LEFT_ALONE = (HealthState.DOWN, HealthState.PAUSED)
ObserverOf = Callable[[str], Observer]

log = structlog.get_logger("trama.sources")


def nobody_watches(source_id: str) -> Observer:
    """Answer an observer of a source that observes nothing."""
    return no_observer


def connect_sources(
    settings: Settings,
    clock: Clock,
    observer_of: ObserverOf = nobody_watches,
    credentials: Credentials | None = None,
) -> Sources:
    """Answer every source, connected; opens no socket. Raises StartFailed with every fault."""
    kept = credentials or Credentials()
    connected: dict[str, ConnectedSource] = {}
    faults: list[str] = []
    channels = {channel.source: code for code, channel in settings.channels.items()}
    for source_id, told in settings.sources.items():
        try:
            connected[source_id] = _connect(
                source_id, told, channels, clock, observer_of(source_id), kept.of(source_id)
            )
        except (UnknownConnector, SettingsInvalid, StartFailed) as error:
            faults.append(f"sources.{source_id}: {error}")
    if faults:
        raise StartFailed(faults)
    return Sources(connected)


def _connect(
    source_id: str,
    told: SourceSettings,
    channels: Mapping[str, str],
    clock: Clock,
    observer: Observer,
    credentials: CredentialStore,
) -> ConnectedSource:
    definition = load_connector(told.connector)
    manifest = definition.manifest
    limits = _limits(manifest.limits, told)
    context = ConnectContext(source_id, clock, limits, observer, credentials=credentials)
    roles: tuple[str, ...] = told.roles or tuple(role.value for role in manifest.roles)
    return ConnectedSource(
        id=source_id,
        title=told.title or manifest.title,
        roles=roles,
        connector_name=told.connector,
        connector=definition.connect(told.options.get_secret_value(), context),
        manifest=manifest,
        streams=_streams(definition, told),
        channel=channels.get(source_id, source_id if SELLING & set(roles) else None),
        rules=ReadingRules(
            poll_seconds=told.poll_seconds,
            walk_seconds=told.walk_seconds,
            timeout_seconds=told.timeout_seconds,
            backfills=told.backfill,
            creates_items=told.items == "create",
            verifies_emails=told.verified_emails,
            phone_region=told.phone_region,
            reconcile_seconds=told.reconcile_seconds,
        ),
        breaker=Breaker(clock, partial(_tell, source_id)),
        clock=clock,
        tier=tier_of(definition.build.__module__.rpartition(".")[0]),
    )


def _streams(definition: ConnectorDefinition[Any], told: SourceSettings) -> tuple[str, ...]:
    offered = [STREAMS[each] for each in definition.manifest.capabilities if each in STREAMS]
    if told.streams is None:
        return tuple(offered)
    unknown = [name for name in told.streams if name not in offered]
    if unknown:
        raise StartFailed(
            [f"{told.connector} has no {', '.join(unknown)}; it has: {', '.join(offered)}"]
        )
    return tuple(name for name in offered if name in told.streams)


def _limits(limits: Limits, told: SourceSettings) -> Limits:
    changes = told.limits.model_dump(exclude_none=True)
    return msgspec.structs.replace(limits, **changes)


def _tell(source_id: str, before: SourceHealth, after: SourceHealth) -> None:
    """Say once that a source is left alone, and once that it is asked again.

    That it is lost and back, its connection says: see `connect.presence`.
    """
    if after.state in _LEFT_ALONE and before.state not in _LEFT_ALONE:
        log.warning("source.paused", source=source_id, state=after.state.value, why=after.reason)
    elif before.state in _LEFT_ALONE and after.state not in _LEFT_ALONE:
        log.info("source.resumed", source=source_id, was=before.state.value)
