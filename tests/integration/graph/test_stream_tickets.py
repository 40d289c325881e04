"""Tickets over the real log: an address that leaked opens nothing without its caller's cursor."""

import json
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from .stage import KEYS, Stage, an_order, staged

FOLLOW = "subscription { orderEvents { cursor node { type order { number } } } }"
STOCK = 'subscription { availabilityChanged(skus: ["SKU-1"]) { cursor } }'
NUMBERS = "{ orders { nodes { number } } }"
IDS = {text: sha256(text.encode()).hexdigest() for text in (FOLLOW, STOCK, NUMBERS)}
CREATED = {"type": "CREATED", "order": {"number": "1"}}


@pytest.fixture
async def stage(database: str, tmp_path: Path) -> AsyncIterator[Stage]:
    manifest = tmp_path / "documents.json"
    manifest.write_text(json.dumps({key: text for text, key in IDS.items()}))
    async with staged(database, documents={"manifest_file": str(manifest)}) as stage:
        yield stage


async def ticket(stage: Stage, text: str = FOLLOW, kind: str = "operator") -> str:
    headers = {"Authorization": f"Bearer {KEYS[kind]}"}
    async with (
        aiohttp.ClientSession() as client,
        client.post(
            f"{stage.url}/graphql/tickets", json={"documentId": IDS[text]}, headers=headers
        ) as response,
    ):
        assert response.status == 201
        return str((await response.json())["ticket"])


async def answers(stage: Stage, shown: str, last: str | None, count: int) -> list[Any]:
    """Show a ticket; answer the status, or the first answers of its stream as `(cursor, body)`."""
    headers = {"Accept": "text/event-stream", **({"Last-Event-ID": last} if last else {})}
    async with (
        aiohttp.ClientSession() as client,
        client.get(f"{stage.url}/graphql", params={"ticket": shown}, headers=headers) as response,
    ):
        if response.status != 200:
            return [response.status]
        found: list[Any] = []
        cursor = None
        async for line in response.content:
            field, _, value = line.decode().rstrip("\n").partition(": ")
            if field == "id":
                cursor = value
            elif field == "data":
                found.append((cursor, json.loads(value)))
                if len(found) == count:
                    break
        return found


def codes(found: list[Any]) -> list[str]:
    return [body["errors"][0]["extensions"]["code"] for _, body in found]


async def test_who_comes_back_is_told_what_was_written_meanwhile_and_nobody_else_is_told_anything(
    stage: Stage,
) -> None:
    shown = await ticket(stage)
    ((cursor, first),) = await answers(stage, shown, None, 1)
    assert first["data"]["orderEvents"] == {"cursor": cursor, "node": None}
    await stage.put("orders", an_order("1"))
    told = await answers(stage, shown, cursor, 2)
    assert [body["data"]["orderEvents"]["node"] for _, body in told] == [None, CREATED]
    ((others, _),) = await answers(stage, await ticket(stage, kind="partner"), None, 1)
    ((stocks, _),) = await answers(stage, await ticket(stage, STOCK), None, 1)
    for wrong in (others, stocks, "garbage", f"{cursor}A", "é", "x" * 5000):
        assert codes(await answers(stage, shown, wrong, 1)) == ["INVALID_CURSOR"]
    assert await answers(stage, shown, None, 1) == [401]


async def test_a_ticket_reads_no_query_again_and_again(stage: Stage) -> None:
    shown = await ticket(stage, NUMBERS)
    for last in (None, "garbage"):
        assert await answers(stage, shown, last, 1) == [400]
