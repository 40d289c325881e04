"""The status of an order is a pure function of the facts."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


WORKS = st.lists(
    st.builds(
        lambda status, shipped, arrived: FulfillmentFact(status, shipped, min(shipped, arrived)),
        st.sampled_from(FulfillmentStatus), st.integers(0, 4), st.integers(0, 4),
    ),
    max_size=5,
)  # fmt: skip
STATES = st.sampled_from(ChannelState)


@given(STATES, WORKS, st.integers(1, 6), st.randoms(use_true_random=False))
def test_the_same_facts_under_any_names_in_any_order_are_the_same_status(
    state: ChannelState, works: list[FulfillmentFact], ordered: int, chance: Random
) -> None:
    first = order_status(facts(state, *works, ordered=ordered))
    chance.shuffle(works)
    named = frozenset((f"{chance.random()}/{n}", work) for n, work in enumerate(works))
    assert order_status(OrderFacts(state, ordered, named)) is first


@given(STATES, WORKS, st.integers(1, 6))
def test_a_parcel_told_by_two_places_counts_as_one_by_both(
    state: ChannelState, works: list[FulfillmentFact], ordered: int
) -> None:
    halves = [
        FulfillmentFact(each.status, *units)
        for each in works
        for units in (
            (each.shipped // 2, each.delivered // 2),
            (each.shipped - each.shipped // 2, each.delivered - each.delivered // 2),
        )
    ]
    told = order_status(facts(state, *halves, ordered=ordered))
    assert told is order_status(facts(state, *works, ordered=ordered))


@given(STATES, WORKS, st.integers(1, 6), st.sampled_from(FulfillmentStatus))
def test_what_leaves_or_arrives_never_moves_an_order_backwards(
    state: ChannelState, works: list[FulfillmentFact], ordered: int, status: FulfillmentStatus
) -> None:
    before = order_status(facts(state, *works, ordered=ordered))
    for more in (FulfillmentFact(status, 1, 0), FulfillmentFact(status, 1, 1)):
        after = order_status(facts(state, *works, more, ordered=ordered))
        assert not is_regression(before, after), (before, after)


def test_a_move_backwards_is_known() -> None:
    assert is_regression(OrderStatus.SHIPPED, OrderStatus.CONFIRMED)
    assert is_regression(OrderStatus.CANCELLED, OrderStatus.CONFIRMED)
    assert not is_regression(OrderStatus.CONFIRMED, OrderStatus.SHIPPED)
    assert not is_regression(OrderStatus.SHIPPED, OrderStatus.SHIPPED)
