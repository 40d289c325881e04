"""The root fields of orders."""

from collections.abc import Sequence
from typing import Annotated, Any, TypeAlias
from uuid import UUID

import strawberry
from graphql import GraphQLError

from gateway.federation.answers import OrderAnswer
from gateway.federation.order_keys import OrderKey
from gateway.federation.order_refreshing import OrderUnavailable
from gateway.graph.context import Context, Info
from gateway.graph.cursors import order_cursor, order_place
from gateway.graph.freshness import FreshnessInput, asked
from gateway.graph.inputs import (
    MOST_PER_PAGE,
    OrderByInput,
    OrderFilter,
    OrderSort,
    page_size,
    storable,
)
from gateway.graph.nodes import PageInfo
from gateway.graph.orders import Order, OrderConnection, OrderEdge
from gateway.graph.refusals import bad_request, unavailable
from gateway.graph.scalars import PageCursor
from gateway.model.ids import GlobalId, InvalidGlobalId
from gateway.projection.orders.read import OrderPlace, OrderWish

# The lists that a cursor may be of.
ORDERS = "orders"
CUSTOMERS_ORDERS = "customers-orders"


Wanted: TypeAlias = "Sequence[OrderKey | GraphQLError]"
Shown: TypeAlias = "Order | Exception | None"
FreshnessArgument = Annotated[
    FreshnessInput | None, strawberry.argument(description="How old the answer may be.")
]


async def find_order(
    info: Info,
    by: Annotated[OrderByInput, strawberry.argument(description="Which order.")],
    freshness: FreshnessArgument = None,
) -> Order | None:
    """Answer an order within the caller's reach, as fresh as asked; null beyond it."""
    (found,) = await _found([_key(by)], freshness, info.context)
    if isinstance(found, Exception):
        raise found
    return found


async def find_orders(
    info: Info,
    keys: Annotated[
        list[OrderByInput],
        strawberry.argument(description="Which orders: at most 100, each as of `order`."),
    ],
    freshness: FreshnessArgument = None,
) -> list[Order | None] | None:
    """Answer orders in the asked order, each as `order` does; a failure is its own entry's."""
    if len(keys) > MOST_PER_PAGE:
        raise bad_request(f"at most {MOST_PER_PAGE} orders at a time; these are {len(keys)}")
    answers: list[Any] = await _found([_key_or_error(by) for by in keys], freshness, info.context)
    return answers


async def _found(
    wanted: Wanted, freshness: FreshnessInput | None, context: Context
) -> "list[Shown]":
    found: list[Shown] = await context.batches.load(
        _orders_by, wanted, context, {"freshness": freshness}
    )
    return found


async def _orders_by(
    lists: Sequence[Wanted], context: Context, *, freshness: FreshnessInput | None
) -> "list[list[Shown]]":
    """Answer the orders of all of a request's fields at once."""
    keys = [key for wanted in lists for key in wanted if isinstance(key, OrderKey)]
    ready = _Ready()
    found = await context.services.orders.fresh(
        keys, asked(freshness), context.principal,
        floor=context.floor, now=context.now, deadline=context.deadline,
        allowance=context.allowance, prepare=ready.make,
    )  # fmt: skip
    shown = (_order(each, ready) for each in found)
    return [
        [next(shown) if isinstance(key, OrderKey) else key for key in wanted] for wanted in lists
    ]


class _Ready:
    """Orders that were made while their sources were asked, by the row that they are made of."""

    def __init__(self) -> None:
        self._made: dict[int, Order] = {}

    def make(self, answers: Sequence[OrderAnswer]) -> None:
        """Make orders of what is known."""
        self._made = {id(each.row): Order.of(each) for each in answers}

    def of(self, answer: OrderAnswer) -> Order:
        """Answer an order: the one that was made, where its row is the one that was known."""
        made = self._made.get(id(answer.row))
        if made is None:
            return Order.of(answer)
        made.answer = answer
        return made


def _order(found: Sequence[OrderAnswer | OrderUnavailable], ready: _Ready) -> "Shown":
    if len(found) > 1:
        return bad_request("more than one order has this number: ask by id or by channelRef")
    for answer in found:
        if isinstance(answer, OrderUnavailable):
            return unavailable(answer.reason, answer.dated.source_id, answer.dated.as_of)
        return ready.of(answer)
    return None


def _key_or_error(by: OrderByInput) -> OrderKey | GraphQLError:
    try:
        return _key(by)
    except GraphQLError as error:
        return error


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
    answers = await context.services.order_lists.page(
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
    pages = await context.services.order_lists.pages_of(
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
