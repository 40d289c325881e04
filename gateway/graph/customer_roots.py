"""The root fields of customers."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import strawberry

from gateway.graph.context import Context, Info
from gateway.graph.cursors import id_place, page_cursor
from gateway.graph.customers import Customer, CustomerConnection, CustomerEdge, shown_customer
from gateway.graph.inputs import page_size, storable
from gateway.graph.nodes import PageInfo
from gateway.graph.refusals import bad_request
from gateway.graph.scalars import PageCursor
from gateway.model.identity import LinkKey, LinkReason, tax_id_of
from gateway.model.ids import GlobalId, InvalidGlobalId
from gateway.projection.customers.read import Sought

CUSTOMERS = "customers"


@strawberry.input(one_of=True, description="Which customer: exactly one of these.")
class CustomerByInput:
    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Our id of it, also one from before it was linked."
    )
    email: str | None = strawberry.field(
        default=strawberry.UNSET, description="An address; an error when two customers have it."
    )
    tax_id: str | None = strawberry.field(
        default=strawberry.UNSET, description="A CPF or CNPJ, with or without marks."
    )


async def find_customer(
    info: Info,
    by: Annotated[CustomerByInput, strawberry.argument(description="Which customer.")],
) -> Customer | None:
    """Answer a customer within the caller's reach; null beyond it."""
    context = info.context
    if by.id:
        (found,) = await context.services.customers.by_id([_key(by.id)], context.principal)
        return shown_customer(found)
    sought = _sought(by)
    if sought is None:
        return None
    answers = await context.services.customers.search(
        sought, context.principal, after=None, limit=2
    )
    if len(answers) > 1:
        raise bad_request("more than one customer fits: ask by id")
    return shown_customer(answers[0] if answers else None)


async def list_customers(
    info: Info,
    query: Annotated[
        str | None,
        strawberry.argument(
            description="An e-mail, a CPF or CNPJ, a phone number, or how a name begins."
        ),
    ] = None,
    first: Annotated[int | None, strawberry.argument(description="How many: 1 to 100.")] = None,
    after: Annotated[
        PageCursor | None, strawberry.argument(description="Only what comes after this place.")
    ] = None,
) -> CustomerConnection | None:
    """Answer a page of the customers within the caller's reach."""
    context, size = info.context, page_size(first)
    answers = await context.services.customers.search(
        Sought.by_text(storable(query or "")), context.principal,
        after=id_place(context, CUSTOMERS, after), limit=size + 1,
    )  # fmt: skip
    edges = [
        CustomerEdge(cursor=page_cursor(context, CUSTOMERS, str(each.id)), node=Customer.of(each))
        for each in answers[:size]
    ]
    cursors = [edge.cursor for edge in edges]
    page_info = PageInfo.of(cursors, has_next=len(answers) > size, has_previous=after is not None)
    return CustomerConnection(edges=edges, nodes=[edge.node for edge in edges], page_info=page_info)


async def customers_by_key(keys: Sequence[UUID], context: Context) -> list[Customer | None]:
    """Answer customers by id, those within the caller's reach."""
    found = await context.services.customers.by_id(keys, context.principal)
    return [shown_customer(each) for each in found]


def _sought(by: CustomerByInput) -> Sought | None:
    """Answer what the customer is known by; None for what nobody can have."""
    if by.email:
        return Sought(email=storable(by.email))
    tax_id = tax_id_of(storable(by.tax_id or ""))
    return None if tax_id is None else Sought(key=LinkKey(LinkReason.TAX_ID, tax_id))


def _key(text: str) -> UUID:
    try:
        return GlobalId.parse(text).uuid("Customer")
    except InvalidGlobalId as error:
        raise bad_request(f"by.id: {error}") from error
