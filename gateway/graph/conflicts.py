"""Where sources disagree on a field of an order."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
import strawberry

from gateway.federation.merging import Claim, Conflict
from gateway.graph.batches import batch_field
from gateway.graph.context import Context
from gateway.graph.sources import Source, load_sources_by_id


async def load_claimants(parents: Sequence["FieldClaim"], context: Context) -> list[Source | None]:
    """Answer the source of each claim."""
    return await load_sources_by_id([each.source_id for each in parents], context)


@strawberry.type(description="What a source says of a field.")
class FieldClaim:
    source_id: strawberry.Private[str]
    value: str = strawberry.field(description="The value as text; JSON where it has parts.")
    as_of: datetime | None = strawberry.field(description="Since when it is known to hold.")
    source: Source | None = batch_field(load_claimants, "The source.")

    @classmethod
    def of(cls, claim: Claim) -> "FieldClaim":
        """Answer a claim as the graph shows it."""
        return cls(source_id=claim.source_id, value=_text(claim.value), as_of=claim.as_of)


@strawberry.type(description="A field on which sources disagree.")
class FieldConflict:
    field: str = strawberry.field(description="The field's name in this schema.")
    shown: FieldClaim = strawberry.field(description="What is shown: the winner's value.")
    others: list[FieldClaim] = strawberry.field(description="What the others say.")

    @classmethod
    def of(cls, conflict: Conflict) -> "FieldConflict":
        """Answer a conflict as the graph shows it."""
        first, *rest = conflict.field.split("_")
        return cls(
            field=first + "".join(part.capitalize() for part in rest),
            shown=FieldClaim.of(conflict.shown),
            others=[FieldClaim.of(each) for each in conflict.others],
        )


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return str(value) if isinstance(value, str | Decimal) else orjson.dumps(value).decode()
