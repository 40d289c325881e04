"""What each system is told of the sample: together everything, each only its own."""

from datetime import UTC, datetime

from gateway.connect.testing.dataset import DataOrder, Dataset
from gateway.demo.catalogue import UNMAPPED_SKU
from gateway.demo.sample import BROKEN_REF, HERO_ORDER_REF, HERO_SALE_REF, generate_sample
from gateway.demo.systems import LEDGER, MARKETPLACE, SYSTEMS, TILL, WAREHOUSE, share_out

SAMPLE = generate_sample(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
SHARES = share_out(SAMPLE)
KEEPERS = {WAREHOUSE: "warehouse", TILL: "till", LEDGER: "ledger"}


def _orders(share: Dataset) -> dict[str, DataOrder]:
    return {order.ref: order for order in share.orders}


def test_there_are_four_systems() -> None:
    assert tuple(SHARES) == SYSTEMS == ("vtex", "shiphero", "square", "bling")


def test_every_position_is_counted_by_one_system() -> None:
    counted = [row for name in KEEPERS for row in SHARES[name].stock]
    assert len(counted) == len(SAMPLE.stock)
    assert {(row.sku, row.location) for row in counted} == {
        (row.sku, row.location) for row in SAMPLE.stock
    }
    assert SHARES[MARKETPLACE].stock == []
    for name, keeper in KEEPERS.items():
        told = [place.code for place in SHARES[name].locations]
        assert told == [place.code for place in SAMPLE.locations if place.kept_by == keeper]
        assert {row.location for row in SHARES[name].stock} <= set(told)


def test_every_order_is_of_one_channel() -> None:
    online, sales = _orders(SHARES[MARKETPLACE]), _orders(SHARES[TILL])
    assert online.keys().isdisjoint(sales)
    assert {**online, **sales} == _orders(SAMPLE)
    assert all((order.sold_at is None) == (ref in online) for ref, order in _orders(SAMPLE).items())
    assert (HERO_ORDER_REF in online, HERO_SALE_REF in sales) == (True, True)


def test_the_erp_has_the_marketplaces_orders_but_for_the_broken_one_and_every_invoice() -> None:
    online = _orders(SHARES[MARKETPLACE])
    del online[BROKEN_REF]
    assert _orders(SHARES[LEDGER]) == online
    assert SHARES[LEDGER].invoices == SAMPLE.invoices
    assert [len(SHARES[name].invoices) for name in SYSTEMS] == [0, 0, 0, len(SAMPLE.invoices)]


def test_the_warehouse_system_ships_the_lines_of_its_own_locations() -> None:
    kept = {place.code for place in SHARES[WAREHOUSE].locations}
    told = _orders(SHARES[WAREHOUSE])
    assert told.keys() == _orders(SHARES[MARKETPLACE]).keys()
    for ref, order in _orders(SHARES[MARKETPLACE]).items():
        assert told[ref].lines == tuple(x for x in order.lines if x.location in kept)
        assert told[ref].word == order.word


def test_every_system_knows_the_skus_that_it_names_and_no_other() -> None:
    for name in KEEPERS:
        share = SHARES[name]
        named = {row.sku for row in share.stock}
        named |= {line.sku for order in share.orders for line in order.lines}
        assert {item.sku for item in share.items} == named
    stocked = {row.sku for name in KEEPERS for row in SHARES[name].stock}
    assert {item.sku for item in SAMPLE.items} - stocked == {UNMAPPED_SKU}
