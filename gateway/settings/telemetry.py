"""What a process tells of itself, and to whom."""

from typing import Any

from pydantic import Field, Secret, SecretStr, field_validator, model_validator

from gateway.settings.access import LEAST_KEY_LENGTH
from gateway.settings.shape import Section, Text, Url, is_loopback


class MetricsSettings(Section):
    """[metrics]"""

    enabled: bool = Field(default=True, description="Serve Prometheus metrics at `/metrics`.")
    host: Text = Field(
        default="127.0.0.1", description="Address of `/metrics`; never the one of GraphQL."
    )
    port: int = Field(
        default=9464, ge=0, le=65535, description="Port of `/metrics`; 0 takes a free one."
    )
    key: SecretStr | None = Field(
        default=None,
        description="Bearer key that `/metrics` asks for (secret, by reference), at least 16 "
        "characters; required unless `host` is loopback.",
    )

    @model_validator(mode="after")
    def _is_guarded(self) -> "MetricsSettings":
        if self.key is not None and len(self.key.get_secret_value()) < LEAST_KEY_LENGTH:
            raise ValueError("the key is too short; use a random one of 16 characters or more")
        if self.enabled and self.key is None and not is_loopback(self.host):
            raise ValueError(
                'beyond loopback strangers could read it; give key, e.g. { env = "METRICS_KEY" }'
            )
        return self


class TracingSettings(Section):
    """[tracing]"""

    endpoint: Url | None = Field(
        default=None,
        description="OTLP/HTTP collector that spans are sent to, at `/v1/traces` under it; "
        "default `OTEL_EXPORTER_OTLP_ENDPOINT`, else none are sent.",
    )
    headers: Secret[dict[str, Any]] = Field(
        default=Secret[dict[str, Any]]({}),
        description="Headers for the collector (by reference); default "
        "`OTEL_EXPORTER_OTLP_HEADERS`.",
    )
    sample_ratio: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="Share of traces that are sent, unless a trusted "
        "proxy's `traceparent` says so or otherwise.",
    )
    service_name: Text = Field(
        default="trama", description="What the collector calls it; default `OTEL_SERVICE_NAME`."
    )

    @field_validator("endpoint")
    @classmethod
    def _is_without_credentials(cls, endpoint: str | None) -> str | None:
        if endpoint is not None and "@" in endpoint:
            raise ValueError("no credentials in the address; give headers")
        return endpoint

    @field_validator("headers")
    @classmethod
    def _are_texts(cls, headers: Secret[dict[str, Any]]) -> Secret[dict[str, Any]]:
        if not all(isinstance(value, str) for value in headers.get_secret_value().values()):
            raise ValueError('write name = "value" or name = { env = "NAME" }')
        return headers
