"""Linking and parting customers."""

from typing import Annotated

import strawberry

from gateway.federation.errors import CustomerTooLarge, UnknownCustomer
from gateway.graph.context import Info
from gateway.graph.customers import Customer
from gateway.graph.inputs import storable
from gateway.graph.refusing import CustomerNotFound, IdempotencyKeyReused, TooManyRecords
from gateway.model.ids import GlobalId, InvalidGlobalId
from gateway.projection import idempotency

KEY = "Chosen by the caller: the same key is the same request, however often it is sent."
MOST = 20


@strawberry.input(description="Customers that are one.")
class LinkCustomersInput:
    customers: list[strawberry.ID] = strawberry.field(description="Two ids or more, at most 20.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.input(description="A record of a customer, as its source calls it.")
class CustomerRecordInput:
    source: strawberry.ID = strawberry.field(description="The source's id.")
    ref: str = strawberry.field(description="The source's id of the record, byte for byte.")


@strawberry.input(description="Records that are not of a customer.")
class UnlinkCustomersInput:
    customer: strawberry.ID = strawberry.field(description="The customer that has them now.")
    records: list[CustomerRecordInput] = strawberry.field(description="The records to take out.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The customer that they are now.")
class LinkCustomersSuccess:
    customer: Customer | None = strawberry.field(description="The one customer.")


@strawberry.type(description="The customers that they are now.")
class UnlinkCustomersSuccess:
    customers: list[Customer] | None = strawberry.field(description="Who was one before.")


LinkCustomersPayload = Annotated[
    LinkCustomersSuccess | CustomerNotFound | TooManyRecords | IdempotencyKeyReused,
    strawberry.union(name="LinkCustomersPayload", description="The customer, or why not."),
]
UnlinkCustomersPayload = Annotated[
    UnlinkCustomersSuccess | CustomerNotFound | IdempotencyKeyReused,
    strawberry.union(name="UnlinkCustomersPayload", description="The customers, or why not."),
]


async def link_customers(
    info: Info, input: Annotated[LinkCustomersInput, strawberry.argument(description="Which.")]
) -> LinkCustomersPayload | None:
    """Make one customer of several."""
    context = info.context
    try:
        if not 2 <= len(set(input.customers)) <= MOST:
            raise UnknownCustomer(f"give two to {MOST} different customers")
        keys = [GlobalId.parse(each).uuid("Customer") for each in input.customers]
        found = await context.services.customer_links.link(
            keys, storable(input.idempotency_key), context.principal
        )
    except (InvalidGlobalId, UnknownCustomer) as error:
        return CustomerNotFound.of(error, "customers")
    except CustomerTooLarge as error:
        return TooManyRecords.of(error, "customers")
    except idempotency.IdempotencyKeyReused as error:
        return IdempotencyKeyReused.of(error)
    return LinkCustomersSuccess(customer=Customer.of(found))


async def unlink_customers(
    info: Info, input: Annotated[UnlinkCustomersInput, strawberry.argument(description="Which.")]
) -> UnlinkCustomersPayload | None:
    """Take records out of a customer; no key links them to it again."""
    context = info.context
    refs = [(storable(each.source), storable(each.ref)) for each in input.records]
    try:
        found = await context.services.customer_links.part(
            GlobalId.parse(input.customer).uuid("Customer"), refs,
            storable(input.idempotency_key), context.principal,
        )  # fmt: skip
    except InvalidGlobalId as error:
        return CustomerNotFound.of(error, "customer")
    except UnknownCustomer as error:
        return CustomerNotFound.of(error, "records")
    except idempotency.IdempotencyKeyReused as error:
        return IdempotencyKeyReused.of(error)
    return UnlinkCustomersSuccess(customers=[Customer.of(each) for each in found])
