"""Customers, within the caller's reach."""

from collections.abc import Sequence
from uuid import UUID

import strawberry

from gateway.federation.answers import Row
from gateway.graph.batches import batch_field
from gateway.graph.context import Context
from gateway.graph.nodes import Node
from gateway.graph.sources import Source
from gateway.model.ids import GlobalId


async def load_ref_sources(
    parents: Sequence["ExternalRef"], context: Context
) -> list[Source | None]:
    """Answer the source of each ref."""
    ids = sorted({each.source_id for each in parents})
    answers = await context.services.sources.some(ids)
    found = {each.source.id: Source.of(each) for each in answers if each is not None}
    return [found.get(each.source_id) for each in parents]


@strawberry.type(description="What a source calls an object.")
class ExternalRef:
    source_id: strawberry.Private[str]
    source: Source | None = batch_field(load_ref_sources, "The source.")
    kind: str = strawberry.field(description="What kind of id it is, e.g. order, sequence.")
    id: str = strawberry.field(description="The source's id, byte for byte.")


async def load_customer_refs(
    parents: Sequence["Customer"], context: Context
) -> list[list[ExternalRef]]:
    """Answer what sources call each customer."""
    found = await context.services.customers.refs([each.key for each in parents])
    return [
        [
            ExternalRef(source_id=row["source_id"], kind="customer", id=row["external_id"])
            for row in rows
        ]
        for rows in found
    ]


@strawberry.type(description="A person or company that buys.")
class Customer(Node):
    key: strawberry.Private[UUID]
    name: str | None = strawberry.field(description="Full name.")
    emails: list[str] | None = strawberry.field(description="E-mail addresses.")
    phones: list[str] | None = strawberry.field(description="Telephone numbers (E.164).")
    tax_id: str | None = strawberry.field(description="CPF or CNPJ, digits only.")
    external_refs: list[ExternalRef] | None = batch_field(
        load_customer_refs, "What sources call this customer."
    )

    @classmethod
    def of(cls, row: Row) -> "Customer":
        """Answer a customer as the graph shows it."""
        return cls(
            id=strawberry.ID(str(GlobalId("Customer", str(row["id"])))),
            key=row["id"],
            name=row["name"],
            emails=list(row["emails"]),
            phones=list(row["phones"]),
            tax_id=row["tax_id"],
        )
