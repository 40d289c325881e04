"""What may be sold is told to Bling as balances, over real sockets."""

from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from connectors.bling.sandbox.forms import id_of
from connectors.bling.sandbox.server import API
from gateway.connect.errors import (
    AuthenticationFailed,
    MalformedPayload,
    NotFound,
    PermissionDenied,
    Rejected,
    SourceError,
    Throttled,
    Unreachable,
    UpstreamFault,
)
from gateway.connect.records import Mapped, StockLevel
from gateway.connect.testing.faults import Fault
from gateway.model.stock import PositionRef
from tests.connectors.staging import NOW

from .callers import Caller
from .retail import Stage, a_dataset, staged

DC, STORE = (str(id_of("deposit", code)) for code in ("dc-1", "store-1"))
WRITE = "CreateStockRecord"


def a_level(quantity: int, item: str = "SKU-1", location: str = DC) -> StockLevel:
    return StockLevel(PositionRef(item, location), quantity, NOW - timedelta(minutes=5))


async def publish(stage: Stage, *levels: StockLevel) -> list[str | None]:
    """Answer, per level, the error's code."""
    told = await stage.connector.publish_stock(levels, deadline=stage.soon)
    return [error.code if error else None for error in told]


async def levels(stage: Stage, *positions: tuple[str, str]) -> list[tuple[Any, Any] | None]:
    """Answer, per position, what is on hand there and what of it is committed."""
    asked = [PositionRef(*each) for each in positions]
    found = await stage.connector.stock_levels(asked, deadline=stage.soon)
    return [
        (each.record.on_hand, each.record.committed) if isinstance(each, Mapped) else None
        for each in found
    ]


def shown(stage: Stage, sku: str = "SKU-1", location: str = "dc-1") -> dict[str, int]:
    told: dict[str, int] = stage.act("show_stock", sku=sku, location=location)
    return told


def writes(stage: Stage) -> int:
    return stage.sandbox.traffic.requests[WRITE]


async def test_what_may_be_sold_is_what_is_left_after_bling_s_own_reservations() -> None:
    async with staged(a_dataset()) as stage:
        told = await publish(stage, a_level(9), a_level(4, "007"), a_level(1, "SKU-1", STORE))
        assert told == [None, None, None]
        places = (("SKU-1", DC), ("007", DC), ("SKU-1", STORE))
        assert await levels(stage, *places) == [(11, 2), (4, 0), (1, 0)]
        assert shown(stage) == {"quantity": 9, "effects": 1}
        assert writes(stage) == 3


async def test_what_stands_already_is_not_told() -> None:
    async with staged(a_dataset()) as stage:
        assert await publish(stage, a_level(3), a_level(0, "SKU-1", STORE)) == [None, None]
        assert writes(stage) == 0
        assert await publish(stage, a_level(3), a_level(2, "SKU-1", STORE)) == [None, None]
        assert writes(stage) == 1
        assert shown(stage) == {"quantity": 3, "effects": 0}


async def test_nothing_to_tell_asks_nothing() -> None:
    async with staged(a_dataset()) as stage:
        assert await publish(stage) == []
        assert await publish(stage, a_level(-1)) == ["REJECTED"]
        assert stage.sandbox.traffic.requests == {}


async def test_a_lost_answer_is_found_when_the_level_is_told_again() -> None:
    async with staged(a_dataset()) as stage:
        stage.fail(Fault("drop_answer", WRITE))
        with pytest.raises(Unreachable):
            await publish(stage, a_level(9), a_level(4, "007"))
        assert (shown(stage)["quantity"], writes(stage)) == (9, 1)
        assert await publish(stage, a_level(9), a_level(4, "007")) == [None, None]
        assert shown(stage) == {"quantity": 9, "effects": 1}
        assert shown(stage, "007") == {"quantity": 4, "effects": 1}


async def test_what_bling_does_not_have_is_not_told_and_the_others_are() -> None:
    async with staged(a_dataset()) as stage:
        told = await stage.connector.publish_stock(
            [
                a_level(1, "NOBODY-S"),
                a_level(1, location="dc-1"),
                a_level(1, location="77"),
                a_level(8),
            ],
            deadline=stage.soon,
        )
        assert isinstance(told[0], NotFound)
        assert "NOBODY-S" in str(told[0])
        assert isinstance(told[1], NotFound)
        assert isinstance(told[2], Rejected)
        assert told[2].remote_code == "VALIDATION_ERROR"
        assert str(told[2]) == (
            "Bling does not take it: O estoque não pode ser salvo, pois ocorreram problemas em "
            "sua validação. O depósito não foi encontrado"
        )
        assert told[3] is None
        assert shown(stage)["quantity"] == 8
        assert writes(stage) == 2


