"""The sample's orders and customers: in step with time, with stock and with themselves."""

import os
import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.connect.testing.dataset import DataOrder, read_dataset, write_dataset
from gateway.demo.people import HERO_CUSTOMER_REF, cpf
from gateway.demo.sample import (
    HERO_ORDER_REF,
    HERO_SALE_REF,
    MISTYPED_REF,
    generate_sample,
    mistyped,
)

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SAMPLE = generate_sample(NOW)
ONLINE = [order for order in SAMPLE.orders if order.sold_at is None]
SALES = [order for order in SAMPLE.orders if order.sold_at is not None]
DIGEST = """
import hashlib, msgspec
from datetime import UTC, datetime
from gateway.demo.sample import generate_sample
made = generate_sample(datetime(2026, 11, 20, 12, tzinfo=UTC))
print(hashlib.sha256(msgspec.json.encode(list(made.records()))).hexdigest())
"""


def _digest(hash_seed: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", DIGEST], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    )  # fmt: skip
    return done.stdout


def _known_times(order: DataOrder) -> list[datetime]:
    told = (order.placed_at, order.approved_at, order.shipped_at, order.delivered_at)
    return [each for each in told if each is not None]


def test_two_processes_make_the_same_bytes() -> None:
    assert _digest("1") == _digest("2")


def test_another_seed_makes_other_orders_with_the_same_quoted_ones() -> None:
    other = generate_sample(NOW, seed=8)
    assert [o.ref for o in other.orders[:5]] == [o.ref for o in SAMPLE.orders[:5]]
    assert [o.lines for o in other.orders[:5]] == [o.lines for o in SAMPLE.orders[:5]]
    assert [o.lines for o in other.orders[5:]] != [o.lines for o in SAMPLE.orders[5:]]


def test_it_is_written_and_read_as_it_is(tmp_path: Path) -> None:
    write_dataset(SAMPLE.records(), tmp_path / "sample.jsonl")
    assert read_dataset(tmp_path / "sample.jsonl") == SAMPLE


def test_ids_of_the_marketplace_are_as_vtex_writes_them() -> None:
    for order in ONLINE:
        assert re.fullmatch(r"\d{13}-01", order.ref)
        assert order.ref == f"{order.number}-01"


def test_times_are_of_the_last_sixty_days_in_their_order_and_none_is_to_come() -> None:
    for order in SAMPLE.orders:
        times = _known_times(order)
        assert times == sorted(times)
        assert NOW - timedelta(days=60, seconds=1) <= order.placed_at
        assert times[-1] <= order.updated_at <= NOW
    for order in ONLINE:
        assert order.promised_by is not None
        assert 4 <= (order.promised_by - order.placed_at).days <= 12


def test_an_order_has_the_times_of_its_word() -> None:
    has = {
        (o.word, o.approved_at is not None, o.shipped_at is not None, o.delivered_at is not None)
        for o in SAMPLE.orders
    }
    assert has == {
        ("created", False, False, False), ("approved", True, False, False),
        ("processing", True, False, False), ("invoiced", True, False, False),
        ("shipped", True, True, False), ("delivered", True, True, True),
        ("canceled", False, False, False), ("unavailable", True, False, False),
    }  # fmt: skip


def test_orders_are_split_over_up_to_three_places_that_have_the_sku() -> None:
    places = Counter(len({line.location for line in order.lines}) for order in ONLINE)
    assert set(places) == {1, 2, 3}
    assert places[1] > places[2] > places[3] > 100
    shelves = {(stock.sku, stock.location) for stock in SAMPLE.stock}
    (gift,) = [o for o in SAMPLE.orders if any(x.sku == "brinde-natal-2026" for x in o.lines)]
    for order in SAMPLE.orders:
        assert order is gift or {(x.sku, x.location) for x in order.lines} <= shelves


def test_a_customer_is_the_same_on_all_of_its_orders_and_like_no_other() -> None:
    people = {order.customer.ref: order.customer for order in SAMPLE.orders}
    assert all(order.customer == people[order.customer.ref] for order in SAMPLE.orders)
    for part in ("tax_id", "email", "phone"):
        assert len({getattr(person, part) for person in people.values()}) == len(people)
    for person in people.values():
        assert person.tax_id == cpf(int((person.tax_id or "")[:9]))
        assert person.email.endswith("@example.com")
        assert re.fullmatch(r"\+55[1-9]\d95555\d{4}", person.phone or "")


def test_the_quoted_orders_are_the_same_whatever_the_time() -> None:
    later = generate_sample(NOW + timedelta(days=100))
    for day, moved_day in zip(SAMPLE.orders[:5], later.orders[:5], strict=True):
        assert day.placed_at + timedelta(days=100) == moved_day.placed_at
        same = ("ref", "number", "word", "lines", "paid", "customer", "address", "is_broken")
        assert [getattr(day, n) for n in same] == [getattr(moved_day, n) for n in same]
    hero = SAMPLE.orders[0]
    assert (hero.ref, hero.number, hero.word) == (HERO_ORDER_REF, "1500000000001", "shipped")
    assert (hero.customer.ref, hero.paid) == (HERO_CUSTOMER_REF, "157.10")
    assert [(x.sku, x.quantity, x.location) for x in hero.lines] == [
        ("CAM-AZUL-M", 2, "CD-SPO-01"), ("0012345", 1, "CD-REC-01"),
    ]  # fmt: skip


def test_only_the_broken_order_is_broken() -> None:
    (broken,) = [order for order in SAMPLE.orders if order.is_broken]
    assert broken.ref == "1500000000002-01"
    assert not [order for order in SAMPLE.orders if order.is_beyond_window]


def test_a_sale_at_a_till_is_paid_and_taken_home_at_once() -> None:
    assert len(SALES) == 600
    kept = {place.code: place.kept_by for place in SAMPLE.locations}
    for sale in SALES:
        assert {line.location for line in sale.lines} == {sale.sold_at}
        assert kept[sale.sold_at or ""] == "till"
        times = (sale.approved_at, sale.shipped_at, sale.delivered_at, sale.updated_at)
        assert (sale.word, set(times)) == ("delivered", {sale.placed_at})
        assert {line.freight for line in sale.lines} == {"0.00"}
    assert len({sale.sold_at for sale in SALES}) == 11


def test_the_quoted_sale_is_of_the_customer_of_the_quoted_order() -> None:
    sale = SALES[0]
    assert (sale.ref, sale.number, sale.paid) == (HERO_SALE_REF, "00001", "49.90")
    assert (sale.customer.ref, sale.sold_at) == (HERO_CUSTOMER_REF, "LJ-RIO-01")
    assert [(x.sku, x.quantity) for x in sale.lines] == [("CAM-AZUL-M", 1)]


def test_one_order_was_typed_into_the_erp_with_another_freight() -> None:
    typed = mistyped(SAMPLE.orders)
    changed = [(a, b) for a, b in zip(SAMPLE.orders, typed, strict=True) if a != b]
    ((before, after),) = changed
    assert before.ref == MISTYPED_REF
    assert [(x.lines[0].freight, x.paid) for x in (before, after)] == [
        ("8.00", "57.90"), ("18.00", "67.90"),
    ]  # fmt: skip
