"""The sample: the same at every making, worth looking at, and adding up."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from gateway.demo.catalogue import HERO_SKUS, UNMAPPED_SKU
from gateway.demo.moving import moved, whole_weeks
from gateway.demo.people import HERO_CUSTOMER_REF, cpf
from gateway.demo.sample import HERO_ORDER_REF, generate_sample

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SAMPLE = generate_sample(NOW)


def test_it_is_as_large_as_promised_and_the_same_every_time() -> None:
    sizes = [len(part) for part in (SAMPLE.locations, SAMPLE.items, SAMPLE.orders)]
    assert sizes == [40, 2000, 3000]
    assert generate_sample(NOW) == SAMPLE
    assert len({place.code for place in SAMPLE.locations}) == 40
    assert len({item.sku for item in SAMPLE.items}) == 2000
    assert len({order.ref for order in SAMPLE.orders}) == 3000


def test_another_time_of_day_moves_it_and_changes_nothing_else() -> None:
    other = generate_sample(NOW + timedelta(hours=5))
    assert [o.word for o in other.orders] == [o.word for o in SAMPLE.orders]
    assert {
        o.placed_at - s.placed_at for o, s in zip(other.orders, SAMPLE.orders, strict=True)
    } == {timedelta(hours=5)}


def test_every_orders_parts_add_up() -> None:
    for order in SAMPLE.orders:
        total = sum(Decimal(x.unit_price) * x.quantity + Decimal(x.freight) for x in order.lines)
        assert Decimal(order.paid) == total
        assert order.updated_at <= NOW


def test_one_order_is_broken_and_one_item_is_unmapped() -> None:
    assert sum(1 for order in SAMPLE.orders if order.is_broken) == 1
    (unmapped,) = [item for item in SAMPLE.items if not item.in_catalogue]
    assert unmapped.sku == UNMAPPED_SKU
    sold = [o for o in SAMPLE.orders if any(x.sku == UNMAPPED_SKU for x in o.lines)]
    assert len(sold) == 1
    assert UNMAPPED_SKU not in {stock.sku for stock in SAMPLE.stock}


def test_the_records_that_the_docs_quote_are_there() -> None:
    assert set(HERO_SKUS) <= {item.sku for item in SAMPLE.items}
    (hero,) = [order for order in SAMPLE.orders if order.ref == HERO_ORDER_REF]
    assert (hero.word, len({line.location for line in hero.lines})) == ("shipped", 2)
    mine = [order for order in SAMPLE.orders if order.customer.ref == HERO_CUSTOMER_REF]
    assert [order.sold_at for order in mine] == [None] * 5 + ["LJ-RIO-01"]


def test_all_eight_words_are_there() -> None:
    assert set(Counter(order.word for order in SAMPLE.orders)) == {
        "created", "approved", "processing", "invoiced", "shipped", "delivered", "canceled",
        "unavailable",
    }  # fmt: skip


def test_a_cpf_has_its_check_digits() -> None:
    assert cpf(111444777) == "11144477735"


def test_times_move_by_whole_weeks_and_back() -> None:
    last = datetime(2018, 10, 17, 20, 30, 18, tzinfo=UTC)
    weeks = whole_weeks(last, NOW)
    assert timedelta(0) <= NOW - moved(last, weeks) < timedelta(weeks=1)
    assert moved(moved(last, weeks), -weeks) == last
