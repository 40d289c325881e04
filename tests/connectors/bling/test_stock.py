"""Stock and deposits, over real sockets."""

import pytest

from connectors.bling.sandbox.forms import id_of
from gateway.connect.errors import Unsupported
from gateway.connect.records import Mapped, Page, Unmappable
from gateway.connect.testing.dataset import DataItem, DataLocation, Dataset, DataStock
from gateway.connect.testing.faults import Fault
from gateway.model.stock import PositionRef, StockRecord

from .retail import a_dataset, refs, staged

DC, STORE = (str(id_of("deposit", code)) for code in ("dc-1", "store-1"))


def levels(page: Page[StockRecord]) -> dict[tuple[str, str], tuple[int | None, int | None]]:
    return {
        (i.record.position.item, i.record.position.location): (i.record.on_hand, i.record.committed)
        for i in page.items
        if isinstance(i, Mapped)
    }


def stocked(*more: DataStock) -> Dataset:
    dataset = a_dataset()
    dataset.stock += more
    return dataset


async def test_a_walk_has_what_is_in_stock_out_of_stock_and_below_nothing() -> None:
    dataset = stocked(DataStock("007", "dc-1", 0), DataStock("below", "dc-1", -2, 1))
    async with staged(dataset) as stage:
        page = await stage.connector.stock_walk(None, deadline=stage.soon)
        assert levels(page) == {
            ("SKU-1", DC): (5, 2),
            ("SKU-1", STORE): (0, 0),
            ("007", DC): (0, 0),
            ("below", DC): (-2, 1),
        }
        assert stage.sandbox.traffic.requests == {
            "RenewToken": 1,
            "ListProducts": 1,
            "ListBalances": 3,
        }


async def test_levels_come_in_the_asked_order_and_none_where_there_is_none() -> None:
    async with staged(stocked(DataStock("007", "dc-1", 0))) as stage:
        asked = [
            PositionRef("007", DC),
            PositionRef("nothing", DC),
            PositionRef("SKU-1", STORE),
            PositionRef("SKU-1", "1"),
            PositionRef("SKU-1", DC),
            PositionRef("", DC),
        ]
        found = await stage.connector.stock_levels(asked, deadline=stage.soon)
        told = [item.record.on_hand if isinstance(item, Mapped) else item for item in found]
        assert told == [0, None, 0, None, 5, None]
        stage.sandbox.traffic.reset()
        await stage.connector.stock_levels(asked[2:3], deadline=stage.soon)
        assert stage.sandbox.traffic.requests == {"ListBalances": 1}


async def test_products_are_walked_in_lots_and_each_is_asked_for_once() -> None:
    many = [DataStock(f"P-{i:03}", "dc-1", i + 1) for i in range(120)]
    async with staged(Dataset(stock=many)) as stage:
        cursor, found, pages = None, {}, 0
        while pages == 0 or cursor is not None:
            page = await stage.connector.stock_walk(cursor, deadline=stage.soon)
            found |= levels(page)
            cursor, pages = page.next_cursor, pages + 1
        assert pages == 3
        assert found == {(f"P-{i:03}", DC): (i + 1, 0) for i in range(120)}
        assert stage.sandbox.traffic.requests["ListBalances"] == 3


async def test_a_product_that_is_deleted_during_a_walk_takes_no_other_with_it() -> None:
    many = [DataStock(f"P-{i:03}", "dc-1", i + 1) for i in range(60)]
    async with staged(Dataset(stock=many)) as stage:
        first = await stage.connector.stock_walk(None, deadline=stage.soon)
        stage.act("delete_stock", sku="P-055", location="dc-1")
        rest = await stage.connector.stock_walk(first.next_cursor, deadline=stage.soon)
        assert set(levels(first)) | set(levels(rest)) == {(f"P-{i:03}", DC) for i in range(60)}


@pytest.mark.parametrize(
    ("row", "ref", "place", "path"),
    [
        ('{"produto": {"id": null}, "depositos": []}', None, None, "produto.id"),
        ('{"produto": {"id": %d}, "depositos": 5}', "007", None, "depositos"),
        ('{"produto": {"id": %d}, "depositos": [{"id": 1}]}', "007", "1", "saldoFisico"),
        ('{"produto": {"id": %d}, "depositos": [{"saldoFisico": 1}]}', "007", None, "id"),
    ],
)
async def test_a_broken_balance_is_quarantined_alone_and_is_never_none(
    row: str, ref: str | None, place: str | None, path: str
) -> None:
    product = id_of("product", "007")
    text = '{"data": [' + (row % product if "%d" in row else row) + "]}"
    async with staged(Dataset(stock=[DataStock("007", "dc-1", 1)])) as stage:
        stage.fail(Fault("body", "ListBalances", status=200, text=text))
        page = await stage.connector.stock_walk(None, deadline=stage.soon)
        broken = [item for item in page.items if isinstance(item, Unmappable)]
        assert [(each.ref, each.location, each.error.path) for each in broken] == [
            (ref, place, path)
        ]
        stage.fail(Fault("body", "ListBalances", status=200, text=text))
        asked = [PositionRef("007", place or DC)]
        (found,) = await stage.connector.stock_levels(asked, deadline=stage.soon)
        assert isinstance(found, Unmappable)
        assert (found.ref, found.error.path) == ("007", path)


async def test_a_product_without_a_code_is_quarantined_where_it_has_stock() -> None:
    dataset = Dataset(items=[DataItem("007", "Mug", "5.00")], stock=[DataStock("007", "dc-1", 1)])
    product = str(id_of("product", "007"))
    text = f'{{"data": [{{"id": {product}, "codigo": ""}}]}}'
    async with staged(dataset) as stage:
        stage.fail(Fault("body", "ListProducts", status=200, text=text))
        page = await stage.connector.stock_walk(None, deadline=stage.soon)
        (broken,) = page.items
        assert isinstance(broken, Unmappable)
        assert (broken.ref, broken.error.path) == (product, "codigo")


async def test_stock_has_no_changes() -> None:
    async with staged(a_dataset()) as stage:
        with pytest.raises(Unsupported):
            await stage.connector.stock_changes(None, deadline=stage.soon)
        assert stage.sandbox.traffic.requests == {}


async def test_deposits_that_are_closed_come_after_the_others() -> None:
    async with staged(a_dataset()) as stage:
        stage.act("close_location", code="dc-1")
        where = ("R", "C", "PE", "5")
        stage.act("put_location", location=DataLocation("s-2", "Sul", "STORE", "Loja", *where))
        first = await stage.connector.location_walk(None, deadline=stage.soon)
        assert refs(first) == [str(id_of("deposit", "s-2")), STORE]
        assert not first.is_last
        last = await stage.connector.location_walk(first.next_cursor, deadline=stage.soon)
        assert (refs(last), last.is_last, last.next_cursor) == ([DC], True, None)
        active = [
            i.record.is_active for p in (first, last) for i in p.items if isinstance(i, Mapped)
        ]
        assert active == [True, True, False]


async def test_a_broken_deposit_is_quarantined_alone() -> None:
    async with staged(a_dataset()) as stage:
        text = '{"data": [{"id": 7}, {"id": "x"}, {"id": 9, "descricao": "D", "situacao": 1}]}'
        stage.fail(Fault("body", "ListDeposits", status=200, text=text))
        page = await stage.connector.location_walk(None, deadline=stage.soon)
        assert refs(page) == ["7", None, "9"]
