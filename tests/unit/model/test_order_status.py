"""The status of an order is a pure function of the facts."""

from itertools import permutations

import pytest

from gateway.model.order import (
    ChannelState,
    FulfillmentFact,
    FulfillmentStatus,
    OrderFacts,
    OrderStatus,
    is_regression,
    order_status,
)

OPEN = FulfillmentFact(FulfillmentStatus.OPEN, 0, 0)
BUSY = FulfillmentFact(FulfillmentStatus.IN_PROGRESS, 0, 0)


def gone(shipped: int, delivered: int = 0) -> FulfillmentFact:
    return FulfillmentFact(FulfillmentStatus.CLOSED, shipped, delivered)


def facts(state: ChannelState, *works: FulfillmentFact, ordered: int = 3) -> OrderFacts:
    return OrderFacts(state, ordered, frozenset((str(n), w) for n, w in enumerate(works)))


@pytest.mark.parametrize(
    ("told", "due"),
    [
        (facts(ChannelState.PENDING), OrderStatus.PENDING),
        (facts(ChannelState.CONFIRMED, OPEN), OrderStatus.CONFIRMED),
        (facts(ChannelState.CONFIRMED, BUSY), OrderStatus.IN_FULFILLMENT),
        (facts(ChannelState.HANDLING), OrderStatus.IN_FULFILLMENT),
        (facts(ChannelState.INVOICED, gone(1), OPEN), OrderStatus.PARTIALLY_SHIPPED),
        (facts(ChannelState.INVOICED, gone(1), gone(2)), OrderStatus.SHIPPED),
        (facts(ChannelState.SHIPPED, gone(1)), OrderStatus.SHIPPED),
        (facts(ChannelState.INVOICED, gone(1, 1), gone(2, 2)), OrderStatus.DELIVERED),
        (facts(ChannelState.DELIVERED, gone(1)), OrderStatus.DELIVERED),
        (facts(ChannelState.CANCELLED, gone(1)), OrderStatus.CANCELLED),
        (facts(ChannelState.ON_HOLD), OrderStatus.ON_HOLD),
    ],
)
def test_facts_amount_to_a_status(told: OrderFacts, due: OrderStatus) -> None:
    assert order_status(told) is due


def test_the_order_of_the_facts_does_not_matter() -> None:
    works = [("1", gone(1)), ("2", BUSY), ("3", gone(1, 1))]
    found = {
        order_status(OrderFacts(ChannelState.INVOICED, 3, frozenset(turn)))
        for turn in permutations(works)
    }
    assert found == {OrderStatus.PARTIALLY_SHIPPED}


def test_a_move_backwards_is_known() -> None:
    assert is_regression(OrderStatus.SHIPPED, OrderStatus.CONFIRMED)
    assert is_regression(OrderStatus.CANCELLED, OrderStatus.CONFIRMED)
    assert not is_regression(OrderStatus.CONFIRMED, OrderStatus.SHIPPED)
    assert not is_regression(OrderStatus.SHIPPED, OrderStatus.SHIPPED)
