"""The page as any client sees it: what it holds, what it forbids, and what it is without assets."""

import html
import json
import re
import shlex
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from yarl import URL

from tests.integration.graphiql.shop import EXAMPLES, home_of, shop
from tests.integration.web.serving import Backstage

POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@pytest.fixture
def few_assets(tmp_path: Path) -> Path:
    """Assets that are quick to make: the page only needs their names."""
    folder = tmp_path / "assets"
    folder.mkdir()
    (folder / "manifest.json").write_text('{"script":"page-1.js","style":"page-1.css"}')
    (folder / "page-1.js").write_text("export {};")
    (folder / "page-1.css").write_text("body {}")
    (tmp_path / "secret.js").write_text("secret")
    return folder


@pytest_asyncio.fixture
async def client(few_assets: Path) -> AsyncIterator[aiohttp.ClientSession]:
    async with shop(Backstage(), few_assets) as client:
        yield client


@pytest_asyncio.fixture
async def plain() -> AsyncIterator[aiohttp.ClientSession]:
    async with shop(Backstage(), None, "No <npm> here") as client:
        yield client


async def test_the_page_names_its_assets_and_holds_what_it_needs(
    client: aiohttp.ClientSession,
) -> None:
    async with client.get("/") as response:
        page = await response.text()
    assert response.status == 200
    assert response.content_type == "text/html"
    assert re.findall(r'(?:src|href)="([^"]+)"', page) == [
        "data:,",
        "/graphiql/assets/page-1.css",
        "/graphiql/assets/page-1.js",
    ]
    told = json.loads(page.split('id="trama">')[1].split("</script>")[0])
    assert told["endpoint"] == "/graphql"
    assert told["examples"][0]["variables"] == {"name": "</script><b>Ana"}
    assert [key["kind"] for key in told["keys"]] == ["storefront", "partner", "operator"]


@pytest.mark.parametrize("path", ["/", "/graphiql/assets/page-1.js"])
async def test_the_browser_is_told_to_stay_at_home(
    client: aiohttp.ClientSession, path: str
) -> None:
    async with client.get(path) as response:
        headers = response.headers
    assert headers["Content-Security-Policy"] == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


async def test_the_page_is_never_stored_and_its_assets_are_kept(
    client: aiohttp.ClientSession,
) -> None:
    async with client.get("/") as page, client.get("/graphiql/assets/page-1.js") as script:
        assert page.headers["Cache-Control"] == "no-store"
        assert script.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert await script.text() == "export {};"


@pytest.mark.parametrize(
    "path",
    [
        "/graphiql/assets/../secret.js",
        "/graphiql/assets/..%2fsecret.js",
        "/graphiql/assets/%2e%2e%2fsecret.js",
        "/graphiql/assets/..%5csecret.js",
        "/graphiql/assets/%00",
        "/graphiql/assets/manifest.json",
        "/graphiql/assets/",
        "/graphiql/assets",
    ],
)
async def test_nothing_else_is_served(client: aiohttp.ClientSession, path: str) -> None:
    address = home_of(client) + path
    async with client.get(URL(address, encoded=True)) as response:
        assert response.status == 404
        assert "secret" not in await response.text()


async def test_the_page_is_only_read(client: aiohttp.ClientSession) -> None:
    async with client.post("/") as response:
        assert response.status == 405


async def test_without_assets_the_page_says_why(plain: aiohttp.ClientSession) -> None:
    async with plain.get("/") as response:
        page = await response.text()
    assert response.status == 200
    assert response.headers["Content-Security-Policy"] == POLICY
    assert "No &lt;npm&gt; here. The graph answers all the same" in page
    assert "<script" not in page
    assert "<b>Ana" not in page


async def test_without_assets_each_example_is_a_command_that_answers(
    plain: aiohttp.ClientSession,
) -> None:
    async with plain.get("/") as response:
        page = await response.text()
    texts = [html.unescape(text) for text in re.findall(r"<pre>(.*?)</pre>", page, re.DOTALL)]
    commands = [text for text in texts if text.startswith("curl ")]
    assert len(commands) == len(EXAMPLES)
    assert [await answer_to(plain, command) for command in commands] == [
        {"greet": "hello </script><b>Ana"},
        {"greet": "hello you", "broken": None},
    ]


async def answer_to(client: aiohttp.ClientSession, command: str) -> object:
    """Send what curl would send."""
    words = shlex.split(command.replace("\\\n", ""))
    assert words[:2] == ["curl", "-sS"]
    headers = [words[at + 1] for at, word in enumerate(words) if word == "-H"]
    told = dict(header.split(": ", 1) for header in headers)
    assert told.keys() == {"Content-Type", "X-Api-Key"}
    body = words[words.index("--data") + 1]
    async with client.post(words[2], headers=told, data=body) as response:
        return (await response.json())["data"]
