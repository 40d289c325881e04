"""Stock that could not be read is shown as unknown by every way to it, near or read each time."""

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.connect.errors import MalformedPayload
from gateway.connect.records import Unmappable
from gateway.model.stock import PositionRef, StockRecord
from tests.e2e.processes import until

from .following import take
from .stage import Stage, staged
from .test_near_rows import OFTEN, walked

ASK = """{
  availability(skus: ["MUG"]) { ...told }
  inventoryItem(sku: "MUG") { availability { ...told } } }
fragment told on Availability { status statusReason availableToSell isComplete
  freshness { asOf isStale servedFrom } locations { onHand location { code } } }"""
UNKNOWN = {
    "status": "UNKNOWN", "statusReason": "NEVER_READ", "availableToSell": None,
    "isComplete": False, "freshness": {"asOf": None, "isStale": True, "servedFrom": None},
    "locations": [],
}  # fmt: skip


async def _told(stage: Stage) -> Any:
    """Answer what is said of the mug: the same by both ways."""
    data = await stage.data(ASK)
    (told,) = data["availability"]
    assert data["inventoryItem"]["availability"] == told
    return told


async def _misread(stage: Stage, place: str) -> None:
    error = MalformedPayload("this is no number", "on_hand")
    source = stage.gateway.sources.get("wms")
    assert source is not None
    await stage.applier.apply(source, "stock", [Unmappable("MUG", b"{}", error, place)])


async def _put(stage: Stage, on_hand: int, place: str) -> None:
    now = datetime.now(UTC)
    await stage.put("stock", StockRecord(PositionRef("MUG", place), now, on_hand, 0))


@pytest.mark.parametrize("enabled", [True, False], ids=["near", "read"])
async def test_a_position_whose_first_record_cannot_be_read_is_unknown(
    database: str, enabled: bool
) -> None:
    async with staged(database, events=OFTEN, cache={"enabled": enabled}) as stage:
        await stage.gateway.pool.execute("INSERT INTO item (sku) VALUES ('MUG')")
        await walked(stage)

        async def is_nothing() -> bool:
            told = await _told(stage)
            return (told["status"], told["isComplete"]) == ("OUT_OF_STOCK", True)

        await until("there is none", is_nothing)
        await _misread(stage, "w-1")
        await _misread(stage, "w-2")

        async def is_unknown() -> bool:
            return bool(await _told(stage) == UNKNOWN)

        await until("it is unknown", is_unknown)
        await _put(stage, 0, "w-1")

        async def is_incomplete() -> bool:
            told = await _told(stage)
            return (told["status"], told["statusReason"], told["availableToSell"]) == (
                "UNKNOWN", "INCOMPLETE", 0,
            )  # fmt: skip

        await until("one of two is known", is_incomplete)
        await _put(stage, 4, "w-2")

        async def is_known() -> bool:
            told = await _told(stage)
            return (told["availableToSell"], told["isComplete"]) == (4, True)

        await until("both are known", is_known)


async def test_who_must_know_is_refused_with_a_reason(database: str) -> None:
    async with staged(database, cache={"enabled": False}) as stage:
        await stage.gateway.pool.execute("INSERT INTO item (sku) VALUES ('MUG')")
        await walked(stage)
        await _misread(stage, "w-1")
        for wish, code in (("FAIL", "STALE"), ("REFRESH_OR_FAIL", "SOURCE_UNAVAILABLE")):
            query = f"""{{ availability(skus: ["MUG"], freshness: {{ onStale: {wish} }}) {{
                status availableToSell locations {{ onHand }} }} }}"""
            answer = await stage.ask(query)
            assert answer["data"]["availability"] == [
                {"status": "UNKNOWN", "availableToSell": None, "locations": None}
            ]
            codes = [each["extensions"]["code"] for each in answer["errors"]]
            assert codes == [code, code]


async def test_followers_are_told_when_stock_cannot_be_read_and_when_it_can(
    database: str,
) -> None:
    subscription = """subscription { availabilityChanged(skus: ["MUG"]) {
        node { status availableToSell } } }"""
    async with staged(database, events=OFTEN) as stage:
        await stage.gateway.pool.execute("INSERT INTO item (sku) VALUES ('MUG')")
        await walked(stage)
        async with stage.following(subscription) as told:
            checkpoint, *_ = await take(told, 1)
            assert checkpoint.edge["node"] is None
            await _misread(stage, "w-1")
            (answer,) = await take(told, 1)
            assert answer.edge["node"] == {"status": "UNKNOWN", "availableToSell": 0}
            await _put(stage, 3, "w-1")
            (answer,) = await take(told, 1)
            assert answer.edge["node"]["availableToSell"] == 3
