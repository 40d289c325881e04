"""A till's sale lowers what may be sold: by its push, and by the poll where that is lost."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from .processes import until
from .shops import SHOP, Shops, opened

NEVER_POLLS = 3600.0


async def _sells_down_to(shops: Shops, left: int) -> None:
    async def is_seen() -> bool:
        return await shops.available() == left

    await until(f"{left} may be sold", is_seen)


async def _is_shown(shops: Shops, number: int) -> None:
    async def is_seen() -> bool:
        sale = await shops.sale(number)
        return bool(sale and sale["fulfillmentOrders"])

    await until(f"sale {number} is shown", is_seen)


async def test_a_sale_is_pushed_and_lowers_what_may_be_sold(database: str, tmp_path: Path) -> None:
    async with opened(database, tmp_path, NEVER_POLLS) as shops:
        await shops.subscribe()
        assert await shops.available() == 9
        await shops.sell(1, 2)
        await _sells_down_to(shops, 7)
        await _is_shown(shops, 1)
        sale = await shops.sale(1)
        assert sale is not None
        del sale["placedAt"]
        assert sale == {
            "status": "DELIVERED",
            "nativeStatus": "COMPLETED",
            "lines": [{"quantities": {"ordered": 2, "shipped": 2, "delivered": 2}}],
            "fulfillmentOrders": [{"status": "CLOSED", "location": {"code": SHOP}}],
        }


async def test_what_no_push_told_is_found_by_the_poll_and_so_is_what_was_sold_offline(
    database: str, tmp_path: Path
) -> None:
    async with opened(database, tmp_path) as shops:
        await shops.subscribe()
        await shops.tills.post("/_sandbox/pushes", {"mode": "lose"})
        await shops.sell(1, 4)
        await _sells_down_to(shops, 5)
        await _is_shown(shops, 1)
        sold_at = (datetime.now(UTC) - timedelta(hours=72)).replace(microsecond=0)
        await shops.sell(2, 3, placed_at=sold_at)
        await _sells_down_to(shops, 2)
        await _is_shown(shops, 2)
        sale = await shops.sale(2)
        assert sale is not None
        assert datetime.fromisoformat(sale["placedAt"]) == sold_at
        assert sale["status"] == "DELIVERED"
        assert await shops.tills.post("/_sandbox/pushes", {}) == {"delivered": 0, "failed": 0}
