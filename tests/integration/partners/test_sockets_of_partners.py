"""The clients of docs/partners.md over WebSocket, while the gateway is restarted."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests.e2e.processes import gateway
from tests.integration.graph.stage import KEYS, an_order, listening, served, staged
from tests.integration.partners.stage import (
    PARTNER,
    configuration,
    environment,
    following,
    free_port,
)

SUBPROTOCOLS = [Subprotocol("graphql-transport-ws")]
CLIENTS = ("follow.mjs", "apollo.mjs", "urql.mjs", "follow.py")
PULL = """{ orderEvents(first: 500) {
    nodes { id type version } pageInfo { endCursor } } }"""


async def pulled(url: str) -> dict[str, Any]:
    """Answer every event there is and where the log ends, as the partner is told it."""
    headers = {"Authorization": f"Bearer {KEYS['partner']}"}
    async with (
        aiohttp.ClientSession() as client,
        client.post(f"{url}/graphql", json={"query": PULL}, headers=headers) as answer,
    ):
        told = await answer.json()
        assert "errors" not in told, told
        found: dict[str, Any] = told["data"]["orderEvents"]
        return found


@pytest.mark.usefixtures("packages")
async def test_no_client_loses_an_event_over_a_restart(database: str, tmp_path: Path) -> None:
    port = free_port()
    told, secrets = configuration(port), environment(database)
    async with staged(database, keys=[PARTNER]) as writer, AsyncExitStack() as stack:
        async with gateway(told, secrets, tmp_path, "--no-worker") as first:
            before = await pulled(first.url)
            environ = {
                "TRAMA_WS_URL": f"ws://127.0.0.1:{port}/graphql",
                "TRAMA_KEY": KEYS["partner"],
                "AFTER": before["pageInfo"]["endCursor"],
            }
            followers = [
                await stack.enter_async_context(following(client, tmp_path, environ))
                for client in CLIENTS
            ]
            await writer.put("orders", an_order("1"), an_order("2"))
            for follower in followers:
                await follower.heard(2)
            async with connect(environ["TRAMA_WS_URL"], subprotocols=SUBPROTOCOLS) as idle:
                assert await first.process.stop() == 0
                await idle.wait_closed()
            assert idle.close_code == 1012, "whoever is there is told to come again"
        await writer.put("orders", an_order("3"), an_order("4"))
        async with served(writer.gateway.app, listening(port)) as url:
            await writer.put("orders", an_order("5"))
            heard = {
                client: await follower.heard(5)
                for client, follower in zip(CLIENTS, followers, strict=True)
            }
            written = (await pulled(url))["nodes"][len(before["nodes"]) :]
            expected = [(each["id"], each["type"], each["version"]) for each in written]
    assert [each[1] for each in expected] == ["CREATED"] * 5
    assert heard == dict.fromkeys(CLIENTS, expected)
