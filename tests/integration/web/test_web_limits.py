"""How often and how much at a time each caller may ask; the clock moves when the test says so."""

import asyncio
import dataclasses
import json

import aiohttp
import pytest

from gateway.bootstrap.observing import counting_requests
from gateway.demo.issuer import make_demo_issuer
from gateway.telemetry.meters import Meters
from gateway.web.app import create_app
from gateway.web.limits import Rate
from tests.integration.web.serving import (
    CONFIGURATION,
    OPERATOR_KEY,
    PARTNER_KEY,
    STOREFRONT_KEY,
    Backstage,
    app_of,
    logging_to,
    parts_of,
    running,
    settings_with,
)

ASKED = {"query": "{greet}"}
BEHIND_A_PROXY = {"port": 0, "trusted_proxies": ["127.0.0.0/8"]}
SLOW = {"requests_per_second": 0.5, "burst": 2}


async def status(
    client: aiohttp.ClientSession, credential: str, address: str | None = None
) -> tuple[int, str | None, str | None]:
    """Answer the status, the code and `Retry-After` of a plain request."""
    headers = {"Authorization": f"Bearer {credential}"}
    if address is not None:
        headers["X-Forwarded-For"] = address
    async with client.post("/graphql", json=ASKED, headers=headers) as response:
        told = await response.json(content_type=None)
        code = told["errors"][0]["extensions"]["code"] if "errors" in told else None
        return response.status, code, response.headers.get("Retry-After")


LIMITED = (429, "RATE_LIMITED", "2")
FINE = (200, None, None)


async def test_a_caller_that_asks_too_often_is_told_when_to_come_again() -> None:
    backstage = Backstage()
    settings = settings_with(limits={"partner": SLOW})
    async with running(app_of(backstage, settings)) as client:
        answers = [await status(client, PARTNER_KEY) for _ in range(3)]
        assert answers == [FINE, FINE, LIMITED]
        backstage.clock.seconds += 1.5
        assert await status(client, PARTNER_KEY) == (429, "RATE_LIMITED", "1")
        backstage.clock.seconds += 0.5
        assert [await status(client, PARTNER_KEY) for _ in range(2)] == [FINE, LIMITED]
        assert await status(client, OPERATOR_KEY) == FINE
        backstage.clock.seconds += 1000
        answers = [await status(client, PARTNER_KEY) for _ in range(3)]
        assert answers == [FINE, FINE, LIMITED], "time saves up no more than the burst"
    assert len(backstage.asked) == 6


async def test_a_refusal_is_seen_by_whoever_watches() -> None:
    meters = Meters()
    parts = dataclasses.replace(
        parts_of(Backstage(), settings_with(limits={"partner": SLOW})),
        on_request=counting_requests(meters),
    )
    with logging_to("json") as lines:
        async with running(create_app(parts)) as client:
            answers = [await status(client, PARTNER_KEY) for _ in range(4)]
    assert answers == [FINE, FINE, LIMITED, LIMITED]
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [each.get("code") for each in told] == [None, None, "RATE_LIMITED", "RATE_LIMITED"]
    text, _ = meters.exposition("")
    counted = 'trama_graphql_refusals_total{code="RATE_LIMITED",principal="PARTNER"} 2.0'
    assert counted in text.decode()


async def test_a_storefronts_key_is_counted_per_shopper_and_a_partners_is_not() -> None:
    settings = settings_with(server=BEHIND_A_PROXY, limits={"storefront": SLOW, "partner": SLOW})
    async with running(app_of(Backstage(), settings)) as client:
        for address in ("203.0.113.1", "203.0.113.2", "2001:db8:1:2::1"):
            answers = [await status(client, STOREFRONT_KEY, address) for _ in range(3)]
            assert answers == [FINE, FINE, LIMITED]
        same_host = ("2001:db8:1:2:ffff::9", "::ffff:203.0.113.1")
        assert [await status(client, STOREFRONT_KEY, each) for each in same_host] == [LIMITED] * 2
        answers = [await status(client, PARTNER_KEY, f"203.0.113.{n}") for n in range(3)]
        assert answers == [FINE, FINE, LIMITED]


