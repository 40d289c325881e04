"""The marketplace is told what it may sell: what changed at the warehouse, once, and no more."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from gateway.connect.testing.dataset import DataStock

from .metrics import scrape
from .processes import Gateway, until
from .stage import Stage, a_retailer, staged

SET = "UpdateInventoryQuantity"
DC = "dc-1"
SHOWN = """{ sources { id toldChannels {
    channel location told waiting failed unknown oldestWaitingSince health { state }
    failures { item sku reason retriesAt }
} } }"""
TOLD = {"location": DC, "threshold_units": 1, "debounce_seconds": 1.0}


@asynccontextmanager
async def told(dsn: str, folder: Path) -> AsyncIterator[Stage]:
    async with staged(a_retailer(), dsn, folder) as stage:
        stage.availability = dict(TOLD)
        yield stage


async def put(stage: Stage, sku: str, on_hand: int, place: str = DC) -> None:
    stock = msgspec.to_builtins(DataStock(sku, place, on_hand))
    await stage.warehouse.act("put_stock", stock=stock)


async def shown(stage: Stage, sku: str) -> tuple[int, int]:
    """Answer what the marketplace has, and how often it was changed."""
    found = await stage.marketplace.act("show_stock", sku=sku, location=DC)
    return found["quantity"], found["effects"]


async def until_shown(stage: Stage, sku: str, quantity: int) -> None:
    async def is_shown() -> bool:
        return (await shown(stage, sku))[0] == quantity

    await until(f"{sku} is told as {quantity}", is_shown)


async def writes(stage: Stage) -> int:
    return (await stage.marketplace.reads()).get(SET, 0)


async def until_written(stage: Stage, count: int) -> None:
    async def is_written() -> bool:
        return await writes(stage) == count

    await until(f"the marketplace is written to {count} times", is_written)


async def test_what_changes_is_told_once_less_the_threshold_whatever_goes_wrong(
    database: str, tmp_path: Path
) -> None:
    async with told(database, tmp_path) as stage, stage.gateway() as running:
        await until_shown(stage, "SKU-1", 2)
        await until_shown(stage, "007", 8)
        assert await writes(stage) == 2
        await _a_burst_is_told_as_one(stage)
        await _what_stays_is_not_told(stage)
        await _one_that_asks_to_wait_is_told_later(stage)
        await _a_lost_answer_has_one_effect(stage)
        await _it_is_counted(running.metrics_url)
        await _what_it_refuses_is_shown_with_its_reason(stage, running)


async def _a_burst_is_told_as_one(stage: Stage) -> None:
    for on_hand in (40, 30, 20):
        await put(stage, "SKU-1", on_hand)
    await until_shown(stage, "SKU-1", 19)
    assert (await writes(stage), await shown(stage, "SKU-1")) == (3, (19, 2))


async def _what_stays_is_not_told(stage: Stage) -> None:
    await put(stage, "SKU-1", 20)
    await put(stage, "007", 1)
    await until_shown(stage, "007", 9)
    assert (await writes(stage), await shown(stage, "SKU-1")) == (4, (19, 2))


async def _one_that_asks_to_wait_is_told_later(stage: Stage) -> None:
    headers = {"Retry-After": "1"}
    await stage.marketplace.fail(kind="status", status=429, headers=headers, operation=SET)
    await put(stage, "SKU-1", 30)
    await until_shown(stage, "SKU-1", 29)
    assert (await writes(stage), await shown(stage, "SKU-1")) == (6, (29, 3))


async def _a_lost_answer_has_one_effect(stage: Stage) -> None:
    await stage.marketplace.fail(kind="drop_answer", operation=SET)
    await put(stage, "SKU-1", 11)
    await until_shown(stage, "SKU-1", 10)
    await until_written(stage, 8)
    assert await shown(stage, "SKU-1") == (10, 4)


async def _what_it_refuses_is_shown_with_its_reason(stage: Stage, running: Gateway) -> None:
    await put(stage, "NEW-1", 5)

    async def is_shown() -> bool:
        found = (await running.data(SHOWN))["sources"]
        (channel,) = next(each["toldChannels"] for each in found if each["id"] == "vtex")
        return bool(
            channel
            == {
                "channel": "marketplace", "location": DC, "told": 2, "waiting": 0, "failed": 1,
                "unknown": 0, "oldestWaitingSince": None, "health": {"state": "UP"},
                "failures": [{
                    "item": "NEW-1", "sku": "NEW-1", "retriesAt": None,
                    "reason": "NOT_FOUND: VTEX has no SKU 'NEW-1'",
                }],
            }
        )  # fmt: skip

    await until("the refused item is shown", is_shown)
    assert await writes(stage) == 8


async def _it_is_counted(url: str) -> None:
    async def is_counted() -> bool:
        found = await scrape(url)
        levels = "trama_channel_levels_total"
        return found.value(levels, channel="marketplace", outcome="TOLD") == 6

    await until("six levels count as told", is_counted)
    found = await scrape(url)
    assert found.value("trama_channel_items", channel="marketplace", state="TOLD") == 2
    assert found.value("trama_channel_items", channel="marketplace", state="FAILED") == 0
    assert found.value("trama_channel_up", channel="marketplace") == 1


async def test_of_two_gateways_one_tells_and_the_other_where_it_dies_telling(
    database: str, tmp_path: Path
) -> None:
    second = tmp_path / "second"
    second.mkdir()
    async with told(database, tmp_path) as stage, stage.gateway() as first:
        await until_shown(stage, "007", 8)
        await until_shown(stage, "SKU-1", 2)
        other = Stage(
            stage.marketplace, stage.warehouse, stage.dsn, second, {}, 20.0,
            availability=stage.availability,
        )  # fmt: skip
        async with other.gateway():
            for step, on_hand in enumerate((20, 30), start=3):
                await put(stage, "SKU-1", on_hand)
                await until_shown(stage, "SKU-1", on_hand - 1)
                assert await writes(stage) == step
            await stage.marketplace.fail(kind="hang", operation=SET)
            await put(stage, "SKU-1", 40)
            await until_written(stage, 5)
            await first.process.kill()
            await until_shown(stage, "SKU-1", 39)
            assert (await writes(stage), await shown(stage, "SKU-1")) == (6, (39, 4))
