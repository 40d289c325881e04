"""The sandbox keeps Bling's rules: tokens, both limits, pages, filters and their defaults."""

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from connectors.bling.sandbox import APP, WEAK_APP
from connectors.bling.sandbox.forms import id_of, telephone
from gateway.connect.testing.dataset import DataStock, write_dataset
from tests.connectors.staging import NOW

from .callers import Caller
from .retail import Stage, a_dataset, an_order, staged
from .specification import ROOT

ORDERS = "/pedidos/vendas"


async def caller_of(stage: Stage) -> Caller:
    caller = Caller(stage)
    assert (await caller.renew())[0] == 200
    return caller


async def test_a_refresh_token_is_spent_by_its_use_and_an_access_token_lives_six_hours() -> None:
    async with staged(a_dataset(), is_limited=True) as stage:
        caller = await caller_of(stage)
        assert (await caller.get("/depositos"))[0] == 200
        first = caller.refresh
        status, told = await caller.renew()
        assert (status, told["expires_in"], told["token_type"]) == (200, 21600, "Bearer")
        caller.refresh = first
        status, told = await caller.renew()
        assert (status, told["error"]["type"]) == (400, "invalid_grant")
        stage.clock.advance(21_599)
        assert (await caller.get("/depositos"))[0] == 200
        stage.clock.advance(1)
        status, told = await caller.get("/depositos")
        assert (status, told["error"]["type"]) == (401, "invalid_token")


async def test_a_refresh_token_lives_thirty_days() -> None:
    async with staged(a_dataset(), is_limited=True) as stage:
        caller = await caller_of(stage)
        stage.clock.advance(2_592_000)
        assert (await caller.renew())[0] == 400


async def test_only_the_application_itself_renews_and_only_with_scopes_it_reads() -> None:
    async with staged(a_dataset(), is_limited=True) as stage:
        caller = Caller(stage)
        status, told = await caller.renew("another-secret")
        assert (status, told["error"]["type"]) == (401, "invalid_client")
        stranger = Caller(stage, WEAK_APP)
        stranger.refresh = APP.refresh_token
        assert (await stranger.renew())[0] == 400
        weak = Caller(stage, WEAK_APP)
        assert (await weak.renew())[0] == 200
        status, told = await weak.get(ORDERS)
        assert (status, told["error"]["type"]) == (403, "insufficient_scope")


async def test_three_requests_a_second_and_the_day_s_budget_and_not_one_more() -> None:
    async with staged(a_dataset(), is_limited=True) as stage:
        caller = await caller_of(stage)
        assert [(await caller.get("/depositos"))[0] for _ in range(3)] == [200] * 3
        status, told = await caller.get("/depositos")
        assert (status, told["error"]["period"], told["error"]["limit"]) == (429, "second", 3)
        stage.clock.advance(1)
        stage.sandbox.budget.taken = 119_999
        assert (await caller.get("/depositos"))[0] == 200
        status, told = await caller.get("/depositos")
        assert (status, told["error"]["period"], told["error"]["limit"]) == (429, "day", 120_000)
        stage.clock.advance(15 * 3600)
        await caller.renew()
        assert (await caller.get("/depositos"))[0] == 200


async def test_lists_page_newest_first_and_filter_by_change_to_the_second() -> None:
    orders = [an_order(f"{i}-01", updated_at=NOW - timedelta(hours=9 - i)) for i in range(5)]
    async with staged(a_dataset(*orders)) as stage:
        caller = await caller_of(stage)

        async def names(**query: Any) -> list[str]:
            return [row["numeroLoja"] for row in await caller.listed(ORDERS, **query)]

        assert await names(limite=2) == ["4-01", "3-01"]
        assert await names(limite=2, pagina=3) == ["0-01"]
        assert await names(limite=2, pagina=4) == []
        assert await names(dataAlteracaoInicial="2026-11-20 03:00:00") == ["4-01", "3-01"]
        assert await names(dataAlteracaoInicial="2026-11-20 03:00:01") == ["4-01"]
        assert await names(dataAlteracaoFinal="2026-11-20 00:00:00") == ["0-01"]


@pytest.mark.parametrize(
    "query",
    [
        {"pagina": 0},
        {"limite": 101},
        {"limite": "x"},
        {"dataAlteracaoInicial": "2026-11-20"},
        {"dataAlteracaoInicial": "2025-11-01 00:00:00"},
    ],
)
async def test_a_query_that_bling_does_not_take_is_refused(query: dict[str, Any]) -> None:
    async with staged(a_dataset()) as stage:
        caller = await caller_of(stage)
        status, told = await caller.get(ORDERS, **query)
        assert (status, told["error"]["type"]) == (400, "VALIDATION_ERROR")


async def test_what_is_not_asked_for_is_not_listed() -> None:
    async with staged(a_dataset(an_order())) as stage:
        stage.act("close_location", code="store-1")
        caller = await caller_of(stage)
        assert [row["descricao"] for row in await caller.listed("/depositos")] == ["dc-1"]
        closed = await caller.listed("/depositos", situacao=0)
        assert [row["descricao"] for row in closed] == ["store-1"]
        assert (await caller.get("/contatos"))[0] == 400
        assert (await caller.get("/estoques/saldos"))[0] == 400


async def test_balances_are_of_what_is_in_stock_unless_asked_otherwise() -> None:
    dataset = a_dataset()
    dataset.stock += [DataStock("007", "dc-1", 0), DataStock("below", "dc-1", -2)]
    async with staged(dataset) as stage:
        caller = await caller_of(stage)
        ids = "&".join(f"idsProdutos[]={id_of('product', s)}" for s in ("SKU-1", "007", "below"))

        async def codes(more: str = "") -> list[str]:
            rows = await caller.listed(f"/estoques/saldos?{ids}{more}")
            return [row["produto"]["codigo"] for row in rows]

        assert await codes() == ["SKU-1"]
        assert await codes("&filtroSaldoEstoque=0") == ["007"]
        assert await codes("&filtroSaldoEstoque=2") == ["below"]


async def test_a_deleted_contact_stays_listed_as_deleted() -> None:
    async with staged(a_dataset(an_order())) as stage:
        stage.act("delete_customer", ref="c-1")
        caller = await caller_of(stage)
        rows = await caller.listed("/contatos", criterio=1)
        assert [(row["codigo"], row["situacao"]) for row in rows] == [("c-1", "E")]


def test_ids_have_62_bits_and_telephones_no_country() -> None:
    ids = [id_of("order", str(n)) for n in range(1000)]
    assert len(set(ids)) == 1000
    assert all(2**61 <= each < 2**62 for each in ids)
    assert telephone("+5511999990000") == "(11) 99999-0000"
    assert telephone("+14155550100") == "+14155550100"


async def test_it_runs_as_a_process_of_its_own_and_ends_with_its_input(tmp_path: Path) -> None:
    seed = tmp_path / "seed.jsonl"
    write_dataset(a_dataset(an_order("1-01")).records(), seed)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "connectors.bling.sandbox", "--seed", str(seed), "--speed", "60"),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    ready = json.loads(await process.stdout.readline())
    assert ready["settings"] == {
        "endpoint": f"{ready['url']}/Api/v3",
        "client_id": APP.client_id,
        "client_secret": APP.client_secret,
        "refresh_token": APP.refresh_token,
    }
    async with (
        aiohttp.ClientSession() as client,
        client.get(f"{ready['url']}/Api/v3/pedidos/vendas") as answer,
    ):
        assert answer.status == 401
    process.stdin.close()
    assert await process.wait() == 0
