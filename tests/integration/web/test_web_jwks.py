"""Fetching an issuer's keys over a real socket, within bounds."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from starlette.applications import Starlette

from gateway.demo.issuer import JWKS_PATH, make_demo_issuer
from gateway.web.jwks import LARGEST_SET_BYTES, fetch_keys
from tests.integration.web.serving import Backstage, app_of, running, settings_with


@pytest.fixture
async def issuer() -> AsyncIterator[str]:
    async def keys(request: web.Request) -> web.Response:
        return web.Response(body=b'{"keys":[]}')

    async def moved(request: web.Request) -> web.Response:
        raise web.HTTPFound("/keys")

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b" " * 65_536)
        except ConnectionError:
            return response

    app = web.Application()
    app.router.add_get("/keys", keys)
    app.router.add_get("/moved", moved)
    app.router.add_get("/endless", endless)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}"
    await runner.cleanup()


async def test_a_key_set_is_fetched(issuer: str) -> None:
    assert await fetch_keys(f"{issuer}/keys") == b'{"keys":[]}'


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("moved", "status 302"),
        ("nowhere", "status 404"),
        ("endless", "the key set is too large"),
    ],
)
async def test_redirects_failures_and_floods_are_no_key_set(
    issuer: str, path: str, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        await fetch_keys(f"{issuer}/{path}")
    assert LARGEST_SET_BYTES == 262_144


async def test_nobody_there_is_an_os_error() -> None:
    with pytest.raises(OSError, match="Cannot connect"):
        await fetch_keys("http://127.0.0.1:1/keys")


async def test_the_demos_issuer_is_believed_over_the_gateways_own_route() -> None:
    backstage = Backstage()
    issuer = make_demo_issuer(backstage.clock)
    async with running(Starlette(routes=[issuer.route])) as demo:
        async with demo.get(JWKS_PATH) as response:
            url = str(response.url)
            assert b'"d"' not in await response.read()

        async def fetch(_: str) -> bytes:
            return await fetch_keys(url)

        headers = {"Authorization": f"Bearer {issuer.issue('u-1', {'customer_refs': []})}"}
        async with (
            running(app_of(backstage, settings_with(), fetch)) as client,
            client.post("/graphql", json={"query": "{greet}"}, headers=headers) as response,
        ):
            assert response.status == 200
    assert backstage.principal.id == "customer:u-1"
