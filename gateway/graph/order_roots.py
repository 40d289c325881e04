"""The root fields of orders."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import strawberry

from gateway.federation.answers import OrderAnswer
from gateway.federation.orders import OrderUnavailable
from gateway.graph.context import Context, Info
from gateway.graph.freshness import FreshnessInput, asked
from gateway.graph.inputs import OrderByInput, OrderFilter, OrderSort, page_size, storable
from gateway.graph.nodes import PageInfo
from gateway.graph.orders import Order, OrderConnection, OrderEdge
from gateway.graph.refusals import bad_request, unavailable
from gateway.graph.scalars import PageCursor, order_cursor, order_place
from gateway.model.ids import GlobalId, InvalidGlobalId
from gateway.projection.orders.read import OrderPlace, OrderWish


async def find_order(
    info: Info,
    by: Annotated[OrderByInput, strawberry.argument(description="Which order.")],
    freshness: Annotated[
        FreshnessInput | None, strawberry.argument(description="How old the answer may be.")
    ] = None,
) -> Order | None:
    """Answer an order within the caller's reach, as fresh as asked; null beyond it."""
    context = info.context
    found = await _find(by, context)
    if found is None:
        return None
    try:
        answer = await context.services.orders.freshened(
            found, asked(freshness), context.principal,
            floor=context.floor, now=context.now, deadline=context.deadline,
            allowance=context.allowance,
        )  # fmt: skip
    except OrderUnavailable as error:
        dated = error.dated
        raise unavailable(error.reason, dated.source_id, dated.as_of) from error
    return Order.of(answer)


async def _find(by: OrderByInput, context: Context) -> OrderAnswer | None:
    orders, principal = context.services.orders, context.principal
    if by.id:
        try:
            key = GlobalId.parse(by.id).uuid("Order")
        except InvalidGlobalId as error:
            raise bad_request(f"by.id: {error}") from error
        return (await orders.by_id([key], principal))[0]
    if by.channel_ref:
        wanted = by.channel_ref
        return await orders.by_channel_ref(
            storable(wanted.channel), storable(wanted.ref), principal
        )
    found = await orders.by_number(storable(by.number or ""), principal)
    if len(found) > 1:
        raise bad_request("more than one order has this number: ask by id or by channelRef")
    return found[0] if found else None


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
        after=None if after is None else order_place(after),
        before=None if before is None else order_place(before),
        limit=size + 1, newest_first=sort is OrderSort.PLACED_AT_DESC, from_end=last is not None,
    )  # fmt: skip
    has_more = len(answers) > size
    kept = (answers[1:] if last is not None else answers[:size]) if has_more else answers
    return _connection(
        kept, wish, has_more, is_from_end=last is not None, after=after, before=before
    )


async def pages_of_customers(
    context: Context, keys: Sequence[UUID], *, first: int | None, after: str | None
) -> list[OrderConnection]:
    """Answer a page of each customer's orders within the caller's reach, the newest first."""
    size = page_size(first)
    place = None if after is None else order_place(after)
    pages = await context.services.orders.pages_of(
        keys, context.principal, after=place, limit=size + 1
    )
    return [
        _connection(
            page[:size], OrderWish(customer_id=key), len(page) > size,
            is_from_end=False, after=after, before=None,
        )
        for key, page in zip(keys, pages, strict=True)
    ]  # fmt: skip


def _connection(
    answers: list[OrderAnswer],
    wish: OrderWish,
    has_more: bool,
    *,
    is_from_end: bool,
    after: str | None,
    before: str | None,
) -> OrderConnection:
    nodes = [Order.of(answer) for answer in answers]
    edges = [
        OrderEdge(
            cursor=order_cursor(OrderPlace(each.answer.row["placed_at"], each.key)), node=each
        )
        for each in nodes
    ]
    info = PageInfo(
        has_next_page=before is not None if is_from_end else has_more,
        has_previous_page=has_more if is_from_end else after is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return OrderConnection(wish=wish, edges=edges, nodes=nodes, page_info=info)
