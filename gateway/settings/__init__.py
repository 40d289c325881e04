"""The only reader of trama.toml and of the environment; it imports nothing of ours."""

from gateway.settings.access import CustomersSettings, KeySettings
from gateway.settings.faults import Fault, SettingsInvalid
from gateway.settings.federation import FederationSettings
from gateway.settings.freshness import FreshnessRule, FreshnessSettings
from gateway.settings.limits import (
    CallerLimits,
    DocumentLimits,
    DocumentSettings,
    LimitsSettings,
    LiveLimits,
    VariableLimits,
)
from gateway.settings.reader import load_settings, read_settings
from gateway.settings.root import Settings
from gateway.settings.serving import (
    MOST_WORKERS,
    DatabaseSettings,
    EventsSettings,
    LogSettings,
    ServerSettings,
    SyncSettings,
)
from gateway.settings.sources import (
    ChannelAvailabilitySettings,
    ChannelSettings,
    LimitSettings,
    LocationGroupSettings,
    LocationsSettings,
    SourceSettings,
)
from gateway.settings.table import Row, describe_settings, render_settings
from gateway.settings.telemetry import MetricsSettings, TracingSettings
from gateway.settings.webhooks import WebhooksSettings

__all__ = [
    "MOST_WORKERS",
    "CallerLimits",
    "ChannelAvailabilitySettings",
    "ChannelSettings",
    "CustomersSettings",
    "DatabaseSettings",
    "DocumentLimits",
    "DocumentSettings",
    "EventsSettings",
    "Fault",
    "FederationSettings",
    "FreshnessRule",
    "FreshnessSettings",
    "KeySettings",
    "LimitSettings",
    "LimitsSettings",
    "LiveLimits",
    "LocationGroupSettings",
    "LocationsSettings",
    "LogSettings",
    "MetricsSettings",
    "Row",
    "ServerSettings",
    "Settings",
    "SettingsInvalid",
    "SourceSettings",
    "SyncSettings",
    "TracingSettings",
    "VariableLimits",
    "WebhooksSettings",
    "describe_settings",
    "load_settings",
    "read_settings",
    "render_settings",
]
