"""How a process serves: its address, database, logs and background work."""

from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from gateway.settings.shape import Network, Origin, PlacedPath, Section, Text, Url

MOST_WORKERS = 256


class ServerSettings(Section):
    """[server]"""

    host: Text = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(
        default=8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one."
    )
    workers: int | Literal["auto"] = Field(
        default=1,
        description="Processes that answer, all on this port; `auto`: one per core. From 2 on the "
        "sources are read by a process beside them.",
    )
    public_url: Url | None = Field(default=None, description="Where callers reach the gateway.")
    max_body_bytes: int = Field(default=262_144, ge=1024, description="Largest GraphQL request.")
    max_delivery_bytes: int = Field(default=1_048_576, ge=1024, description="Largest webhook.")
    body_timeout_seconds: float = Field(
        default=10, gt=0, description="Time a caller has to send a body."
    )
    require_preflight_header_for_get: bool = Field(
        default=True,
        description="GET /graphql needs the header `GraphQL-Require-Preflight`, "
        "which no page of another site can send unasked.",
    )
    graphiql: bool = Field(default=False, description="Serve the GraphiQL page.")
    introspection: bool = Field(default=False, description="Answer questions about the schema.")
    allowed_origins: tuple[Origin, ...] = Field(
        default=(), description="Sites whose pages may call with any key."
    )
    trusted_proxies: tuple[Network, ...] = Field(
        default=(), description="Networks whose `X-Forwarded-For` is believed."
    )
    shutdown_seconds: int = Field(
        default=10, ge=0, description="Time that open requests have at the end."
    )
    silent_seconds: float = Field(
        default=60,
        gt=0,
        description="One of several processes that answers its supervisor nothing for so long is "
        "killed and replaced.",
    )

    @field_validator("workers", mode="before")
    @classmethod
    def _is_a_number_of_workers(cls, told: Any) -> int | str:
        if told == "auto":
            return "auto"
        is_number = isinstance(told, int | str) and not isinstance(told, bool)
        if not (is_number and str(told).isdigit() and 1 <= int(told) <= MOST_WORKERS):
            raise ValueError(f"write a number from 1 to {MOST_WORKERS}, or auto")
        return int(told)


class EngineSettings(Section):
    """[engine]"""

    enabled: bool = Field(
        default=True,
        description="Execute operations level by level, by code made for each; else by "
        "graphql-core, field by field.",
    )
    sample_rate: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Share of the queries that graphql-core executes again once they are answered, "
        "to compare; the differences are counted and logged.",
    )
    max_kept_bytes: int = Field(
        default=64 * 1024 * 1024,
        ge=0,
        description="About how much of answers that are met again is kept as JSON, what it was "
        "made of included; 0 keeps none. In each process, and apart for routers.",
    )


class DatabaseSettings(Section):
    """[database]"""

    dsn: SecretStr | None = Field(
        default=None, description="`postgresql://...` (secret); required unless `embedded`."
    )
    embedded: bool = Field(default=False, description="Run a Postgres of our own in `data_dir`.")
    data_dir: PlacedPath = Field(
        default=Path(".trama"),
        validate_default=True,
        description="Folder of the embedded Postgres.",
    )
    pool_min: int = Field(
        default=1, ge=0, description="Connections kept open, and warm before the first caller."
    )
    pool_max: int = Field(default=10, ge=1, description="Most connections of one process.")

    @field_validator("dsn")
    @classmethod
    def _is_postgres(cls, dsn: SecretStr | None) -> SecretStr | None:
        if dsn is not None and _scheme(dsn.get_secret_value()) not in {"postgresql", "postgres"}:
            raise ValueError("write postgresql://user:password@host:port/database")
        return dsn

    @model_validator(mode="after")
    def _is_one_database(self) -> "DatabaseSettings":
        if self.embedded and self.dsn is not None:
            raise ValueError("give either dsn or embedded = true, not both")
        if not self.embedded and self.dsn is None:
            raise ValueError('give dsn, e.g. { env = "DATABASE_URL" }, or embedded = true')
        if self.pool_min > self.pool_max:
            raise ValueError("pool_min is above pool_max; lower it")
        return self


class LogSettings(Section):
    """[log]"""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least level that is written."
    )
    format: Literal["json", "console"] = Field(
        default="json", description="One JSON object a line, or lines for people."
    )


class SyncSettings(Section):
    """[sync]"""

    lease_seconds: float = Field(
        default=30, gt=0, description="A stream's worker that is silent for this long loses it."
    )
    chunk_rows: int = Field(default=500, ge=1, description="Rows applied in one transaction.")
    webhook_public_url: Url | None = Field(
        default=None, description="Where vendors push to; default `server.public_url`."
    )


class EventsSettings(Section):
    """[events]: the log, and those who read it."""

    poll_seconds: float = Field(
        default=0.5, gt=0, description="The log is looked at this often where nothing wakes us."
    )
    checkpoint_seconds: float = Field(
        default=30, gt=0, description="A subscriber hears at least this often how far it is."
    )
    retention_days: float = Field(
        default=30, gt=0, description="So long the log is kept; a cursor from before it expires."
    )
    horizon_warning_seconds: float = Field(
        default=10,
        gt=0,
        description="A transaction that holds the log up for longer is named in the logs.",
    )
    ticket_seconds: float = Field(
        default=60, gt=0, le=600, description="How long a ticket of an event stream waits for its "
        "use."
    )  # fmt: skip
    ticket_resume_seconds: float = Field(
        default=3600, ge=0, description="How long a stream that a ticket opened may be come back "
        "to by its address and `Last-Event-ID`, from when the ticket was made."
    )  # fmt: skip


def _scheme(dsn: str) -> str:
    try:
        return urlsplit(dsn).scheme
    except ValueError:
        return ""
