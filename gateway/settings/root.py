"""The whole configuration, and what must hold between its sections."""

from urllib.parse import unquote, urlsplit

from pydantic import Field, PrivateAttr, model_validator

from gateway.settings.access import CustomersSettings, KeySettings
from gateway.settings.authority import AuthoritySettings
from gateway.settings.cache import CacheSettings
from gateway.settings.federation import FederationSettings
from gateway.settings.freshness import FreshnessSettings
from gateway.settings.limits import DocumentSettings, LimitsSettings
from gateway.settings.serving import (
    DatabaseSettings,
    EngineSettings,
    EventsSettings,
    LogSettings,
    ServerSettings,
    SyncSettings,
)
from gateway.settings.shape import Section
from gateway.settings.sources import (
    Channels,
    LocationGroups,
    LocationsSettings,
    Sources,
)
from gateway.settings.telemetry import MetricsSettings, TracingSettings
from gateway.settings.webhooks import WebhooksSettings

LEAST_MASKED_LENGTH = 8


class Settings(Section):
    """Everything that trama.toml and the environment say; nothing secret shows in its repr."""

    server: ServerSettings = ServerSettings()
    database: DatabaseSettings
    limits: LimitsSettings = LimitsSettings()
    documents: DocumentSettings = DocumentSettings()
    engine: EngineSettings = EngineSettings()
    cache: CacheSettings = CacheSettings()
    log: LogSettings = LogSettings()
    metrics: MetricsSettings = MetricsSettings()
    tracing: TracingSettings = TracingSettings()
    freshness: FreshnessSettings = FreshnessSettings()
    sources: Sources = Field(default_factory=dict)
    channels: Channels = Field(default_factory=dict)
    authority: AuthoritySettings = AuthoritySettings()
    location_groups: LocationGroups = Field(default_factory=dict)
    locations: LocationsSettings = LocationsSettings()
    federation: FederationSettings = FederationSettings()
    keys: tuple[KeySettings, ...] = ()
    customers: CustomersSettings | None = None
    sync: SyncSettings = SyncSettings()
    events: EventsSettings = EventsSettings()
    webhooks: WebhooksSettings = WebhooksSettings()

    _referenced: frozenset[str] = PrivateAttr(default=frozenset())

    @model_validator(mode="after")
    def _keeps_up(self) -> "Settings":
        if self.cache.enabled and self.cache.max_lag_seconds <= self.events.poll_seconds:
            raise ValueError(
                "cache.max_lag_seconds is not above events.poll_seconds, so nothing that is kept "
                "would be used; raise it, or write cache.enabled = false"
            )
        return self

    def secret_texts(self) -> frozenset[str]:
        """Answer every text that no log may show; what is too short to be a secret is left out."""
        texts = set(self._referenced)
        texts.update(
            k.key.get_secret_value() for k in self.keys if k.key and k.kind != "storefront"
        )
        for header in self.tracing.headers.get_secret_value().values():
            texts.update({header, *header.split()})
        for key in (self.metrics.key, self.webhooks.sealing_key):
            if key is not None:
                texts.add(key.get_secret_value())
        if self.database.dsn is not None:
            dsn = self.database.dsn.get_secret_value()
            password = urlsplit(dsn).password or ""
            texts.update({dsn, password, unquote(password)})
        return frozenset(text for text in texts if len(text) >= LEAST_MASKED_LENGTH)
