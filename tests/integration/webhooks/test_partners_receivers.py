"""What docs/partners.md says of webhooks, run as it stands there."""

import asyncio
import json
import os
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.web.graphiql.node import NodeFailed
from tests.conftest import apart
from tests.integration.graph.stage import KEYS
from tests.integration.graph.stage import staged as served
from tests.node import installed, start_node
from tests.snippets import snippets

from .stage import QUICK, happen, running

SNIPPETS = snippets("partners.md")
NODE = Path(__file__).parent / "webhooks-node"
PARTNER = {
    "id": "seller",
    "kind": "partner",
    "key": {"env": "PARTNER"},
    "channels": ["marketplace"],
}
LANGUAGES = ["py", "mjs"]


@pytest.fixture(scope="module")
def package() -> Path:
    """The npm package of the receiver, where npm can reach a registry."""

    async def install() -> Path:
        return installed(NODE)

    try:
        return apart(install())
    except NodeFailed as failed:
        pytest.skip(f"the package cannot be installed: {failed}: {failed.output[-400:]}")


async def shell(name: str, **environ: str) -> dict[str, Any]:
    """Run a snippet by sh; answer what the graph has answered."""
    process = await asyncio.create_subprocess_exec(
        "sh", "-eu", "-c", SNIPPETS[name], env={"PATH": os.environ["PATH"], **environ},
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    told, _ = await process.communicate()
    found: dict[str, Any] = json.loads(told)
    assert "errors" not in found, found
    (payload,) = found["data"].values()
    return dict(payload)


@asynccontextmanager
async def receiver(
    language: str, folder: Path, package: Path, environ: dict[str, str]
) -> AsyncIterator[asyncio.StreamReader]:
    """Start a receiver of the docs; answer what it prints."""
    name = f"webhook-receiver.{language}"
    (folder / name).write_text(SNIPPETS[name], "utf-8")
    if language == "mjs":
        if not (folder / "node_modules").exists():
            (folder / "node_modules").symlink_to(package / "node_modules")
        process = await start_node(folder, environ, name)
    else:
        process = await asyncio.create_subprocess_exec(
            sys.executable, name, cwd=folder, env=environ, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
    try:
        assert process.stdout is not None
        yield process.stdout
    finally:
        process.kill()
        await process.wait()


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


async def _events(printed: asyncio.StreamReader, count: int) -> list[str]:
    async with asyncio.timeout(60):
        return [(await printed.readline()).decode().strip() for _ in range(count)]


def _cursors(language: str, folder: Path) -> list[str]:
    """Answer the cursors that a receiver has kept, in order."""
    if language == "mjs":
        return [line.split()[1] for line in (folder / "webhooks.txt").read_text().splitlines()]
    store = sqlite3.connect(folder / "webhooks.db")
    try:
        return [row[0] for row in store.execute("SELECT cursor FROM seen ORDER BY rowid")]
    finally:
        store.close()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_receiver_of_the_docs_deals_with_each_event_once(
    language: str, database: str, tmp_path: Path, package: Path
) -> None:
    quick = {**QUICK, "retry_seconds": [0.3] * 30}
    async with served(database, webhooks=quick, keys=[PARTNER]) as stage, running(stage.gateway):
        port = _free_port()
        trama = {"TRAMA_URL": stage.url, "TRAMA_KEY": KEYS["partner"]}
        made = await shell("webhook-create.sh", HOOK_URL=f"http://127.0.0.1:{port}/", **trama)
        assert made["__typename"] == "CreateWebhookEndpointSuccess"
        environ = {"WEBHOOK_SECRET": made["secret"], "PORT": str(port)}
        await happen(stage.gateway.pool, (1, 1))
        async with receiver(language, tmp_path, package, environ) as printed:
            await happen(stage.gateway.pool, (1, 2), (1, 3))
            assert await _events(printed, 3) == [
                "EVENT order.created 1", "EVENT order.updated 2", "EVENT order.updated 3",
            ]  # fmt: skip
            cursors = _cursors(language, tmp_path)
            again = {"ENDPOINT": made["endpoint"]["id"], "CURSOR": cursors[0]}
            replayed = await shell("webhook-replay.sh", **again, **trama)
            assert replayed["__typename"] == "RedeliverWebhookSuccess"
            await happen(stage.gateway.pool, (1, 4))
            assert await _events(printed, 1) == ["EVENT order.updated 4"]
            forged = await asyncio.create_subprocess_exec(
                "curl", "-s", "-o", os.devnull, "-w", "%{http_code}", f"http://127.0.0.1:{port}/",
                "-H", "webhook-id: msg_1", "-H", "webhook-timestamp: 1", "-d", "{}",
                "-H", "webhook-signature: v1,AAAA", stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            assert (await forged.communicate())[0] == b"401"
