"""How old answers are, and how callers bound their age."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import cast

import strawberry

from gateway.federation import freshness
from gateway.federation.answers import Dated
from gateway.graph.batches import batch_field
from gateway.graph.context import Context
from gateway.graph.sources import Source, load_sources_by_id


@strawberry.enum(description="What to do with an answer that is older than allowed.")
class OnStale(Enum):
    REFRESH_OR_SERVE = strawberry.enum_value(
        "REFRESH_OR_SERVE",
        description="Ask the source; if it cannot answer in time, serve what is known, marked.",
    )
    REFRESH_OR_FAIL = strawberry.enum_value(
        "REFRESH_OR_FAIL",
        description="Ask the source; if it cannot answer in time, null and an error (checkout).",
    )
    SERVE = strawberry.enum_value(
        "SERVE", description="Answer at once, marked, and refresh behind."
    )
    FAIL = strawberry.enum_value("FAIL", description="Null and an error, without asking.")


@strawberry.enum(description="Where an answer was taken from.")
class ServedFrom(Enum):
    SOURCE = strawberry.enum_value("SOURCE", description="Read at the source for this request.")
    PROJECTION = strawberry.enum_value("PROJECTION", description="Taken from our database.")


@strawberry.input(
    description="How old an answer may be, and what to do when it is older. "
    "What is left out comes from the configuration, per field."
)
class FreshnessInput:
    max_age: timedelta | None = strawberry.field(
        default=None, description="The greatest age, e.g. PT5S; a floor per kind of caller holds."
    )
    on_stale: OnStale | None = strawberry.field(
        default=None, description="What to do when it is older."
    )


async def load_source_of(parents: Sequence["Freshness"], context: Context) -> list[Source | None]:
    """Answer the source of each."""
    return await load_sources_by_id([each.source_id for each in parents], context)


@strawberry.type(
    description="Carried by everything read from elsewhere. All null when it was never read. "
    "The answer's own time is in `extensions.now`."
)
class Freshness:
    source_id: strawberry.Private[str | None]
    as_of: datetime | None = strawberry.field(
        description="The source's truth was this, at this time or later."
    )
    served_from: ServedFrom | None = strawberry.field(description="Where it was taken from.")
    is_stale: bool = strawberry.field(description="Whether it is older than allowed.")

    source: Source | None = batch_field(load_source_of, "The source that said it.")


def show(dated: Dated) -> Freshness:
    """Answer an age as the graph shows it: itself, for it has all that is read of a Freshness.

    There are as many as positions, so nothing is made of them.
    """
    return cast(Freshness, dated)


def asked(told: FreshnessInput | None) -> freshness.FreshnessAsk:
    """Answer what the caller wrote."""
    if told is None:
        return freshness.AS_CONFIGURED
    on_stale = None if told.on_stale is None else freshness.OnStale[told.on_stale.name]
    return freshness.FreshnessAsk(told.max_age, on_stale)
