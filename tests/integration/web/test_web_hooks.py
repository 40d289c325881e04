"""Vendors' pushes: handed on untouched, acknowledged by what became of them."""

import io

import aiohttp
import pytest

from gateway.web.parts import HookOutcome, HookVerdict, Missing
from tests.integration.web.serving import Backstage, app_of, running, settings_with

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_delivery_is_handed_on_byte_for_byte(
    client: aiohttp.ClientSession, backstage: Backstage
) -> None:
    body = b"\x00\xff not json \r\n"
    headers = [("X-Signature", "AbC="), ("X-Two", "1"), ("X-Two", "2")]
    async with client.post("/hooks/shop-1?a=%20b", data=body, headers=headers) as response:
        assert (response.status, await response.json()) == (200, {"status": "stored"})
        url = str(response.url)
    delivery = backstage.deliveries[0]
    assert (delivery.source_id, delivery.body) == ("shop-1", body)
    assert (delivery.headers["x-signature"], delivery.headers["x-two"]) == ("AbC=", "1, 2")
    assert (delivery.url, delivery.received_at) == (url, backstage.clock.now())


async def test_the_address_is_the_one_that_the_vendor_knows(backstage: Backstage) -> None:
    settings = settings_with(server={"public_url": "https://api.example.com/"})
    async with (
        running(app_of(backstage, settings)) as client,
        client.post("/hooks/shop?topic=orders", data=b"{}") as response,
    ):
        assert response.status == 200
    assert backstage.deliveries[0].url == "https://api.example.com/hooks/shop?topic=orders"


@pytest.mark.parametrize(
    ("outcome", "status", "body"),
    [
        (HookOutcome(HookVerdict.STORED), 200, b'{"status":"stored"}'),
        (HookOutcome(HookVerdict.STORED, b'{"code":"200"}'), 200, b'{"code":"200"}'),
        (HookOutcome(HookVerdict.DUPLICATE), 200, b'{"status":"stored"}'),
    ],
)
async def test_a_durable_delivery_is_acknowledged(
    client: aiohttp.ClientSession,
    backstage: Backstage,
    outcome: HookOutcome,
    status: int,
    body: bytes,
) -> None:
    backstage.verdict = outcome
    async with client.post("/hooks/shop", data=b"{}") as response:
        assert (response.status, await response.read()) == (status, body)


@pytest.mark.parametrize(
    ("verdict", "status", "code"),
    [
        (HookVerdict.REFUSED, 401, "DELIVERY_REFUSED"),
        (HookVerdict.UNKNOWN_SOURCE, 404, "NOT_FOUND"),
        (HookVerdict.UNAVAILABLE, 503, "UNAVAILABLE"),
    ],
)
async def test_any_other_is_not(
    client: aiohttp.ClientSession,
    backstage: Backstage,
    verdict: HookVerdict,
    status: int,
    code: str,
) -> None:
    backstage.verdict = HookOutcome(verdict)
    async with client.post("/hooks/shop", data=b"{}") as response:
        answer = await response.json()
        assert (response.status, answer["errors"][0]["extensions"]) == (status, {"code": code})


async def test_a_delivery_that_breaks_something_is_not_acknowledged(
    client: aiohttp.ClientSession, backstage: Backstage
) -> None:
    backstage.failure = RuntimeError("no disk")
    async with client.post("/hooks/shop", data=b"{}") as response:
        assert response.status == 500


async def test_a_large_delivery_is_refused(
    client: aiohttp.ClientSession, backstage: Backstage
) -> None:
    async with client.post("/hooks/shop", data=io.BytesIO(b" " * 1_048_577)) as response:
        assert response.status == 413
    assert backstage.deliveries == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/hooks/shop", 405),
        ("PUT", "/hooks/shop", 405),
        ("POST", "/hooks/", 404),
        ("POST", "/hooks/a/b", 404),
        ("POST", "/hooks", 404),
    ],
)
async def test_only_a_post_to_a_source_is_a_delivery(
    client: aiohttp.ClientSession, backstage: Backstage, method: str, path: str, status: int
) -> None:
    async with client.request(method, path, data=b"{}") as response:
        assert response.status == status
    assert backstage.deliveries == []


async def test_a_living_process_says_so_whatever_is_missing(
    client: aiohttp.ClientSession, backstage: Backstage
) -> None:
    backstage.failure = RuntimeError("no database")
    async with client.get("/healthz") as response:
        assert (response.status, await response.json()) == (200, {"status": "alive"})


async def test_readiness_names_everything_that_is_missing(
    client: aiohttp.ClientSession, backstage: Backstage
) -> None:
    async with client.get("/readyz") as response:
        assert (response.status, await response.json()) == (200, {"status": "ready"})
    backstage.missing = [Missing("database", "no connection"), Missing("sources.shop", "paused")]
    async with client.get("/readyz") as response:
        assert response.status == 503
        assert await response.json() == {
            "status": "not ready",
            "missing": [
                {"what": "database", "why": "no connection"},
                {"what": "sources.shop", "why": "paused"},
            ],
        }


async def test_readiness_that_cannot_be_told_is_not_ready(
    client: aiohttp.ClientSession, backstage: Backstage
) -> None:
    backstage.failure = RuntimeError("secret detail")
    async with client.get("/readyz") as response:
        assert response.status == 503
        assert await response.json() == {
            "status": "not ready",
            "missing": [{"what": "readiness", "why": "could not be told; see the log"}],
        }
