"""Rows kept near the processor."""

from pydantic import Field

from gateway.settings.shape import Section


class CacheSettings(Section):
    """[cache]: availability kept in the process, as true as the log's tail."""

    enabled: bool = Field(
        default=True,
        description="Whether availability is kept; else Postgres is asked each time, and only what "
        "was made of its words is kept, for when it says the same again.",
    )
    max_entries: int = Field(
        default=50_000, ge=1, description="Most SKUs kept, each counted per location group."
    )
    max_bytes: int = Field(
        default=134_217_728,
        ge=1,
        description="About how many bytes they take at most, per process.",
    )
    max_lag_seconds: float = Field(
        default=2,
        gt=0,
        description="Where the log was read longer ago than this, Postgres answers instead; to be "
        "more than `events.poll_seconds`.",
    )