async def test_a_balance_that_cannot_be_read_is_not_written_over() -> None:
    product = id_of("product", "SKU-1")
    row = f'{{"produto": {{"id": {product}}}, "depositos": [{{"id": {DC}, "saldoFisico": "x"}}]}}'
    async with staged(a_dataset()) as stage:
        stage.fail(Fault("body", "ListBalances", status=200, text=f'{{"data": [{row}]}}'))
        (error,) = await stage.connector.publish_stock([a_level(9)], deadline=stage.soon)
        assert isinstance(error, MalformedPayload)
        assert error.path == "saldoFisico"
        assert writes(stage) == 0


async def test_what_fails_in_the_middle_leaves_what_was_told_and_stops() -> None:
    async with staged(a_dataset()) as stage:
        asked = [a_level(9), a_level(4, "007"), a_level(1, "SKU-1", STORE)]
        stage.fail(Fault("slow", WRITE), Fault("status", WRITE, status=429))
        assert await publish(stage, *asked) == [None, "THROTTLED", "THROTTLED"]
        assert writes(stage) == 2
        assert [shown(stage)["quantity"], shown(stage, "007")["quantity"]] == [9, 0]


async def test_a_failure_that_may_be_one_product_s_leaves_the_others() -> None:
    async with staged(a_dataset()) as stage:
        stage.fail(Fault("status", WRITE, status=500))
        told = await publish(stage, a_level(9), a_level(4, "007"))
        assert told == ["UPSTREAM_FAULT", None]
        assert [shown(stage)["quantity"], shown(stage, "007")["quantity"]] == [3, 4]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault("status", WRITE, status=429), Throttled),
        (Fault("status", WRITE, status=403), PermissionDenied),
        (Fault("status", WRITE, status=401, times=9), AuthenticationFailed),
        (Fault("refuse", WRITE), Unreachable),
        (Fault("status", "ListBalances", status=500), UpstreamFault),
    ],
)
async def test_what_no_level_can_pass_is_raised(fault: Fault, error: type[SourceError]) -> None:
    async with staged(a_dataset()) as stage:
        stage.fail(fault)
        with pytest.raises(error) as caught:
            await publish(stage, a_level(9), a_level(4, "007"))
        if isinstance(caught.value, PermissionDenied):
            assert caught.value.scope == "Estoques"
        assert [shown(stage)["quantity"], shown(stage, "007")["quantity"]] == [3, 0]


async def test_a_refusal_without_words_is_told_by_its_status() -> None:
    async with staged(a_dataset()) as stage:
        stage.fail(Fault("status", WRITE, status=400))
        (error,) = await stage.connector.publish_stock([a_level(9)], deadline=stage.soon)
        assert isinstance(error, Rejected)
        assert (error.remote_code, str(error)) == ("400", "Bling does not take it: 400")


async def write(stage: Stage, caller: Caller, **changes: Any) -> tuple[int, Any]:
    """Write a record of stock as a plain caller; None leaves a member out."""
    told = {
        "produto": {"id": id_of("product", "SKU-1")},
        "deposito": {"id": int(DC)},
        "operacao": "B",
        "quantidade": 7,
        **changes,
    }
    body = {name: value for name, value in told.items() if value is not None}
    headers = {"Authorization": f"Bearer {caller.access}"}
    async with (
        aiohttp.ClientSession(headers=headers) as client,
        client.post(f"{stage.url}{API}/estoques", json=body) as answer,
    ):
        return answer.status, await answer.json()


async def a_caller(stage: Stage) -> Caller:
    caller = Caller(stage)
    assert (await caller.renew())[0] == 200
    return caller


@pytest.mark.parametrize(("operation", "left"), [("B", 7), ("E", 12), ("S", -2)])
async def test_the_sandbox_knows_balances_what_comes_and_what_goes(
    operation: str, left: int
) -> None:
    async with staged(a_dataset()) as stage:
        caller = await a_caller(stage)
        status, told = await write(stage, caller, operacao=operation)
        assert (status, list(told["data"])) == (201, ["id"])
        assert shown(stage) == {"quantity": left - 2, "effects": 1}
        _, again = await write(stage, caller)
        assert again["data"]["id"] != told["data"]["id"]
        assert shown(stage) == {"quantity": 5, "effects": 2}


@pytest.mark.parametrize(
    ("wrong", "element"),
    [
        ({"produto": {"id": 5}}, "produto"),
        ({"deposito": {"id": 5}}, "deposito"),
        ({"deposito": None}, ""),
        ({"operacao": "X"}, ""),
        ({"quantidade": "7"}, ""),
        ({"quantidade": -7}, ""),
        ({"quantidade": 7.5}, "quantidade"),
        ({"shelf": "A"}, ""),
    ],
)
async def test_the_sandbox_refuses_a_record_that_bling_does_not_take(
    wrong: dict[str, Any], element: str
) -> None:
    async with staged(a_dataset()) as stage:
        status, told = await write(stage, await a_caller(stage), **wrong)
        assert (status, told["error"]["type"]) == (400, "VALIDATION_ERROR")
        assert told["error"]["fields"][0]["element"] == element
        assert shown(stage) == {"quantity": 3, "effects": 0}
