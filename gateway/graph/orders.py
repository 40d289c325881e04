"""Orders, put together from the systems that each know a part."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from gateway.federation.answers import CustomerAnswer, OrderAnswer, Row
from gateway.graph.batches import batch_field
from gateway.graph.conflicts import FieldConflict
from gateway.graph.context import Context
from gateway.graph.customers import Customer, ExternalRef, shown_customer
from gateway.graph.enums import OrderStatus, PaymentStatus
from gateway.graph.freshness import Freshness, show
from gateway.graph.fulfillments import FulfillmentOrder
from gateway.graph.invoices import Invoice
from gateway.graph.locations import Address, show_address
from gateway.graph.money import Money
from gateway.graph.nodes import Node, PageInfo
from gateway.graph.order_events import (
    USUAL_EVENTS_PER_PAGE,
    OrderEventConnection,
    pages_of_orders,
)
from gateway.graph.scalars import CurrencyCode, EventCursor, PageCursor, Sku
from gateway.model.ids import GlobalId
from gateway.projection.orders.read import OrderWish


@strawberry.type(description="Where customers buy: a marketplace, a web store, a till.")
class Channel:
    code: str = strawberry.field(description="Its name in the configuration.")
    name: str = strawberry.field(description="Its name for people.")


@strawberry.type(description="Units of a line by how far they have come.")
class LineQuantities:
    ordered: int = strawberry.field(description="What was bought.")
    allocated: int = strawberry.field(description="What a location has to send or has sent.")
    shipped: int = strawberry.field(description="What has left.")
    delivered: int = strawberry.field(description="What has arrived.")
    cancelled: int = strawberry.field(description="What will not be sent.")


@strawberry.type(description="A line of an order.")
class OrderLine:
    id: strawberry.ID = strawberry.field(description="The line's id within its order.")
    sku: Sku = strawberry.field(description="The SKU.")
    title: str | None = strawberry.field(description="What the channel called it.")
    quantity: int = strawberry.field(description="Whole stock units that were bought.")
    quantities: LineQuantities = strawberry.field(description="Units by how far they have come.")
    unit_price: Money | None = strawberry.field(description="Price of one unit.")
    discount: Money | None = strawberry.field(description="Discount on the whole line.")

    @classmethod
    def of(cls, row: Row) -> "OrderLine":
        """Answer a line as the graph shows it."""
        discount = row["discount"]
        return cls(
            id=strawberry.ID(row["ref"]),
            sku=Sku(row["sku"]),
            title=row["title"],
            quantity=row["quantity"],
            quantities=LineQuantities(
                ordered=row["quantity"],
                allocated=row["allocated"],
                shipped=row["shipped"],
                delivered=row["delivered"],
                cancelled=row["cancelled"],
            ),
            unit_price=Money.of(row["unit_price"], row["currency"]),
            discount=None if discount is None else Money.of(discount, row["currency"]),
        )


async def load_lines(parents: Sequence["Order"], context: Context) -> list[list[OrderLine]]:
    """Answer the lines of each order."""
    found = await context.services.details.lines(_answers(parents), context.principal)
    return [[OrderLine.of(row) for row in rows] for rows in found]


async def load_refs(parents: Sequence["Order"], context: Context) -> list[list[ExternalRef]]:
    """Answer what sources call each order."""
    found = await context.services.details.refs(_answers(parents), context.principal)
    return [
        [
            ExternalRef(source_id=row["source_id"], kind=row["kind"], id=row["external_id"])
            for row in rows
        ]
        for rows in found
    ]


async def load_work(parents: Sequence["Order"], context: Context) -> list[list[FulfillmentOrder]]:
    """Answer the work of locations for each order."""
    found = await context.services.details.work(_answers(parents), context.principal)
    return [[FulfillmentOrder.of(row) for row in rows] for rows in found]


async def load_customers(parents: Sequence["Order"], context: Context) -> list[Customer | None]:
    """Answer who bought; needs the scope of customers beside the order's reach."""
    keys = [each.answer.row["buyer_id"] for each in parents]
    known: dict[UUID, CustomerAnswer | None] = {}
    for each, key in zip(parents, keys, strict=True):
        if key in each.answer.along.buyers:
            known[key] = each.answer.along.buyers[key]
    wanted = list(dict.fromkeys(key for key in keys if key is not None and key not in known))
    if wanted:
        answers = await context.services.customers.by_id(wanted, context.principal, buyers=True)
        known |= zip(wanted, answers, strict=True)
    found = {key: shown_customer(answer) for key, answer in known.items()}
    return [None if key is None else found[key] for key in keys]


async def load_invoices(parents: Sequence["Order"], context: Context) -> list[list[Invoice]]:
    """Answer the invoices of each order."""
    found = await context.services.details.invoices(_answers(parents), context.principal)
    return [[Invoice.of(row) for row in rows] for rows in found]


async def load_conflicts(parents: Sequence["Order"], context: Context) -> list[list[FieldConflict]]:
    """Answer where sources disagree on each order."""
    found = await context.services.details.conflicts(_answers(parents), context.principal)
    return [[FieldConflict.of(each) for each in some] for some in found]


