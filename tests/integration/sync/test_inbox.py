"""Pushes: durable before they are acknowledged, once, and acted on when the source can be read."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

from connectors.vtex.client import HOOK_HEADER
from gateway.bootstrap import Gateway, open_gateway
from gateway.bootstrap.asking import taking
from gateway.connect.errors import SourceError
from gateway.connect.records import RawDelivery
from gateway.connect.testing.dataset import DataOrder
from gateway.federation.sources import ConnectedSource
from gateway.sync.apply import Applier
from gateway.sync.inbox import InboxDrain, Receipt, receive
from gateway.web.parts import HookDelivery, HookVerdict

from .stage import Stage, a_retailer, an_order, staged

SECRET = "hook-secret-of-the-sandbox"


def push(
    ref: str, change: str = "1", secret: str = SECRET, body: bytes | None = None
) -> RawDelivery:
    told = {
        "Domain": "Fulfillment", "OrderId": ref, "State": "payment-approved",
        "LastState": "order-created", "LastChange": f"2026-11-20T12:00:0{change}Z",
        "CurrentChange": f"2026-11-20T12:00:0{change}Z",
        "Origin": {"Account": "sandbox", "Key": "k"},
    }  # fmt: skip
    raw = json.dumps(told).encode() if body is None else body
    headers = {HOOK_HEADER.lower(): secret}
    return RawDelivery(headers, raw, "/hooks/vtex", datetime.now(UTC))


@asynccontextmanager
async def opened(database: str, *orders: DataOrder) -> AsyncIterator[tuple[Stage, Gateway]]:
    """Open a gateway that does not read by itself, over a marketplace with these orders."""
    async with (
        staged(database, a_retailer(*orders)) as stage,
        open_gateway(stage.settings) as gateway,
    ):
        yield stage, gateway


def shop(gateway: Gateway) -> ConnectedSource:
    source = gateway.sources.get("vtex")
    assert source is not None
    return source


async def _drain(gateway: Gateway) -> int:
    await gateway.pool.execute("UPDATE inbox SET retry_at = NULL")
    applier = Applier(gateway.pool, gateway.sources, gateway.clock)
    return await InboxDrain(gateway.pool, applier, gateway.clock).drain(shop(gateway))


async def _known(gateway: Gateway) -> None:
    """Let the items be known, which a warehouse would have told."""
    await gateway.pool.execute("INSERT INTO item (sku) VALUES ('SKU-1')")


async def _orders(gateway: Gateway) -> list[str]:
    rows = await gateway.pool.fetch("SELECT ref FROM sales_order ORDER BY ref")
    return [row["ref"] for row in rows]


async def _waiting(gateway: Gateway) -> list[tuple[Any, ...]]:
    rows = await gateway.pool.fetch(
        "SELECT attempts, error FROM inbox WHERE applied_at IS NULL ORDER BY id"
    )
    return [tuple(row) for row in rows]


async def test_a_push_is_kept_once_and_a_forged_one_not_at_all(database: str) -> None:
    async with opened(database, an_order(1)) as (_, gateway):
        source = shop(gateway)
        first = await receive(gateway.pool, source, push("1-01"))
        again = await receive(gateway.pool, source, push("1-01"))
        forged = await receive(gateway.pool, source, push("1-01", "2", secret="guessed"))
        assert (first, again, forged) == (Receipt.STORED, Receipt.DUPLICATE, Receipt.REFUSED)
        assert await gateway.pool.fetchval("SELECT count(*) FROM inbox") == 1
        assert await gateway.pool.fetchval("SELECT body FROM inbox") == push("1-01").body


async def test_a_push_is_acknowledged_only_once_it_is_durable(database: str) -> None:
    async with opened(database, an_order(1)) as (_, gateway):
        woken: list[str] = []
        take = taking(gateway.pool, gateway.sources, woken.append)

        async def sent(ref: str, source: str = "vtex", **changes: str) -> HookVerdict:
            told = push(ref, **changes)
            delivery = HookDelivery(source, told.headers, told.body, told.url, told.received_at)
            return (await take(delivery)).verdict

        assert await sent("1-01") is HookVerdict.STORED
        assert await sent("1-01") is HookVerdict.DUPLICATE
        assert await sent("2-01", secret="guessed") is HookVerdict.REFUSED
        assert await sent("2-01", source="nobody") is HookVerdict.UNKNOWN_SOURCE
        await gateway.pool.execute("ALTER TABLE inbox RENAME TO elsewhere")
        assert await sent("2-01") is HookVerdict.UNAVAILABLE
        await gateway.pool.execute("ALTER TABLE elsewhere RENAME TO inbox")
        assert await sent("2-01") is HookVerdict.STORED
        assert woken == ["vtex", "vtex"]
        assert await gateway.pool.fetchval("SELECT count(*) FROM inbox") == 2


@pytest.mark.parametrize("turn", list(permutations(["1-01", "2-01", "1-01"]))[:3])
async def test_any_order_with_repeats_ends_alike(database: str, turn: tuple[str, ...]) -> None:
    orders = [an_order(1), an_order(2)]
    async with opened(database, *orders) as (_, gateway):
        await _known(gateway)
        for n, ref in enumerate(turn):
            await receive(gateway.pool, shop(gateway), push(ref, str(n)))
        assert await _drain(gateway) == 3
        assert await _orders(gateway) == ["1-01", "2-01"]
        assert await _waiting(gateway) == []
        versions = await gateway.pool.fetch("SELECT aggregate_version FROM event")
        assert [row["aggregate_version"] for row in versions] == [1, 1]


async def test_with_the_source_down_a_push_waits_and_is_applied_afterwards(database: str) -> None:
    async with opened(database, an_order(1)) as (stage, gateway):
        await _known(gateway)
        await receive(gateway.pool, shop(gateway), push("1-01"))
        stage.fail(stage.marketplace, kind="status", status=503, times=1)
        with pytest.raises(SourceError):
            await _drain(gateway)
        ((attempts, error),) = await _waiting(gateway)
        assert (attempts, error.split(":")[0]) == (1, "UPSTREAM_FAULT")
        assert await _drain(gateway) == 1
        assert (await _orders(gateway), await _waiting(gateway)) == (["1-01"], [])


async def test_a_push_that_cannot_be_read_is_set_aside_and_the_others_are_applied(
    database: str,
) -> None:
    async with opened(database, an_order(1)) as (_, gateway):
        await _known(gateway)
        await receive(gateway.pool, shop(gateway), push("x", body=b'{"Domain": 7}'))
        await receive(gateway.pool, shop(gateway), push("1-01"))
        assert await _drain(gateway) == 2
        row = await gateway.pool.fetchrow("SELECT stream, raw, code FROM quarantine")
        assert tuple(row) == ("inbox", b'{"Domain": 7}', "MALFORMED_PAYLOAD")
        assert (await _orders(gateway), await _waiting(gateway)) == (["1-01"], [])


async def test_an_order_that_the_source_does_not_have_yet_is_tried_again_and_given_up(
    database: str,
) -> None:
    async with opened(database) as (_, gateway):
        await _known(gateway)
        await receive(gateway.pool, shop(gateway), push("9-01"))
        for attempt in range(1, 5):
            assert await _drain(gateway) == 1
            assert await _waiting(gateway) == [(attempt, "the source does not have it yet")]
        assert await _drain(gateway) == 1
        assert await _waiting(gateway) == []
