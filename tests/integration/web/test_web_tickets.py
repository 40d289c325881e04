"""Tickets: one stream for whoever holds one, once, and who may come back to it."""

import asyncio
import contextlib
import dataclasses
import io
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from typing import Any

import aiohttp
import asyncpg
import pytest
import pytest_asyncio

from gateway.bootstrap.tickets import StoredTickets
from gateway.demo.issuer import DemoIssuer, make_demo_issuer
from gateway.model.principal import PrincipalKind, Reach
from gateway.projection.database import open_pool
from gateway.projection.tickets import forget_tickets
from gateway.settings import Settings
from gateway.web.app import create_app
from tests.integration.web.serving import (
    CONFIGURATION,
    PARTNER_KEY,
    SHOP,
    STOREFRONT_KEY,
    Backstage,
    Channel,
    logging_to,
    parts_of,
    running,
    settings_with,
)

TICKS = "subscription Ticks($after: Int) { ticks(after: $after) }"
GREET = "{ greet }"
pytestmark = pytest.mark.asyncio(loop_scope="module")
TEXTS = {sha256(text.encode()).hexdigest(): text for text in (TICKS, GREET)}
TICKS_ID, GREET_ID = TEXTS
KEY = {"X-Api-Key": PARTNER_KEY}
STREAM = {"Accept": "text/event-stream"}
OPENING = b"retry: 2000\n\n"


@dataclasses.dataclass
class Door:
    """Two gateways on one database, over one stage."""

    stage: Backstage
    settings: Settings
    issuer: DemoIssuer
    clients: list[aiohttp.ClientSession]
    dsn: str

    async def ticket(self, headers: dict[str, str] = KEY, **asked: Any) -> str:
        body = {"documentId": TICKS_ID, **asked}
        async with self.clients[0].post("/graphql/tickets", json=body, headers=headers) as told:
            answer = await told.json()
            assert (told.status, set(answer)) == (201, {"ticket", "expiresInSeconds"}), answer
            return str(answer["ticket"])

    @contextlib.asynccontextmanager
    async def shown(
        self, ticket: str, last: str | None = None, at: int = 0, **headers: str
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Show a ticket as a browser's EventSource does."""
        told = {**STREAM, **headers, **({} if last is None else {"Last-Event-ID": last})}
        asking = self.clients[at].get("/graphql", params={"ticket": ticket}, headers=told)
        async with asking as response:
            yield response

    async def status(self, ticket: str, last: str | None = None, **headers: str) -> tuple[int, str]:
        """Answer the status and the code, or what a stream begins with."""
        async with self.shown(ticket, last, **headers) as response:
            if response.status == 200:
                return 200, (await response.content.readuntil(b"\n\n")).decode()
            return response.status, (await response.json())["errors"][0]["extensions"]["code"]

    async def opened(self) -> Channel:
        """Answer the subscription that was opened next."""
        return await asyncio.wait_for(self.stage.opened.get(), 60)

    async def rows(self) -> list[asyncpg.Record]:
        return await self._fetch("SELECT * FROM stream_ticket ORDER BY valid_until")

    async def forget(self) -> None:
        await self._fetch("DELETE FROM stream_ticket")

    async def sweep(self) -> None:
        """Forget as the log's retention does."""
        connection = await asyncpg.connect(self.dsn)
        try:
            await forget_tickets(connection, self.stage.clock.now())
        finally:
            await connection.close()

    async def _fetch(self, statement: str) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.dsn)
        try:
            return await connection.fetch(statement)
        finally:
            await connection.close()


OPEN = (200, OPENING.decode())
NOBODY = (401, "UNAUTHENTICATED")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def doors(
    module_database: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Door]:
    stage = Backstage()
    manifest = tmp_path_factory.mktemp("documents") / "manifest.json"
    manifest.write_text(json.dumps(TEXTS))
    settings = settings_with(
        documents={"manifest_file": str(manifest)},
        customers={**CONFIGURATION["customers"], "algorithms": ["ES256"]},
    )
    door = Door(stage, settings, make_demo_issuer(stage.clock), [], module_database)
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(2):
            door.clients.append(await stack.enter_async_context(gateway(door, settings)))
        yield door


@pytest_asyncio.fixture(loop_scope="module")
async def door(doors: Door) -> Door:
    doors.stage.reset()
    doors.stage.opened = asyncio.Queue()
    await doors.forget()
    return doors


@contextlib.asynccontextmanager
async def gateway(door: Door, settings: Settings) -> AsyncIterator[aiohttp.ClientSession]:
    async def fetch(url: str) -> bytes:
        return door.issuer.jwks

    stage, pool = door.stage, await open_pool(door.dsn)
    parts = dataclasses.replace(
        parts_of(stage, settings, fetch),
        ticket_store=StoredTickets(pool, stage.clock),
        events=settings.events,
    )
    try:
        async with running(create_app(parts)) as client:
            yield client
    finally:
        await pool.close()