async def load_ages(parents: Sequence["Order"], context: Context) -> list[list[Freshness]]:
    """Answer how old each source's part of each order is."""
    parts = await context.services.orders.ages(_answers(parents), context.principal, context.now)
    return [[show(dated) for dated in each] for each in parts]


async def load_events(
    parents: Sequence["Order"],
    context: Context,
    *,
    first: Annotated[
        int | None, strawberry.argument(description="How many: 1 to 500.")
    ] = USUAL_EVENTS_PER_PAGE,
    after: Annotated[
        EventCursor | None, strawberry.argument(description="Only what comes after this place.")
    ] = None,
) -> list[OrderEventConnection]:
    """Answer a page of each order's events."""
    return await pages_of_orders(context, [each.key for each in parents], first=first, after=after)


def _answers(parents: Sequence["Order"]) -> list[OrderAnswer]:
    return [each.answer for each in parents]


def _shipping_address(root: "Order") -> Address | None:
    return show_address(root.answer.row["shipping_address"])


@strawberry.type(
    description="An order: its header and lines from its channel, its work from the systems of "
    "the locations."
)
class Order(Node):
    answer: strawberry.Private[OrderAnswer]
    key: strawberry.Private[UUID]
    number: str = strawberry.field(description="The number that the customer was given.")
    channel: Channel | None = strawberry.field(description="Where it was bought.")
    placed_at: datetime | None = strawberry.field(description="When it was placed.")
    status: OrderStatus = strawberry.field(
        description="Where it stands: a pure function of the facts."
    )
    native_status: str | None = strawberry.field(description="The channel's own word.")
    payment_status: PaymentStatus | None = strawberry.field(description="Whether it was paid.")
    subtotal: Money | None = strawberry.field(description="Sum of the lines' prices.")
    shipping_total: Money | None = strawberry.field(description="Freight.")
    discount_total: Money | None = strawberry.field(description="Discounts.")
    tax_total: Money | None = strawberry.field(description="Taxes beside the prices.")
    total: Money | None = strawberry.field(description="What is paid in all.")
    promised_delivery_by: datetime | None = strawberry.field(
        description="By when the customer was told to have it."
    )
    external_refs: list[ExternalRef] | None = batch_field(load_refs, "What sources call it.")
    customer: Customer | None = batch_field(load_customers, "Who bought.")
    lines: list[OrderLine] | None = batch_field(load_lines, "What was bought.")
    fulfillment_orders: list[FulfillmentOrder] | None = batch_field(
        load_work, "The work that locations do for it."
    )
    invoices: list[Invoice] | None = batch_field(load_invoices, "Its invoices.")
    events: OrderEventConnection | None = batch_field(
        load_events, "What became of it, the oldest first: as far back as the log is kept."
    )
    conflicts: list[FieldConflict] | None = batch_field(
        load_conflicts, "Where sources disagree, and which one won."
    )
    freshness: list[Freshness] | None = batch_field(
        load_ages, "How old it is: one per source that takes part."
    )

    shipping_address: Address | None = strawberry.field(
        resolver=_shipping_address, description="Where it is sent."
    )

    @classmethod
    def of(cls, answer: OrderAnswer) -> "Order":
        """Answer an order as the graph shows it."""
        row = answer.row
        currency = CurrencyCode(row["currency"])
        return cls(
            id=strawberry.ID(str(GlobalId("Order", str(row["id"])))),
            answer=answer,
            key=row["id"],
            number=row["number"],
            channel=Channel(code=row["channel"], name=answer.channel_name),
            placed_at=row["placed_at"],
            status=OrderStatus(row["status"]),
            native_status=row["native_status"],
            payment_status=PaymentStatus(row["payment_status"]),
            subtotal=Money(amount=row["subtotal"], currency=currency),
            shipping_total=Money(amount=row["shipping_total"], currency=currency),
            discount_total=Money(amount=row["discount_total"], currency=currency),
            tax_total=Money(amount=row["tax_total"], currency=currency),
            total=Money(amount=row["total"], currency=currency),
            promised_delivery_by=row["promised_delivery_by"],
        )


@strawberry.type(description="An order and its place in the list.")
class OrderEdge:
    cursor: PageCursor = strawberry.field(description="Its place.")
    node: Order = strawberry.field(description="The order.")


async def load_totals(parents: Sequence["OrderConnection"], context: Context) -> list[int]:
    """Answer how many orders each list has."""
    lists = context.services.order_lists
    return await lists.counts([each.wish for each in parents], context.principal)


@strawberry.type(description="A page of orders.")
class OrderConnection:
    wish: strawberry.Private[OrderWish]
    edges: list[OrderEdge] = strawberry.field(description="The entries.")
    nodes: list[Order] = strawberry.field(description="The orders by themselves.")
    page_info: PageInfo = strawberry.field(description="Where the page begins and ends.")
    total_count: int | None = batch_field(load_totals, "How many orders there are in all.")
