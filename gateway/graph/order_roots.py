"""The root fields of orders."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import strawberry

from gateway.federation.answers import OrderAnswer
from gateway.federation.order_refreshing import OrderUnavailable
from gateway.federation.orders import OrderKey
from gateway.graph.context import Context, Info
from gateway.graph.cursors import order_cursor, order_place
from gateway.graph.freshness import FreshnessInput, asked
from gateway.graph.inputs import OrderByInput, OrderFilter, OrderSort, page_size, storable
from gateway.graph.nodes import PageInfo
from gateway.graph.orders import Order, OrderConnection, OrderEdge
from gateway.graph.refusals import bad_request, unavailable
from gateway.graph.scalars import PageCursor
from gateway.model.ids import GlobalId, InvalidGlobalId
from gateway.projection.orders.read import OrderPlace, OrderWish

# The lists that a cursor may be of.
ORDERS = "orders"
CUSTOMERS_ORDERS = "customers-orders"


async def find_order(
    info: Info,
    by: Annotated[OrderByInput, strawberry.argument(description="Which order.")],
    freshness: Annotated[
        FreshnessInput | None, strawberry.argument(description="How old the answer may be.")
    ] = None,
) -> Order | None:
    """Answer an order within the caller's reach, as fresh as asked; null beyond it."""
    context = info.context
    found: Order | None = await context.batches.load(
        _orders_by, _key(by), context, {"freshness": freshness}
    )
    return found


async def _orders_by(
    keys: Sequence[OrderKey], context: Context, *, freshness: FreshnessInput | None
) -> list[Order | Exception | None]:
    """Answer the orders of a request's aliases at once."""
    found = await context.services.orders.fresh(
        keys, asked(freshness), context.principal,
        floor=context.floor, now=context.now, deadline=context.deadline,
        allowance=context.allowance,
    )  # fmt: skip
    return [_order(some) for some in found]


def _order(found: Sequence[OrderAnswer | OrderUnavailable]) -> Order | Exception | None:
    if len(found) > 1:
        return bad_request("more than one order has this number: ask by id or by channelRef")
    for answer in found:
        if isinstance(answer, OrderUnavailable):
            return unavailable(answer.reason, answer.dated.source_id, answer.dated.as_of)
        return Order.of(answer)
    return None


def _key(by: OrderByInput) -> OrderKey:
    """Read which order is asked for; raises a BAD_REQUEST error."""
    if by.id:
        try:
            return OrderKey(id=GlobalId.parse(by.id).uuid("Order"))
        except InvalidGlobalId as error:
            raise bad_request(f"by.id: {error}") from error
    if by.channel_ref:
        wanted = by.channel_ref
        return OrderKey(channel_ref=(storable(wanted.channel), storable(wanted.ref)))
    return OrderKey(number=storable(by.number or ""))


async def list_orders(
    info: Info,
    filter: Annotated[OrderFilter | None, strawberry.argument(description="Which orders.")] = None,
    sort: Annotated[
        OrderSort, strawberry.argument(description="In which order.")
    ] = OrderSort.PLACED_AT_DESC,
    first: Annotated[
        int | None, strawberry.argument(description="How many from the start: 1 to 100.")
    ] = None,
    after: Annotated[
        PageCursor | None, strawberry.argument(description="Only what comes after this place.")
    ] = None,
    last: Annotated[
        int | None, strawberry.argument(description="How many from the end: 1 to 100.")
    ] = None,
    before: Annotated[
        PageCursor | None, strawberry.argument(description="Only what comes before this place.")
    ] = None,
) -> OrderConnection | None:
    """Answer a page of the orders within the caller's reach, from the projection."""
    wish = OrderWish() if filter is None else filter.wish()
    context, size = info.context, page_size(first, last)
    answers = await context.services.orders.page(
        wish, context.principal,
        after=order_place(context, ORDERS, after), before=order_place(context, ORDERS, before),
        limit=size + 1, newest_first=sort is OrderSort.PLACED_AT_DESC, from_end=last is not None,
    )  # fmt: skip
    has_more = len(answers) > size
    kept = (answers[1:] if last is not None else answers[:size]) if has_more else answers
    is_from_end = last is not None
    return _connection(
        context, ORDERS, kept, wish,
        has_next=before is not None if is_from_end else has_more,
        has_previous=has_more if is_from_end else after is not None,
    )  # fmt: skip


async def pages_of_customers(
    context: Context, keys: Sequence[UUID], *, first: int | None, after: str | None
) -> list[OrderConnection]:
    """Answer a page of each customer's orders within the caller's reach, the newest first."""
    size, place = page_size(first), order_place(context, CUSTOMERS_ORDERS, after)
    pages = await context.services.orders.pages_of(
        keys, context.principal, after=place, limit=size + 1
    )
    return [
        _connection(
            context, CUSTOMERS_ORDERS, page[:size], OrderWish(customer_id=key),
            has_next=len(page) > size, has_previous=after is not None,
        )
        for key, page in zip(keys, pages, strict=True)
    ]  # fmt: skip


def _connection(
    context: Context,
    name: str,
    answers: Sequence[OrderAnswer],
    wish: OrderWish,
    *,
    has_next: bool,
    has_previous: bool,
) -> OrderConnection:
    nodes = [Order.of(answer) for answer in answers]
    edges = [
        OrderEdge(
            cursor=order_cursor(context, name, OrderPlace(each.answer.row["placed_at"], each.key)),
            node=each,
        )
        for each in nodes
    ]
    cursors = [edge.cursor for edge in edges]
    info = PageInfo.of(cursors, has_next=has_next, has_previous=has_previous)
    return OrderConnection(wish=wish, edges=edges, nodes=nodes, page_info=info)
