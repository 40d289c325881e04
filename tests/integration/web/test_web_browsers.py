"""What browsers are told: which sites' pages may call, and how answers may be used."""

import aiohttp
import pytest

from tests.integration.web.serving import (
    PARTNER_KEY,
    SHOP,
    STOREFRONT_KEY,
    Backstage,
    app_of,
    running,
    settings_with,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")
ASKED = {"query": "{greet}"}
ALLOW = "Access-Control-Allow-Origin"
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "x-api-key,content-type",
}


async def test_a_preflight_from_a_known_site_is_allowed(client: aiohttp.ClientSession) -> None:
    async with client.options("/graphql", headers={"Origin": SHOP, **PREFLIGHT}) as response:
        assert (response.status, response.headers[ALLOW]) == (204, SHOP)
        assert response.headers["Access-Control-Allow-Methods"] == "GET, POST"
        assert response.headers["Access-Control-Allow-Headers"] == (
            "Authorization, X-Api-Key, Content-Type, GraphQL-Require-Preflight, "
            "Apollo-Require-Preflight, X-Apollo-Operation-Name, GraphQL-Cost, X-Request-Id, "
            "Last-Event-ID"
        )
        assert response.headers["Access-Control-Max-Age"] == "600"
        assert "Access-Control-Allow-Credentials" not in response.headers
        assert response.headers["Vary"] == "Origin"


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example.com",
        "null",
        "https://shop.example.com.evil.com",
        "http://shop.example.com",
        "https://shop.example.com:444",
        "*",
    ],
)
async def test_another_site_is_told_nothing_and_its_page_refused(
    client: aiohttp.ClientSession, backstage: Backstage, origin: str
) -> None:
    async with client.options("/graphql", headers={"Origin": origin, **PREFLIGHT}) as response:
        assert response.status == 204
        assert ALLOW not in response.headers
    headers = {"Origin": origin, "X-Api-Key": STOREFRONT_KEY}
    async with client.post("/graphql", json=ASKED, headers=headers) as response:
        answer = await response.json()
        assert response.status == 403
        assert answer["errors"][0]["extensions"] == {"code": "ORIGIN_NOT_ALLOWED"}
        assert ALLOW not in response.headers
    assert backstage.asked == []


async def test_a_page_of_the_shop_may_call_with_the_shops_key(
    client: aiohttp.ClientSession,
) -> None:
    headers = {"Origin": SHOP, "X-Api-Key": STOREFRONT_KEY}
    async with client.post("/graphql", json=ASKED, headers=headers) as response:
        assert (response.status, response.headers[ALLOW]) == (200, SHOP)
        assert (
            response.headers["Access-Control-Expose-Headers"] == "X-Request-Id, Retry-After, ETag"
        )


async def test_a_page_of_the_shop_may_not_call_with_another_key(
    client: aiohttp.ClientSession, backstage: Backstage
) -> None:
    headers = {"Origin": SHOP, "X-Api-Key": PARTNER_KEY}
    async with client.post("/graphql", json=ASKED, headers=headers) as response:
        assert response.status == 403
    assert backstage.asked == []


async def test_a_known_site_may_read_why_it_was_refused(client: aiohttp.ClientSession) -> None:
    async with client.post("/graphql", json=ASKED, headers={"Origin": SHOP}) as response:
        assert (response.status, response.headers[ALLOW]) == (401, SHOP)


async def test_a_page_of_the_gateway_itself_may_call(client: aiohttp.ClientSession) -> None:
    async with client.get("/healthz") as response:
        own = str(response.url.origin())
    headers = {"Origin": own, "X-Api-Key": PARTNER_KEY}
    async with client.post("/graphql", json=ASKED, headers=headers) as response:
        assert response.status == 200


async def test_behind_a_public_address_only_that_address_is_the_gateways_own(
    backstage: Backstage,
) -> None:
    server = {"public_url": "https://api.example.com", "allowed_origins": ["https://a.example"]}
    async with running(app_of(backstage, settings_with(server=server))) as client:
        statuses = []
        for origin in ("https://api.example.com", "https://a.example", "https://127.0.0.1"):
            headers = {"Origin": origin, "X-Api-Key": PARTNER_KEY}
            async with client.post("/graphql", json=ASKED, headers=headers) as response:
                statuses.append(response.status)
    assert statuses == [200, 200, 403]


@pytest.mark.parametrize("path", ["/graphql", "/healthz", "/readyz", "/nowhere"])
async def test_every_answer_is_safe_to_a_browser(client: aiohttp.ClientSession, path: str) -> None:
    async with client.get(path) as response:
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Content-Security-Policy"] == (
            "default-src 'none'; frame-ancestors 'none'"
        )
        assert "Server" not in response.headers