async def test_a_ticket_opens_what_it_was_made_for_as_whoever_it_was_made_for(door: Door) -> None:
    ticket = await door.ticket(variables={"after": 3}, operationName="Ticks")
    async with door.shown(ticket, at=1) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        channel = await door.opened()
        channel.tick(4)
        assert await response.content.readuntil(b"}\n\n") == (
            OPENING + b'event: next\nid: c4\ndata: {"data":{"ticks":4}}\n\n'
        )
    asked, principal = channel.request, door.stage.principal
    assert (asked.query, asked.variables, asked.operation_name) == (TICKS, {"after": 3}, "Ticks")
    assert (asked.reads_only, asked.resume_after) == (True, None)
    assert (principal.id, principal.kind) == ("key:seller", PrincipalKind.PARTNER)
    assert principal.reach == Reach(channels=frozenset({"web"}), owners=frozenset({"seller-9"}))


async def test_a_ticket_is_used_once_whichever_gateway_it_is_shown_to(door: Door) -> None:
    ticket = await door.ticket()
    statuses = await asyncio.gather(*(_status_at(door, ticket, at) for at in (0, 1, 0, 1, 0, 1)))
    assert sorted(statuses) == [200, 401, 401, 401, 401, 401]
    assert await door.status(ticket) == NOBODY
    assert door.stage.opened.qsize() == 1


async def _status_at(door: Door, ticket: str, at: int) -> int:
    async with door.shown(ticket, at=at) as response:
        return response.status


async def test_a_ticket_that_nobody_used_in_time_is_nothing(door: Door) -> None:
    late, just = await door.ticket(), await door.ticket()
    door.stage.clock.seconds += 59
    assert await door.status(just) == OPEN
    door.stage.clock.seconds += 1
    assert await door.status(late) == NOBODY


async def test_a_used_ticket_is_taken_again_from_whoever_says_where_it_was(door: Door) -> None:
    ticket = await door.ticket(variables={"after": 3})
    assert await door.status(ticket) == OPEN
    assert (await door.opened()).request.resume_after is None
    for seconds in (0, 1800, 1799):
        door.stage.clock.seconds += seconds
        assert await door.status(ticket, last="c7") == OPEN
        assert (await door.opened()).request.resume_after == "c7"
        assert await door.status(ticket) == NOBODY
        assert await door.status(ticket, last="") == NOBODY
    door.stage.clock.seconds += 1
    assert await door.status(ticket, last="c7") == NOBODY


@pytest.mark.parametrize("ticket", ["", "x", "x" * 43, "x" * 5000, "é" * 43, "\x00" * 43])
async def test_no_other_text_is_a_ticket(door: Door, ticket: str) -> None:
    assert await door.status(ticket) == NOBODY
    assert await door.status(ticket, last="c7") == NOBODY
    assert door.stage.opened.empty()


async def test_a_ticket_says_all_that_is_asked_and_asks_for_a_stream(door: Door) -> None:
    ticket = await door.ticket()
    client = door.clients[0]
    for beside in ({"documentId": GREET_ID}, {"query": TICKS}, {"variables": "{}"}):
        parameters = {"ticket": ticket, **beside}
        async with client.get("/graphql", params=parameters, headers=STREAM) as response:
            assert response.status == 400
    for accept in ("application/json", "*/*", "multipart/mixed;subscriptionSpec=1.0"):
        assert await door.status(ticket, Accept=accept) == (406, "NOT_ACCEPTABLE")
    assert await door.status(ticket) == OPEN


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"query": TICKS}, (403, "TRUSTED_DOCUMENT_REQUIRED")),
        ({"query": TICKS, "documentId": TICKS_ID}, (403, "TRUSTED_DOCUMENT_REQUIRED")),
        ({"documentId": "0" * 64}, (400, "PERSISTED_QUERY_NOT_FOUND")),
        ({}, (400, "BAD_REQUEST")),
        ([], (400, "BATCHING_UNSUPPORTED")),
        ({"documentId": TICKS_ID, "variables": []}, (400, "BAD_REQUEST")),
    ],
)
async def test_a_ticket_is_for_a_trusted_document(
    door: Door, body: Any, expected: tuple[int, str]
) -> None:
    async with door.clients[0].post("/graphql/tickets", json=body, headers=KEY) as response:
        code = (await response.json())["errors"][0]["extensions"]["code"]
        assert (response.status, code) == expected
    assert await door.rows() == []


async def test_a_ticket_is_made_by_post_with_a_credential(door: Door) -> None:
    client, asked = door.clients[0], {"documentId": TICKS_ID}
    async with client.post("/graphql/tickets", json=asked) as response:
        assert response.status == 401
    async with client.get("/graphql/tickets", headers=KEY) as response:
        assert (response.status, response.headers["Allow"]) == (405, "POST, OPTIONS")
    async with client.post("/graphql/tickets", data="documentId=x", headers=KEY) as response:
        assert response.status == 415
    assert await door.rows() == []


