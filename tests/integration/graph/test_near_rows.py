"""What a process keeps of stock and locations needs no database, and follows what others write."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.bootstrap import GatewayOptions, open_gateway
from gateway.model.location import LocationKind, LocationRecord
from gateway.model.stock import PositionRef, StockRecord
from gateway.sync.apply import Applier
from tests.e2e.processes import until
from tests.integration.events.transactions import hand_driven

from .stage import Stage, listening, served, staged

ASK = """{ availability(skus: ["SKU-1", "007"], freshness: { maxAge: "P1D" }) {
    availableToSell freshness { servedFrom }
    locations { onHand location { code name kind } } } }"""
NAMES = """{ availability(skus: ["SKU-1", "007"], freshness: { maxAge: "P1D" }) {
    locations { onHand location { code name } } } }"""
OFTEN = {"poll_seconds": 0.02}


@asynccontextmanager
async def beside(first: Stage) -> AsyncIterator[Stage]:
    """Answer a second gateway on the same database."""
    options = GatewayOptions(routes=[first.issuer.route])
    async with (
        open_gateway(first.gateway.settings, options) as gateway,
        served(gateway.app, listening()) as url,
    ):
        applier = Applier(gateway.pool, gateway.sources, gateway.clock)
        yield Stage(gateway, applier, url, first.issuer)


async def sellable(stage: Stage, **how: Any) -> list[int | None]:
    """Answer how many may be sold of each SKU, as the projection has it."""
    found = (await stage.data(ASK, **how))["availability"]
    assert {each["freshness"]["servedFrom"] for each in found} == {"PROJECTION"}
    return [each["availableToSell"] for each in found]


async def walked(stage: Stage) -> None:
    """Let the warehouse have been read whole: what it does not list is none."""
    await stage.gateway.pool.execute(
        "UPDATE source_stream SET walked_at = clock_timestamp() WHERE stream = 'stock'"
    )


async def kept(stage: Stage) -> bool:
    """Answer whether the process has everything near."""
    await stage.data(ASK)
    async with stage.counting() as sent:
        await stage.data(ASK)
    return not sent


async def count_at(stage: Stage, on_hand: int) -> None:
    """Let a gateway have read so many of SKU-1 at the first location."""
    await stage.put("stock", StockRecord(PositionRef("SKU-1", "w-1"), datetime.now(UTC), on_hand))


async def test_what_one_gateway_writes_another_one_answers_a_moment_later(database: str) -> None:
    async with staged(database, events=OFTEN) as first, beside(first) as second:
        await walked(first)
        for stage in (first, second):
            await until("everything is near", lambda stage=stage: kept(stage))
        assert await sellable(first) == await sellable(second) == [3, 9]
        for writer, reader, on_hand in ((first, second, 40), (second, first, 50)):
            await count_at(writer, on_hand)

            async def follows(reader: Stage = reader, on_hand: int = on_hand) -> bool:
                return await sellable(reader) == [on_hand, 9]

            await until("the other one follows", follows)
        async with hand_driven(database, 1) as (other,):
            await other.fetchval("SELECT pg_current_xact_id()")
            await count_at(first, 60)
            await until("it has stepped aside", lambda: _is(second, [60, 9]))
            await until("so has the writer itself", lambda: _is(first, [60, 9]))


async def _is(stage: Stage, expected: list[int | None]) -> bool:
    return await sellable(stage) == expected


async def test_each_caller_is_shown_no_more_of_what_is_kept_than_it_may_see(
    database: str,
) -> None:
    async with staged(database, events=OFTEN) as stage:
        await walked(stage)
        await count_at(stage, 40)
        await until("everything is near", lambda: kept(stage))
        await until("the last count is there", lambda: _is(stage, [40, 9]))
        refused = await stage.ask(ASK, kind="storefront")
        assert {each["extensions"]["code"] for each in refused["errors"]} == {"FORBIDDEN"}
        shown = """{ availability(skus: ["SKU-1"]) { availableToSell isCapped } }"""
        told = [(await stage.data(shown, kind=kind))["availability"] for kind in
                ("operator", "storefront", "operator")]  # fmt: skip
        assert told == [
            [{"availableToSell": 40, "isCapped": False}],
            [{"availableToSell": 10, "isCapped": True}],
            [{"availableToSell": 40, "isCapped": False}],
        ]


@pytest.mark.parametrize("enabled", [True, False])
async def test_without_a_cache_postgres_is_asked_each_time(database: str, enabled: bool) -> None:
    told = {"enabled": enabled}
    async with staged(database, events=OFTEN, cache=told) as stage:
        await walked(stage)
        if enabled:
            await until("everything is near", lambda: kept(stage))
        assert await kept(stage) is enabled
        assert await sellable(stage) == [3, 9]


async def test_without_a_cache_one_statement_answers_with_the_locations_as_they_are(
    database: str,
) -> None:
    async with staged(database, cache={"enabled": False}) as stage:
        await walked(stage)
        for name in ("Name 1", "Name 2"):
            now = datetime.now(UTC)
            await stage.put(
                "locations", LocationRecord("w-2", "store-1", name, LocationKind.STORE, now)
            )
            for statements in (2, 1, 1):
                async with stage.counting() as sent:
                    found = (await stage.data(NAMES))["availability"]
                assert [[at["location"]["name"] for at in each["locations"]] for each in found] == [
                    ["Main", name], [name],
                ]  # fmt: skip
                assert sum(sent.values()) == statements
        await count_at(stage, 42)
        assert await sellable(stage) == [42, 9]
