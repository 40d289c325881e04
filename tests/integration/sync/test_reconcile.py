"""What changes behind a connector's back is found, mended and reported by name."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from gateway.bootstrap import Gateway
from gateway.connect.testing.dataset import DataStock

from .stage import Stage, a_retailer, an_order, everything_read, staged, until

LONG_AGO = datetime.now(UTC) - timedelta(days=2)


async def _reconcile(
    gateway: Gateway, source: str, stream: str, key: str = "once"
) -> list[tuple[str, str, Any]]:
    """Ask for a comparison and answer what it found."""
    asked = await gateway.directory.ask_walk(source, stream, key, reconciles=True)

    async def found() -> Any:
        (runs,) = await gateway.directory.runs([source], 100)
        answer = next(each for each in runs if each.row["id"] == asked["id"])
        return answer if answer.row["state"] == "DONE" else None

    answer = await until("the reconcile is done", found)
    return [(row["kind"], row["ref"], list(row["fields"])) for row in answer.drift]


def _edit_stock(stage: Stage) -> None:
    """Change, add and remove a position as if it had been so for days: no delta tells of it."""
    warehouse: Any = stage.warehouse
    shelves = warehouse.shelves
    shelves.put(DataStock("SKU-1", "dc-1", 77, 2), LONG_AGO)
    shelves.put(DataStock("NEW", "dc-1", 3), LONG_AGO)
    shelves.drop("007", "dc-1")


async def test_stock_that_was_changed_added_and_deleted_is_found_and_mended(database: str) -> None:
    async with staged(database, a_retailer()) as stage, stage.reading() as gateway:
        await everything_read(gateway)
        _edit_stock(stage)
        drift = await _reconcile(gateway, "shiphero", "stock")
        assert [(kind, ref.split("@")[0], fields) for kind, ref, fields in drift] == [
            ("ADDED", "NEW", []), ("CHANGED", "SKU-1", ["on_hand"]), ("DELETED", "007", []),
        ]  # fmt: skip
        assert len({ref.split("@")[1] for _, ref, _ in drift}) == 1
        rows = await gateway.pool.fetch("SELECT sku, on_hand FROM position ORDER BY sku")
        assert [tuple(row) for row in rows] == [("007", 0), ("NEW", 3), ("SKU-1", 77)]
        assert await _reconcile(gateway, "shiphero", "stock", "again") == []


async def test_orders_that_were_changed_and_added_are_found_with_their_fields(
    database: str,
) -> None:
    orders = [an_order(1), an_order(2)]
    async with staged(database, a_retailer(*orders)) as stage, stage.reading() as gateway:
        await everything_read(gateway)
        shop: Any = stage.marketplace
        changed = msgspec.structs.replace(orders[0], word="canceled")
        for order in (changed, an_order(3)):
            shop.orders[order.ref] = order
            shop.index.seed(list(shop.orders.values()))
        drift = await _reconcile(gateway, "vtex", "orders")
        assert drift == [
            ("ADDED", "3-01", []),
            ("CHANGED", "1-01", ["native_status", "payment_status", "state"]),
        ]
        rows = await gateway.pool.fetch("SELECT ref, status FROM sales_order ORDER BY ref")
        assert [tuple(row) for row in rows] == [
            ("1-01", "CANCELLED"), ("2-01", "CONFIRMED"), ("3-01", "CONFIRMED"),
        ]  # fmt: skip


async def test_locations_that_were_changed_added_and_deleted_are_found_and_sell_accordingly(
    database: str,
) -> None:
    dataset = a_retailer()
    main = dataset.locations[0]
    store = msgspec.structs.replace(main, code="store-1", name="Centro")
    dataset.locations.append(store)
    dataset.stock.append(DataStock("007", "store-1", 4))
    async with staged(database, dataset) as stage, stage.reading() as gateway:
        await everything_read(gateway)
        assert await _selling(gateway) == ["dc-1", "store-1"]
        houses: Any = stage.warehouse
        ids = {each: houses.warehouses.id_of(each) for each in ("dc-1", "store-1", "store-2")}
        houses.warehouses.put(msgspec.structs.replace(main, name="Renamed"))
        houses.warehouses.put(msgspec.structs.replace(store, code="store-2"))
        houses.warehouses.drop("store-1")
        drift = await _reconcile(gateway, "shiphero", "locations")
        assert drift == [
            ("ADDED", ids["store-2"], []), ("CHANGED", ids["dc-1"], ["name"]),
            ("DELETED", ids["store-1"], []),
        ]  # fmt: skip
        assert await _selling(gateway) == ["dc-1", "store-2"]
        houses.warehouses.put(store)
        (again,) = await _reconcile(gateway, "shiphero", "locations", "again")
        assert again == ("CHANGED", ids["store-1"], ["is_active"])
        assert await _selling(gateway) == ["dc-1", "store-1", "store-2"]


async def _selling(gateway: Gateway) -> list[str]:
    """Answer the codes of the locations that the default group has once a walk is settled."""
    sql = """SELECT coalesce(array_agg(l.code ORDER BY l.code), '{}') FROM location l
             JOIN location_group_member m ON m.location_id = l.id"""

    async def settled() -> Any:
        codes = await gateway.pool.fetchval(sql)
        active = "SELECT array_agg(code ORDER BY code) FROM location WHERE is_active"
        return codes if codes == await gateway.pool.fetchval(active) else None

    found: list[str] = await until("the group is settled", settled)
    return found


async def test_a_stream_is_compared_again_when_its_time_has_come(database: str) -> None:
    soon = {"shiphero": {"reconcile_seconds": 0.2}}
    async with staged(database, a_retailer(), **soon) as stage, stage.reading() as gateway:
        await everything_read(gateway)
        _edit_stock(stage)

        await until(
            "the position is mended",
            lambda: gateway.pool.fetchval("SELECT on_hand = 77 FROM position WHERE sku = 'SKU-1'"),
        )
