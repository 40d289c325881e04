"""One source down or hanging: its part is stale or refused and says so, the rest answers."""

from pathlib import Path
from typing import Any

from .processes import Gateway, until
from .stage import a_retailer, an_order, everything_read, staged

STOCK = """query($freshness: FreshnessInput) {
  availability(skus: ["SKU-1"], freshness: $freshness) {
    status statusReason availableToSell isComplete freshness { isStale servedFrom source { id } }
  }
  orders(first: 1) { totalCount }
}"""
NOW = {"maxAge": "PT0S"}


async def _asked(running: Gateway, on_stale: str) -> dict[str, Any]:
    return await running.ask(STOCK, {"freshness": {**NOW, "onStale": on_stale}})


async def _is_in_state(running: Gateway, source: str, state: str) -> bool:
    found = (await running.data("{ sources { id health { state } } }"))["sources"]
    return bool({each["id"]: each["health"]["state"] for each in found}[source] == state)


async def test_with_a_source_down_its_part_is_marked_or_refused_and_the_rest_answers(
    database: str, tmp_path: Path
) -> None:
    orders = [an_order(number) for number in range(1, 4)]
    async with staged(a_retailer(*orders), database, tmp_path) as stage:
        async with stage.gateway() as running:
            await everything_read(running)
            fresh = await _asked(running, "REFRESH_OR_FAIL")
            assert fresh["data"]["availability"] == [{
                "status": "LOW_STOCK", "statusReason": None, "availableToSell": 3,
                "isComplete": True,
                "freshness": {
                    "isStale": False, "servedFrom": "SOURCE", "source": {"id": "shiphero"},
                },
            }]  # fmt: skip
            await stage.warehouse.process.kill()
            served = await _asked(running, "REFRESH_OR_SERVE")
            assert "errors" not in served
            assert served["data"]["availability"] == [{
                "status": "IN_STOCK", "statusReason": None, "availableToSell": 3,
                "isComplete": False,
                "freshness": {
                    "isStale": True, "servedFrom": "PROJECTION", "source": {"id": "shiphero"},
                },
            }]  # fmt: skip
            refused = await _asked(running, "REFRESH_OR_FAIL")
            (entry,) = refused["data"]["availability"]
            assert (entry["status"], entry["statusReason"], entry["availableToSell"]) == (
                "UNKNOWN", "SOURCE_UNAVAILABLE", None,
            )  # fmt: skip
            (error,) = refused["errors"]
            assert error["path"] == ["availability", 0, "availableToSell"]
            assert error["extensions"]["code"] == "SOURCE_UNAVAILABLE"
            assert error["extensions"]["source"] == "shiphero"
            assert error["extensions"]["retryable"] is True
            assert error["extensions"]["cause"] in ("UNREACHABLE", "CIRCUIT_OPEN")
            assert refused["data"]["orders"] == {"totalCount": 3}
            await until("the source is down", lambda: _is_in_state(running, "shiphero", "DOWN"))
            assert await _is_in_state(running, "vtex", "UP")


async def test_with_a_source_hanging_the_answer_comes_by_the_deadline(
    database: str, tmp_path: Path
) -> None:
    retailer = a_retailer(an_order(1))
    async with staged(retailer, database, tmp_path, deadline_seconds=1) as stage:
        async with stage.gateway() as running:
            await everything_read(running)
            stage.warehouse.pause()
            try:
                served = await _asked(running, "REFRESH_OR_SERVE")
                refused = await _asked(running, "REFRESH_OR_FAIL")
            finally:
                stage.warehouse.resume()
            (entry,) = served["data"]["availability"]
            assert (entry["availableToSell"], entry["isComplete"]) == (3, False)
            assert entry["freshness"]["isStale"] is True
            (error,) = refused["errors"]
            assert error["extensions"]["code"] == "SOURCE_UNAVAILABLE"
            assert refused["data"]["orders"] == {"totalCount": 1}

            async def answers() -> bool:
                again = await _asked(running, "REFRESH_OR_FAIL")
                return bool(again["data"]["availability"][0]["availableToSell"] == 3)

            await until("it answers again", answers)
