"""Invoices of orders."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum

import strawberry

from gateway.federation.answers import Row
from gateway.graph.batches import batch_field
from gateway.graph.context import Context
from gateway.graph.money import Money
from gateway.graph.sources import Source, load_sources_by_id


@strawberry.enum(description="Whether an invoice may be relied on.")
class InvoiceStatus(Enum):
    PENDING = strawberry.enum_value("PENDING", description="Not yet authorised by the tax office.")
    ISSUED = strawberry.enum_value("ISSUED", description="Authorised: it holds.")
    REJECTED = strawberry.enum_value("REJECTED", description="Refused by the tax office.")
    CANCELLED = strawberry.enum_value("CANCELLED", description="Taken back.")


async def load_issuers(parents: Sequence["Invoice"], context: Context) -> list[Source | None]:
    """Answer the source of each invoice."""
    return await load_sources_by_id([each.source_id for each in parents], context)


@strawberry.type(description="An invoice of an order, such as a Brazilian NF-e.")
class Invoice:
    source_id: strawberry.Private[str]
    number: str | None = strawberry.field(description="Its number within the series.")
    series: str | None = strawberry.field(description="Its series.")
    key: str | None = strawberry.field(description="The tax office's access key.")
    status: InvoiceStatus = strawberry.field(description="Whether it may be relied on.")
    native_status: str = strawberry.field(description="The source's own word.")
    issued_at: datetime | None = strawberry.field(description="When it was issued.")
    total: Money | None = strawberry.field(description="What it amounts to.")
    url: str | None = strawberry.field(description="Where it can be seen.")
    as_of: datetime = strawberry.field(description="The source's truth was this, then or later.")
    source: Source | None = batch_field(load_issuers, "The source that issued it.")

    @classmethod
    def of(cls, row: Row) -> "Invoice":
        """Answer an invoice as the graph shows it."""
        total, currency = row["total"], row["currency"]
        return cls(
            source_id=row["source_id"],
            number=row["number"],
            series=row["series"],
            key=row["key"],
            status=InvoiceStatus[row["status"]],
            native_status=row["native_status"],
            issued_at=row["issued_at"],
            total=None if total is None or currency is None else Money.of(total, currency),
            url=row["url"],
            as_of=row["as_of"],
        )
