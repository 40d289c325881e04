"""Customers, within the caller's reach."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from gateway.federation.answers import CustomerAnswer, Row
from gateway.graph.batches import batch_field
from gateway.graph.context import Context, Info
from gateway.graph.freshness import Freshness, show
from gateway.graph.nodes import Node, PageInfo
from gateway.graph.scalars import PageCursor
from gateway.graph.sources import Source, load_sources_by_id
from gateway.model.ids import GlobalId

if TYPE_CHECKING:
    from gateway.graph.orders import OrderConnection


async def load_ref_sources(
    parents: "Sequence[ExternalRef | CustomerLink]", context: Context
) -> list[Source | None]:
    """Answer the source of each ref."""
    return await load_sources_by_id([each.source_id for each in parents], context)


@strawberry.type(description="What a source calls an object.")
class ExternalRef:
    source_id: strawberry.Private[str]
    source: Source | None = batch_field(load_ref_sources, "The source.")
    kind: str = strawberry.field(description="What kind of id it is, e.g. order, sequence.")
    id: str = strawberry.field(description="The source's id, byte for byte.")


@strawberry.enum(description="Why a record belongs to a customer.")
class LinkReason(Enum):
    OPERATOR = strawberry.enum_value("OPERATOR", description="A person said so.")
    TAX_ID = strawberry.enum_value("TAX_ID", description="The same CPF or CNPJ.")
    VERIFIED_EMAIL = strawberry.enum_value(
        "VERIFIED_EMAIL", description="The same address, proven at both sources."
    )
    PHONE = strawberry.enum_value("PHONE", description="The same telephone number.")


@strawberry.type(description="A record that belongs to a customer, and why.")
class CustomerLink:
    source_id: strawberry.Private[str]
    ref: str = strawberry.field(description="The source's id of the record, byte for byte.")
    reason: LinkReason | None = strawberry.field(
        description="Why it belongs here; null for a record that is alone."
    )
    linked_at: datetime | None = strawberry.field(description="When it was linked.")
    linked_by: str | None = strawberry.field(description="Who linked it.")
    source: Source | None = batch_field(load_ref_sources, "The source of the record.")

    @classmethod
    def of(cls, row: Row) -> "CustomerLink":
        """Answer a link as the graph shows it."""
        reason = row["link_reason"]
        return cls(
            source_id=row["source_id"],
            ref=row["ref"],
            reason=None if reason is None else LinkReason[reason],
            linked_at=row["linked_at"],
            linked_by=row["linked_by"],
        )


def _external_refs(root: "Customer") -> list[ExternalRef]:
    return [
        ExternalRef(source_id=row["source_id"], kind="customer", id=row["ref"])
        for row in sorted(root.answer.records, key=lambda row: (row["source_id"], row["ref"]))
    ]


def _links(root: "Customer") -> list[CustomerLink]:
    rows = sorted(root.answer.records, key=lambda row: (row["source_id"], row["ref"]))
    return [CustomerLink.of(row) for row in rows]


async def load_customer_orders(
    parents: Sequence["Customer"],
    context: Context,
    *,
    first: Annotated[int | None, strawberry.argument(description="How many: 1 to 100.")] = None,
    after: Annotated[
        PageCursor | None, strawberry.argument(description="Only what comes after this place.")
    ] = None,
) -> "list[OrderConnection]":
    """Answer a page of each customer's orders, those within the caller's reach."""
    from gateway.graph.order_roots import pages_of_customers

    keys = [each.answer.id for each in parents]
    return await pages_of_customers(context, keys, first=first, after=after)


def _freshness(root: "Customer", info: Info) -> list[Freshness]:
    dated = info.context.services.customers.ages(root.answer, info.context.now)
    return [show(each) for each in dated]


@strawberry.type(description="A person or company that buys: every record of it that is known.")
class Customer(Node):
    answer: strawberry.Private[CustomerAnswer]
    name: str | None = strawberry.field(description="Full name.")
    emails: list[str] | None = strawberry.field(description="E-mail addresses.")
    phones: list[str] | None = strawberry.field(description="Telephone numbers.")
    tax_id: str | None = strawberry.field(description="CPF or CNPJ.")
    external_refs: list[ExternalRef] | None = strawberry.field(
        resolver=_external_refs, description="What sources call this customer."
    )
    orders: Annotated["OrderConnection", strawberry.lazy("gateway.graph.orders")] | None = (
        batch_field(load_customer_orders, "What was bought, the newest first.")
    )
    links: list[CustomerLink] | None = strawberry.field(
        resolver=_links, description="The records that are this customer, each with its reason."
    )
    freshness: list[Freshness] | None = strawberry.field(
        resolver=_freshness, description="How old it is: one per source that knows the customer."
    )

    @classmethod
    def of(cls, answer: CustomerAnswer) -> "Customer":
        """Answer a customer as the graph shows it."""
        return cls(
            id=strawberry.ID(str(GlobalId("Customer", str(answer.id)))),
            answer=answer,
            name=answer.name,
            emails=answer.emails,
            phones=answer.phones,
            tax_id=answer.tax_id,
        )


@strawberry.type(description="A customer and its place in the list.")
class CustomerEdge:
    cursor: PageCursor = strawberry.field(description="Its place.")
    node: Customer = strawberry.field(description="The customer.")


@strawberry.type(description="A page of customers.")
class CustomerConnection:
    edges: list[CustomerEdge] = strawberry.field(description="The entries.")
    nodes: list[Customer] = strawberry.field(description="The customers by themselves.")
    page_info: PageInfo = strawberry.field(description="Where the page begins and ends.")


def shown_customer(answer: CustomerAnswer | None) -> Customer | None:
    """Answer a customer as the graph shows it, None for none."""
    return None if answer is None else Customer.of(answer)
