"""The demo's orders come further, one at a time, and the examples stay as they are."""

from datetime import timedelta
from functools import cache
from itertools import islice

from gateway.connect.testing.dataset import DataOrder
from gateway.demo.catalogue import HERO_SKUS
from gateway.demo.data import Shown
from gateway.demo.sample import HERO_ORDER_REF, HERO_SALE_REF, MISTYPED_REF, generate_sample
from gateway.demo.trading import MOST_ORDERS, further, on_their_way, steps
from gateway.model.time import SystemClock

CLOCK = SystemClock()
SHOWN = Shown(list(HERO_SKUS), HERO_ORDER_REF, HERO_SALE_REF, MISTYPED_REF, "c-1", "a@example.com")


@cache
def _going() -> list[DataOrder]:
    return on_their_way(generate_sample(CLOCK.now()).orders, SHOWN)


def test_only_orders_on_their_way_go_on_and_no_example() -> None:
    going = _going()
    assert len(going) == MOST_ORDERS
    assert {each.word for each in going} <= {"created", "approved", "processing"}
    assert not {each.ref for each in going} & {HERO_ORDER_REF, MISTYPED_REF}
    assert all(each.sold_at is None for each in going)


def test_every_order_comes_further_in_its_turn() -> None:
    going = _going()
    first = list(islice(steps(going, CLOCK), MOST_ORDERS))
    assert [each.ref for each in first] == [each.ref for each in going]
    assert all(new.word != old.word for new, old in zip(first, going, strict=True))


def test_an_order_that_was_invoiced_is_promised_for_another_day() -> None:
    order, now = _going()[0], CLOCK.now()
    while order.word != "invoiced":
        order = further(order, now)
    later = further(order, now)
    assert order.promised_by is not None
    assert later.promised_by == order.promised_by + timedelta(days=1)
    assert (later.word, later.updated_at) == ("invoiced", now)