async def test_a_ticket_is_for_a_subscription(door: Door) -> None:
    for last in (None, "c7"):
        ticket = await door.ticket(documentId=GREET_ID)
        assert await door.status(ticket, last) == (400, "BAD_REQUEST")


async def test_a_page_of_another_site_cannot_use_it(door: Door) -> None:
    shops = {"X-Api-Key": STOREFRONT_KEY}
    for origin, expected in ((SHOP, OPEN), ("https://evil.example.com", None), ("null", None)):
        ticket = await door.ticket({**shops, "Origin": SHOP})
        told = await door.status(ticket, Origin=origin)
        assert told == (expected or (403, "ORIGIN_NOT_ALLOWED"))
    async with door.shown(await door.ticket(shops), Origin=SHOP) as response:
        assert response.headers["Access-Control-Allow-Origin"] == SHOP
    assert door.stage.opened.qsize() == 2


async def test_a_customers_ticket_ends_with_the_token(door: Door) -> None:
    claims = {"customer_refs": [["shop", "c-1"]], "email": "ana@example.com"}
    token = door.issuer.issue("ana", {**claims, "email_verified": True}, 600)
    headers = {"Authorization": f"Bearer {token}"}
    ticket = await door.ticket(headers)
    async with door.shown(ticket) as response:
        channel, principal = await door.opened(), door.stage.principal
        assert principal.id == "customer:ana"
        assert principal.reach.customer_refs == {("shop", "c-1")}
        assert principal.reach.verified_emails == {"ana@example.com"}
        channel.tick(1)
        await response.content.readuntil(b"}\n\n")
        assert await door.status(ticket, last="c7") == OPEN
        door.stage.clock.seconds += 630  # its ten minutes, and what clocks may be apart
        channel.tick(2)
        rest = await response.read()
        assert b"UNAUTHENTICATED" in rest
        assert b"ticks" not in rest
    assert await door.status(ticket, last="c7") == NOBODY


async def test_a_key_that_is_gone_or_changed_takes_its_tickets_with_it(door: Door) -> None:
    tickets = [await door.ticket() for _ in range(2)]
    partner = next(key for key in CONFIGURATION["keys"] if key["kind"] == "partner")
    keys = [{**partner, "channels": []}]
    documents = {"manifest_file": str(door.settings.documents.manifest_file)}
    fewer = settings_with(keys=keys, documents=documents)
    none = settings_with(keys=[{**partner, "id": "another"}], documents=documents)
    for settings, expected in ((fewer, 200), (none, 401)):
        async with gateway(door, settings) as client:
            restarted = dataclasses.replace(door, clients=[client])
            assert (await restarted.status(tickets.pop()))[0] == expected
    assert door.stage.principal.reach == Reach(owners=frozenset({"seller-9"}))


async def test_what_is_kept_is_no_ticket_and_goes_when_it_is_good_for_nothing(door: Door) -> None:
    clock, issued_at = door.stage.clock, door.stage.clock.now()
    unused, used = await door.ticket(), await door.ticket()
    assert await door.status(used) == OPEN
    rows = await door.rows()
    digests = [sha256(each.encode()).digest() for each in (unused, used)]
    assert [row["digest"] for row in rows] == digests
    assert not any(ticket.encode() in row["content"] for ticket in (unused, used) for row in rows)
    ends = [issued_at + timedelta(seconds=seconds) for seconds in (60, 3600)]
    assert [row["valid_until"] for row in rows] == ends
    clock.seconds += 59
    await door.sweep()
    assert len(await door.rows()) == 2
    clock.seconds += 1
    await door.sweep()
    assert [row["digest"] for row in await door.rows()] == digests[1:]
    clock.seconds += 3540
    await door.sweep()
    assert await door.rows() == []


async def test_no_ticket_is_in_the_log(door: Door) -> None:
    with logging_to("json", level="DEBUG") as lines:
        ticket = await door.ticket()
        assert await door.status(ticket) == OPEN
        assert await door.status(ticket) == NOBODY
        assert await door.status(ticket, last="the-last-cursor") == OPEN
        for _ in range(2):
            await asyncio.wait_for((await door.opened()).closed.wait(), 60)
    assert _paths(lines) == ["/graphql/tickets", *["/graphql"] * 3]
    assert ticket not in lines.getvalue()
    assert "the-last-cursor" not in lines.getvalue()


def _paths(lines: io.StringIO) -> list[str]:
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    return [each["path"] for each in told if each["event"] == "request"]


async def test_without_a_database_there_are_no_tickets(module_database: str) -> None:
    stage = Backstage()
    pool = await open_pool(module_database)
    await pool.close()
    store = StoredTickets(pool, stage.clock)
    parts = dataclasses.replace(parts_of(stage, settings_with()), ticket_store=store)
    with logging_to("json") as lines:
        async with running(create_app(parts)) as client:
            asking = client.get("/graphql", params={"ticket": "x" * 43}, headers=STREAM)
            async with asking as response:
                told = (response.status, response.headers["Retry-After"])
    assert told == (503, "5")
    assert "tickets.not_kept" in lines.getvalue()