async def test_an_address_that_nobody_trusted_has_told_is_not_believed_and_is_logged_once() -> None:
    settings = settings_with(limits={"storefront": SLOW})
    with logging_to("json") as lines:
        async with running(app_of(Backstage(), settings)) as client:
            answers = [await status(client, STOREFRONT_KEY, f"203.0.113.{n}") for n in range(3)]
    assert answers == [FINE, FINE, LIMITED]
    assert lines.getvalue().count("proxy.not_trusted") == 1


async def test_customers_are_counted_each_by_itself() -> None:
    backstage = Backstage()
    issuer = make_demo_issuer(backstage.clock)
    told = {**CONFIGURATION["customers"], "algorithms": ["ES256"]}
    settings = settings_with(limits={"customer": SLOW}, customers=told)

    async def fetch(url: str) -> bytes:
        return issuer.jwks

    async with running(app_of(backstage, settings, fetch)) as client:
        answers = [await status(client, issuer.issue("ana", {})) for _ in range(3)]
        assert answers == [FINE, FINE, LIMITED]
        assert await status(client, issuer.issue("rui", {})) == FINE
        assert await status(client, issuer.issue("ana", {"email": "a@example.com"})) == LIMITED


async def test_an_address_is_limited_whatever_it_presents() -> None:
    backstage = Backstage()
    settings = settings_with(limits={"address": {"requests_per_second": 1, "burst": 3}})
    async with running(app_of(backstage, settings)) as client:
        for credential in ("a-wrong-key-0123456", PARTNER_KEY, OPERATOR_KEY):
            answer = await status(client, credential)
            assert answer[0] == (401 if credential.startswith("a-wrong") else 200)
        for credential in ("a-wrong-key-0123456", PARTNER_KEY):
            assert await status(client, credential) == (429, "RATE_LIMITED", "1")
    assert len(backstage.asked) == 2


async def test_nought_is_no_limit() -> None:
    free = {"requests_per_second": 0, "burst": 1}
    settings = settings_with(limits={"partner": free, "address": free})
    async with running(app_of(Backstage(), settings)) as client:
        assert {await status(client, PARTNER_KEY) for _ in range(30)} == {FINE}


async def test_no_more_requests_are_under_way_than_are_allowed_and_each_gives_its_place_back() -> (
    None
):
    backstage = Backstage(hold=asyncio.Event())
    settings = settings_with(limits={"partner": {"concurrency": 2}})
    async with running(app_of(backstage, settings), shutdown_seconds=1) as client:
        under_way = [asyncio.create_task(status(client, PARTNER_KEY)) for _ in range(2)]
        await _reached(backstage, 2)
        assert await status(client, PARTNER_KEY) == (429, "TOO_MANY_AT_ONCE", "1")
        other = asyncio.create_task(status(client, OPERATOR_KEY))
        await _reached(backstage, 3)
        assert backstage.hold is not None
        backstage.hold.set()
        assert [await each for each in (*under_way, other)] == [FINE] * 3
        backstage.failure = RuntimeError("not today")
        with logging_to("json"):
            assert [(await status(client, PARTNER_KEY))[0] for _ in range(3)] == [500] * 3
        backstage.failure = None
        assert await status(client, PARTNER_KEY) == FINE


async def _reached(backstage: Backstage, count: int) -> None:
    """Wait until so many requests are being executed."""
    while len(backstage.asked) < count:
        backstage.reached.clear()
        await asyncio.wait_for(backstage.reached.wait(), 60)


def test_a_rate_forgets_whoever_came_longest_ago_and_so_stays_small() -> None:
    rate = Rate(per_second=1, burst=1, most=3)
    for n in range(1000):
        assert rate.arrive(f"address-{n}", now=0.0) == 0
    assert [rate.arrive(f"address-{n}", 0.0) for n in range(999, 994, -1)] == [1, 1, 1, 0, 0]


@pytest.mark.parametrize("now", [0.0, 1e9 + 1 / 3])
def test_a_burst_is_whole_whatever_the_fractions_sum_up_to(now: float) -> None:
    rate = Rate(per_second=30, burst=1000)
    for _ in range(1000):
        assert rate.arrive("a", now) == 0
    assert rate.arrive("a", now) == pytest.approx(1 / 30, rel=1e-3)
