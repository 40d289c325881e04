"""Channels that are told what they may sell, as operators see them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry

from gateway.federation.answers import Row
from gateway.federation.told_channels import ToldChannelAnswer
from gateway.graph.batches import batch_field
from gateway.graph.health import HealthState, SourceHealth
from gateway.graph.inputs import page_size


@strawberry.type(description="An item that a channel could not be told of.")
class UntoldItem:
    item: str = strawberry.field(description="The channel's id of it.")
    sku: str = strawberry.field(description="The SKU that it is.")
    reason: str = strawberry.field(description="Why it could not be told.")
    failed_at: datetime = strawberry.field(description="When that was.")
    retries_at: datetime | None = strawberry.field(
        description="When it is tried again; null where that is once its stock changes."
    )

    @classmethod
    def of(cls, row: Row) -> "UntoldItem":
        """Answer an item as the graph shows it."""
        return cls(
            item=row["item"], sku=row["sku"], reason=row["failure"], failed_at=row["failed_at"],
            retries_at=row["due_at"],
        )  # fmt: skip


async def load_untold(
    parents: Sequence["ToldChannel"],
    context: Any,
    *,
    first: Annotated[int, strawberry.argument(description="How many: 1 to 100.")] = 20,
) -> list[list[UntoldItem]]:
    """Answer the items that channels could not be told of."""
    size = page_size(first)
    shelves = [each.answer.shelf for each in parents]
    found = await context.services.told_channels.failures(shelves, size)
    return [[UntoldItem.of(row) for row in rows] for rows in found]


@strawberry.type(description="A channel that is told what it may sell.")
class ToldChannel:
    answer: strawberry.Private[ToldChannelAnswer]
    channel: str = strawberry.field(description="The channel's code.")
    location: str = strawberry.field(description="The channel's own location that is told.")
    told: int = strawberry.field(description="Items that it was told of.")
    waiting: int = strawberry.field(description="Items that have changed and wait to be told.")
    failed: int = strawberry.field(description="Items that could not be told the last time.")
    unknown: int = strawberry.field(description="Items of which no stock is known to tell.")
    oldest_waiting_since: datetime | None = strawberry.field(
        description="Since when the longest waiting one waits."
    )
    health: SourceHealth = strawberry.field(description="How its telling fares.")
    failures: list[UntoldItem] | None = batch_field(
        load_untold, "Items that could not be told, the latest first."
    )

    @classmethod
    def of(cls, answer: ToldChannelAnswer) -> "ToldChannel":
        """Answer a channel as the graph shows it."""
        counts, state = answer.counts, answer.state
        health = SourceHealth(
            state=HealthState[state.health] if state else HealthState.UP,
            since=state.health_since if state else None,
            reason=state.health_reason if state else None,
        )
        return cls(
            answer=answer,
            channel=answer.shelf.channel,
            location=answer.shelf.location,
            told=counts.told,
            waiting=counts.waiting,
            failed=counts.failed,
            unknown=counts.unknown,
            oldest_waiting_since=counts.oldest_waiting,
            health=health,
        )
