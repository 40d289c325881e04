"""The real orders, held against the files by queries of the test's own."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from zoneinfo import ZoneInfo

from connectors.vtex.sandbox.index import KEPT
from gateway.demo.olist import LISTED, read_olist
from gateway.demo.systems import share_out
from gateway.model.identity import tax_id_of

from .whole_set import FOLDER, NOW, ROOT, load, needs_the_files, query

pytestmark = needs_the_files
PAGE = (ROOT / "docs" / "olist.md").read_text("utf-8")
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
ROW = re.compile(r"^\| ([a-z]+) \| ([\d,]+) \|", re.MULTILINE)
SELLER_IDS = "SELECT seller_id FROM {sellers}"
LAST_PURCHASE = datetime(2018, 10, 17, 20, 30, 18, tzinfo=UTC)


def test_every_order_is_there_once_under_its_word() -> None:
    told = dict(query("SELECT order_id, order_status FROM {orders_partial}"))
    orders = load().dataset.orders
    assert {order.ref: order.word for order in orders} == told
    assert len(orders) == 32_936
    assert load().counts == Counter(told.values())
    assert load().counts == {
        "delivered": 29_973, "shipped": 1_107, "canceled": 625, "unavailable": 609,
        "invoiced": 314, "processing": 301, "created": 5, "approved": 2,
    }  # fmt: skip
    assert len({order.number for order in orders}) == 32_936


def test_the_page_says_the_numbers_that_are_found() -> None:
    orders = load().dataset.orders
    told = [
        {word: int(count.replace(",", "")) for word, count in ROW.findall(section)}
        for section in PAGE.split("\n## Words at ")[1:]
    ]
    assert told == [
        {word: sum(o.word == word and o.sold_at is None for o in orders) for word in load().counts},
        {word: sum(o.word == word and o.sold_at is not None for o in orders)
         for word in load().counts},
    ]  # fmt: skip
    dataset, shares = load().dataset, share_out(load().dataset)
    total = sum(Decimal(order.paid) for order in dataset.orders)
    persons = {name: {o.customer.ref for o in share.orders} for name, share in shares.items()}
    for said in (
        f"{load().beyond_window} of them are its own", f"Over all {len(orders):,} orders",
        f"{total:,} BRL", f"{len(dataset.locations):,} locations", f"{len(dataset.items):,} SKUs",
        f"{len(dataset.stock):,} pairs", f"{len(shares['vtex'].orders):,} orders",
        f"{len(shares['square'].orders):,} sales", f"{len(dataset.invoices):,} invoices",
        f"stock of {len(shares['shiphero'].locations):,} sellers",
        f"{len(persons['vtex'] | persons['square']):,} persons",
        f"{len(persons['vtex']):,} bought at the marketplace",
        f"{len(persons['square']):,} at a till",
        f"and {len(persons['vtex'] & persons['square'])} at both",
    ):  # fmt: skip
        assert said in " ".join(PAGE.split())


def test_every_order_is_right_to_the_cent() -> None:
    told = query(
        """SELECT o.order_id, coalesce(i.total, p.total, 0), coalesce(i.lines, 0)
           FROM {orders_partial} o
           LEFT JOIN (SELECT order_id, count(*) AS lines,
               sum(CAST(price AS DECIMAL(12, 2)) + CAST(freight_value AS DECIMAL(12, 2))) AS total
               FROM {order_items} GROUP BY 1) i USING (order_id)
           LEFT JOIN (SELECT order_id, sum(CAST(payment_value AS DECIMAL(12, 2))) AS total
               FROM {order_payments} GROUP BY 1) p USING (order_id)"""
    )
    orders = load().dataset.orders
    found = {order.ref: (Decimal(order.paid), len(order.lines)) for order in orders}
    assert found == {ref: (total, lines) for ref, total, lines in told}
    assert sum(Decimal(order.paid) for order in orders) == Decimal("5409165.09")
    assert sum(1 for order in orders if not order.lines) == 775
    assert {order.currency for order in orders} == {"BRL"}


def test_no_lines_are_merged_and_none_is_of_another_order() -> None:
    told = Counter(
        query(
            """SELECT order_id, product_id, seller_id, CAST(price AS DECIMAL(12, 2)),
                   CAST(freight_value AS DECIMAL(12, 2))
               FROM {order_items}
               WHERE order_id IN (SELECT order_id FROM {orders_partial})"""
        )
    )
    found = Counter(
        (order.ref, line.sku, line.location, Decimal(line.unit_price), Decimal(line.freight))
        for order in load().dataset.orders
        for line in order.lines
    )
    assert found == told
    assert {line.quantity for order in load().dataset.orders for line in order.lines} == {1}


def test_moving_undone_gives_the_times_of_the_files() -> None:
    told = query(
        """SELECT order_id, order_purchase_timestamp, order_approved_at,
               order_delivered_carrier_date, order_delivered_customer_date,
               order_estimated_delivery_date
           FROM {orders_partial}"""
    )
    back = timedelta(weeks=load().weeks)

    def local(moment: datetime | None) -> datetime | None:
        if moment is None:
            return None
        return (moment - back).astimezone(SAO_PAULO).replace(tzinfo=None, fold=0)

    found = {
        o.ref: (local(o.placed_at), local(o.approved_at), local(o.shipped_at),
                local(o.delivered_at), local(o.promised_by))
        for o in load().dataset.orders
    }  # fmt: skip
    assert found == {ref: tuple(times) for ref, *times in told}
    assert load().weeks == 422


def test_an_hour_that_clocks_showed_twice_is_taken_as_the_first() -> None:
    back = timedelta(weeks=load().weeks)
    bought = [(o.placed_at - back).astimezone(SAO_PAULO) for o in load().dataset.orders]
    twice = [each for each in bought if each.utcoffset() != each.replace(fold=1).utcoffset()]
    assert [each.fold for each in twice] == [0, 0, 0, 0]


def test_the_last_purchase_is_less_than_a_week_old_and_nothing_has_happened_later_than_now() -> (
    None
):
    orders = load().dataset.orders
    last = max(order.placed_at for order in orders)
    assert last - timedelta(weeks=422) == LAST_PURCHASE
    assert timedelta(0) <= NOW - last < timedelta(weeks=1)
    assert all(order.placed_at <= order.updated_at <= NOW for order in orders)


def test_149_orders_are_older_than_the_marketplace_lists_and_146_of_them_its_own() -> None:
    orders = load().dataset.orders
    assert LISTED == KEPT
    old = {o.ref: o.sold_at for o in orders if o.placed_at < NOW - KEPT}
    assert {o.ref for o in orders if o.is_beyond_window} == {
        ref for ref, shop in old.items() if shop is None
    }
    assert (len(old), load().beyond_window) == (149, 146)


def test_one_more_is_older_from_the_sixth_day_after_the_last_purchase_on() -> None:
    last = LAST_PURCHASE + timedelta(weeks=422)
    joins = timedelta(days=5, hours=13, minutes=55, seconds=9)
    second = timedelta(seconds=1)
    placed = [order.placed_at for order in load().dataset.orders]
    ages = (timedelta(0), joins, joins + second, timedelta(weeks=1) - second)
    assert [sum(at < last + age - KEPT for at in placed) for age in ages] == [149, 149, 150, 150]
    later = read_olist(FOLDER, last + joins + second)
    assert (later.weeks, later.beyond_window) == (422, 147)


def test_every_seller_is_a_location_where_its_postal_code_lies() -> None:
    told = query(
        """SELECT seller_id, seller_state, lat, lng FROM {sellers}
           LEFT JOIN {geo_zip_prefix_median} ON zip = seller_zip_code_prefix"""
    )
    locations = load().dataset.locations
    found = {place.code: (place.region, place.latitude, place.longitude) for place in locations}
    assert found == {seller: tuple(rest) for seller, *rest in told}
    assert len(locations) == 3_095
    assert sum(1 for place in locations if place.latitude is None) == 7
    assert Counter((place.type, place.kept_by) for place in locations) == {
        ("PARTNER", "warehouse"): 2_995, ("STORE", "till"): 100,
    }  # fmt: skip
    assert len({place.owner for place in locations}) == 3_095


def test_every_product_is_a_sku_and_every_pair_that_was_sold_has_stock() -> None:
    dataset = load().dataset
    products = {product for (product,) in query("SELECT product_id FROM {products}")}
    pairs = set(query("SELECT DISTINCT product_id, seller_id FROM {order_items}"))
    assert {item.sku for item in dataset.items} == products
    assert len(dataset.items) == 32_951
    assert len({item.title for item in dataset.items}) == 32_951
    assert {(stock.sku, stock.location) for stock in dataset.stock} == pairs
    assert len(dataset.stock) == 34_448
    assert all(0 <= stock.allocated <= stock.on_hand < 60 for stock in dataset.stock)
    shops = {place.code for place in dataset.locations if place.kept_by == "till"}
    assert not any(x.allocated or x.reserve for x in dataset.stock if x.location in shops)


def test_people_are_told_apart_and_marked_as_made_up() -> None:
    told = query(
        """SELECT o.order_id, c.customer_unique_id FROM {orders_partial} o
           JOIN {customers} c USING (customer_id)"""
    )
    orders = load().dataset.orders
    people = {order.customer.ref: order.customer for order in orders}
    assert {order.ref: order.customer.ref for order in orders} == dict(told)
    assert len({person.email for person in people.values()}) == len(people)
    for person in people.values():
        assert person.last_name.endswith(" (simulado)")
        assert person.email.endswith("@example.com")
        assert (tax_id_of(person.tax_id), person.phone) == (person.tax_id, None)
    assert len({person.tax_id for person in people.values()}) == len(people) == 32_469


def test_what_is_all_of_one_shop_was_sold_at_its_till_and_all_else_at_the_marketplace() -> None:
    shops = {place.code for place in load().dataset.locations if place.kept_by == "till"}
    by_hash = sorted((sha256(s.encode()).digest(), s) for (s,) in query(SELLER_IDS))
    assert shops == {seller for _, seller in by_hash[:100]}
    told = query(
        """SELECT order_id, min(seller_id) FROM {order_items} SEMI JOIN {orders_partial} o
               USING (order_id)
           GROUP BY 1 HAVING count(DISTINCT seller_id) = 1"""
    )
    orders = load().dataset.orders
    expected = {ref: seller for ref, seller in told if seller in shops}
    assert {o.ref: o.sold_at for o in orders if o.sold_at is not None} == expected
    assert Counter(o.word for o in orders if o.sold_at is not None) == {
        "delivered": 1_289, "shipped": 48, "processing": 21, "canceled": 17, "invoiced": 6,
        "approved": 1,
    }  # fmt: skip


def test_the_four_systems_together_know_everything_once() -> None:
    dataset, shares = load().dataset, share_out(load().dataset)
    orders = [each.ref for name in ("vtex", "square") for each in shares[name].orders]
    assert sorted(orders) == sorted(order.ref for order in dataset.orders)
    paid = (Decimal(o.paid) for name in ("vtex", "square") for o in shares[name].orders)
    assert sum(paid) == Decimal("5409165.09")
    keepers = ("shiphero", "square")
    assert sum(len(shares[name].stock) for name in keepers) == len(dataset.stock) == 34_448
    assert [len(shares[name].locations) for name in keepers] == [2_995, 100]
    own = {place.code for place in shares["shiphero"].locations}
    shipped = {x.location for order in shares["shiphero"].orders for x in order.lines}
    assert shipped <= own
    assert sum(len(order.lines) for order in shares["shiphero"].orders) == sum(
        line.location in own for order in shares["vtex"].orders for line in order.lines
    )


def test_every_invoice_is_of_an_order_of_the_marketplace_and_of_what_it_cost() -> None:
    told = query(
        """SELECT o.order_id, sum(CAST(price AS DECIMAL(12, 2)) + CAST(freight_value
               AS DECIMAL(12, 2)))
           FROM {orders_partial} o JOIN {order_items} USING (order_id)
           WHERE order_status IN ('invoiced', 'shipped', 'delivered') GROUP BY 1"""
    )
    sales = {order.ref for order in load().dataset.orders if order.sold_at is not None}
    expected = {ref: total for ref, total in told if ref not in sales}
    invoices = load().dataset.invoices
    assert {each.order: Decimal(each.total) for each in invoices} == expected
    assert len(invoices) == len(expected) == len({each.key for each in invoices}) == 30_048
