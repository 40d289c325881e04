"""How a source, or a part of it, fares."""

from datetime import datetime
from enum import Enum

import strawberry


@strawberry.enum(description="How a source fares.")
class HealthState(Enum):
    UP = strawberry.enum_value("UP", description="It answers.")
    DEGRADED = strawberry.enum_value("DEGRADED", description="It answers slowly, or asks to wait.")
    DOWN = strawberry.enum_value("DOWN", description="It does not answer; it is tried again.")
    PAUSED = strawberry.enum_value(
        "PAUSED", description="It refuses our credentials: a person has to act."
    )


@strawberry.type(description="How a source fares, and since when.")
class SourceHealth:
    state: HealthState = strawberry.field(description="How it fares.")
    since: datetime | None = strawberry.field(description="Since when.")
    reason: str | None = strawberry.field(description="Why, if it is not up.")
