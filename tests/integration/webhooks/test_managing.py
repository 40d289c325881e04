"""Endpoints are managed through the graph: each principal its own, operators all."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from tests.integration.graph.stage import Stage
from tests.integration.graph.stage import staged as served

from .receiver import Receiver, answering, receiving
from .stage import QUICK, happen, running, until

KEYS = [
    {"id": "seller", "kind": "partner", "key": {"env": "PARTNER"}, "channels": ["marketplace"]},
    {"id": "rival", "kind": "partner", "key": {"env": "STOREFRONT"}, "channels": ["marketplace"]},
    {"id": "people", "kind": "operator", "key": {"env": "OPERATOR"}},
]
RIVAL = "storefront"  # whose key it has
CREATE = """mutation($in: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $in) {
    __typename ... on CreateWebhookEndpointSuccess { secret endpoint { id owner url state types } }
    ... on Refusal { code path message } } }"""
LIST = "{ webhookEndpoints { nodes { id url } pageInfo { hasNextPage } } }"
SHOWN = """query($id: ID!) { webhookEndpoint(id: $id) {
    id owner url description types channels state pauseReason failingSince cursor
    counters { waiting delivered dead }
    deliveries(first: 2) { nodes { id messageId type state attempts { number status error answer } }
        pageInfo { hasNextPage endCursor } } } }"""


def acting(name: str, kind: str, shown: str = "endpoint { id state pauseReason }") -> str:
    success = f"{name[0].upper()}{name[1:]}Success"
    return f"""mutation($in: {kind}!) {{ {name}(input: $in) {{ __typename
        ... on {success} {{ {shown} }} ... on Refusal {{ code path message }} }} }}"""


UPDATE = acting("updateWebhookEndpoint", "UpdateWebhookEndpointInput",
                "endpoint { url description types channels }")  # fmt: skip
ROTATE = acting("rotateWebhookSecret", "RotateWebhookSecretInput", "secret")
PAUSE = acting("pauseWebhookEndpoint", "WebhookEndpointInput")
RESUME = acting("resumeWebhookEndpoint", "WebhookEndpointInput")
DELETE = acting("deleteWebhookEndpoint", "WebhookEndpointInput", "id")
TEST = acting("testWebhookEndpoint", "WebhookEndpointInput",
              "attempt { number status error answer }")  # fmt: skip
AGAIN = acting("redeliverWebhook", "RedeliverWebhookInput")


@asynccontextmanager
async def desk(dsn: str, **webhooks: Any) -> AsyncIterator[tuple[Stage, Receiver]]:
    """Serve a gateway to two partners and an operator, and a partner's server."""
    async with AsyncExitStack() as stack:
        told = {**QUICK, **webhooks}
        stage = await stack.enter_async_context(served(dsn, webhooks=told, keys=KEYS))
        yield stage, await stack.enter_async_context(receiving())


async def did(stage: Stage, mutation: str, kind: str = "partner", **told: Any) -> dict[str, Any]:
    """Answer the payload of a mutation."""
    (payload,) = (await stage.data(mutation, {"in": told}, kind=kind)).values()
    return dict(payload)


async def made(stage: Stage, url: str, **told: Any) -> dict[str, Any]:
    """Make an endpoint of the partner's; answer it."""
    payload = await did(stage, CREATE, url=url, **{"idempotencyKey": url, **told})
    assert payload["__typename"] == "CreateWebhookEndpointSuccess", payload
    return dict(payload["endpoint"])


async def test_a_secret_is_shown_once_and_nowhere_else(database: str) -> None:
    async with desk(database, sealing_key={"env": "DSN"}) as (stage, receiver):
        told = {"url": receiver.url, "idempotencyKey": "k"}
        first = await did(stage, CREATE, **told)
        secret = first["secret"]
        assert secret.startswith("whsec_")
        assert first["endpoint"] == {
            "id": first["endpoint"]["id"], "owner": "key:seller", "url": receiver.url,
            "state": "ACTIVE", "types": [],
        }  # fmt: skip
        again = await did(stage, CREATE, **told)
        assert again == {**first, "secret": None}
        rotated = (await did(stage, ROTATE, endpoint=first["endpoint"]["id"],
                             idempotencyKey="r"))["secret"]  # fmt: skip
        assert rotated.startswith("whsec_")
        seen = await stage.data(SHOWN, {"id": first["endpoint"]["id"]}, kind="partner")
        kept = await stage.gateway.pool.fetch("SELECT to_jsonb(p) AS row FROM webhook_endpoint p")
        for each in (secret, rotated):
            bare = each.removeprefix("whsec_")
            assert bare not in json.dumps(seen)
            assert bare not in json.dumps([row["row"] for row in kept])


async def test_what_another_partner_has_is_not_told_from_what_is_not_there(database: str) -> None:
    async with desk(database) as (stage, receiver), running(stage.gateway):
        mine = await made(stage, receiver.url)
        await happen(stage.gateway.pool, (1, 1))
        await receiver.until(1)

        async def is_kept() -> Any:
            found = await stage.data(SHOWN, {"id": mine["id"]}, kind="partner")
            nodes = found["webhookEndpoint"]["deliveries"]["nodes"]
            return nodes if nodes and nodes[0]["state"] == "DELIVERED" else None

        (delivery,) = await until("it is delivered", is_kept)
        await did(stage, DELETE, endpoint=(await made(stage, receiver.url + "/gone"))["id"])
        gone = (await made(stage, receiver.url + "/gone2"))["id"]
        await did(stage, DELETE, endpoint=gone)
        for key in (mine["id"], gone):
            assert await stage.data(SHOWN, {"id": key}, kind=RIVAL) == {"webhookEndpoint": None}
            for mutation, more in (
                (UPDATE, {"description": "x", "idempotencyKey": "k"}),
                (ROTATE, {"idempotencyKey": "k"}), (PAUSE, {}), (RESUME, {}), (DELETE, {}),
                (TEST, {}), (AGAIN, {"after": "AAAA", "idempotencyKey": "k"}),
            ):  # fmt: skip
                assert await did(stage, mutation, RIVAL, endpoint=key, **more) == {
                    "__typename": "WebhookNotFound", "code": "UNKNOWN_WEBHOOK",
                    "path": ["input", "endpoint"], "message": "there is no such endpoint",
                }  # fmt: skip
        refused = await did(stage, AGAIN, RIVAL, delivery=delivery["id"], idempotencyKey="k")
        assert (refused["code"], refused["path"]) == ("UNKNOWN_WEBHOOK", ["input", "delivery"])
        assert (await stage.data(LIST, kind=RIVAL))["webhookEndpoints"]["nodes"] == []
        everybodys = (await stage.data(LIST))["webhookEndpoints"]["nodes"]
        assert [each["id"] for each in everybodys] == [mine["id"]]
        assert len(receiver.received) == 1


async def test_an_endpoint_is_changed_paused_resumed_and_deleted(database: str) -> None:
    async with desk(database) as (stage, receiver):
        endpoint = (await made(stage, receiver.url))["id"]
        told = {"endpoint": endpoint, "url": receiver.url + "/new", "description": "ERP",
                "filter": {"types": ["UPDATED"]}, "idempotencyKey": "u"}  # fmt: skip
        changed = (await did(stage, UPDATE, **told))["endpoint"]
        assert changed == {"url": receiver.url + "/new", "description": "ERP",
                           "types": ["UPDATED"], "channels": []}  # fmt: skip
        other = {**told, "description": "", "idempotencyKey": "u2", "url": None, "filter": None}
        assert (await did(stage, UPDATE, **other))["endpoint"] == {**changed, "description": None}
        assert (await did(stage, UPDATE, **told))["endpoint"] == {**changed, "description": None}
        reused = await did(stage, UPDATE, **{**told, "description": "?"})
        assert reused["code"] == "IDEMPOTENCY_KEY_REUSED"

        paused = (await did(stage, PAUSE, "operator", endpoint=endpoint))["endpoint"]
        assert (paused["state"], paused["pauseReason"]) == ("PAUSED", "ASKED")
        resumed = (await did(stage, RESUME, endpoint=endpoint))["endpoint"]
        assert (resumed["state"], resumed["pauseReason"]) == ("ACTIVE", None)
        assert (await did(stage, DELETE, endpoint=endpoint))["id"] == endpoint
        assert (await did(stage, DELETE, endpoint=endpoint))["code"] == "UNKNOWN_WEBHOOK"
        late = await did(stage, CREATE, url=receiver.url, idempotencyKey=receiver.url)
        assert late["code"] == "IDEMPOTENCY_KEY_REUSED"
        assert (await stage.data(LIST, kind="partner"))["webhookEndpoints"]["nodes"] == []


async def test_a_test_is_sent_at_once_and_says_what_came_back(database: str) -> None:
    async with desk(database) as (stage, receiver):
        payload = await did(stage, CREATE, url=receiver.url, idempotencyKey="k")
        endpoint = payload["endpoint"]["id"]
        receiver.answers = [answering(200), answering(500, b"we are closed")]
        assert (await did(stage, TEST, endpoint=endpoint))["attempt"] == {
            "number": 1, "status": 200, "error": None, "answer": None,
        }  # fmt: skip
        assert receiver.received[0].verified(payload["secret"])["type"] == "webhook.test"
        assert (await did(stage, TEST, endpoint=endpoint))["attempt"] == {
            "number": 1, "status": 500, "error": "REFUSED", "answer": "we are closed",
        }  # fmt: skip


async def test_what_cannot_be_an_endpoint_is_refused_and_nothing_is_kept(database: str) -> None:
    async with desk(database) as (stage, receiver):
        for told, code, path in (
            ({"url": "http://10.0.0.1/"}, "WEBHOOK_URL_REFUSED", "url"),
            ({"url": "https://169.254.169.254/latest"}, "WEBHOOK_URL_REFUSED", "url"),
            ({"url": "https://metadata.invalid/"}, "WEBHOOK_URL_REFUSED", "url"),
            ({"url": "https://a:b@1.1.1.1/"}, "WEBHOOK_URL_REFUSED", "url"),
            ({"filter": {"channels": ["elsewhere"]}}, "WEBHOOK_FILTER_REFUSED", "filter"),
        ):
            payload = await did(
                stage, CREATE, **{"url": receiver.url, "idempotencyKey": "k", **told}
            )
            assert (payload["code"], payload["path"]) == (code, ["input", path])
        assert await stage.gateway.pool.fetchval("SELECT count(*) FROM webhook_endpoint") == 0
        assert await stage.gateway.pool.fetchval("SELECT count(*) FROM idempotency_key") == 0


async def test_a_partner_has_so_many_endpoints_and_no_more(database: str) -> None:
    async with desk(database, max_endpoints=2) as (stage, receiver):
        for path in ("/1", "/2"):
            await made(stage, receiver.url + path)
        refused = await did(stage, CREATE, url=receiver.url + "/3", idempotencyKey="3")
        assert refused["code"] == "TOO_MANY_WEBHOOK_ENDPOINTS"
        page = """query($after: PageCursor) { webhookEndpoints(first: 1, after: $after) {
            nodes { url } pageInfo { hasNextPage endCursor } } }"""
        one = (await stage.data(page, kind="partner"))["webhookEndpoints"]
        after = {"after": one["pageInfo"]["endCursor"]}
        two = (await stage.data(page, after, kind="partner"))["webhookEndpoints"]
        assert {one["nodes"][0]["url"], two["nodes"][0]["url"]} == {
            receiver.url + "/1", receiver.url + "/2",
        }  # fmt: skip
        assert [each["pageInfo"]["hasNextPage"] for each in (one, two)] == [True, False]


async def test_deliveries_are_listed_with_their_attempts_page_by_page(database: str) -> None:
    async with desk(database, retry_seconds=[3600]) as (stage, receiver), running(stage.gateway):
        endpoint = (await made(stage, receiver.url))["id"]
        receiver.answers = [answering(500, b"ana@example.com is not here")]
        await happen(stage.gateway.pool, (1, 1))
        await receiver.until(1)

        async def shown() -> Any:
            return (await stage.data(SHOWN, {"id": endpoint}, kind="partner"))["webhookEndpoint"]

        async def is_failing() -> bool:
            return (await shown())["failingSince"] is not None

        await until("the refusal is noted", is_failing)
        await happen(stage.gateway.pool, (2, 1), (3, 1))
        await receiver.until(3)

        async def is_noted() -> Any:
            found = await shown()
            told = {"waiting": 1, "delivered": 2, "dead": 0}
            return found if found["counters"] == told else None

        found = await until("all is noted", is_noted)
        assert found["failingSince"] is None
        assert [each["state"] for each in found["deliveries"]["nodes"]] == ["DELIVERED"] * 2
        assert found["deliveries"]["pageInfo"]["hasNextPage"] is True
        rest = """query($id: ID!, $after: PageCursor) { webhookEndpoint(id: $id) {
            deliveries(state: WAITING, after: $after) {
                nodes { id state type messageId attempts { number status error answer } } } } }"""
        after = found["deliveries"]["pageInfo"]["endCursor"]
        (first,) = (await stage.data(rest, {"id": endpoint, "after": after}, kind="partner"))[
            "webhookEndpoint"
        ]["deliveries"]["nodes"]
        assert first == {
            "id": first["id"], "state": "WAITING", "type": "CREATED",
            "messageId": receiver.received[0].id,
            "attempts": [
                {"number": 1, "status": 500, "error": "REFUSED", "answer": "*** is not here"}
            ],
        }  # fmt: skip
        again = await did(stage, AGAIN, delivery=first["id"], idempotencyKey="now")
        assert again["__typename"] == "RedeliverWebhookSuccess"
        assert (await receiver.until(4))[3].id == receiver.received[0].id


async def test_a_cursor_of_somebody_else_replays_nothing(database: str) -> None:
    async with desk(database) as (stage, receiver):
        endpoint = (await made(stage, receiver.url))["id"]
        other = (await did(stage, CREATE, RIVAL, url=receiver.url, idempotencyKey="o"))["endpoint"]
        found = await stage.data(SHOWN, {"id": other["id"]}, kind=RIVAL)
        foreign = found["webhookEndpoint"]["cursor"]
        for after in (foreign, "AAAA"):
            told = {"endpoint": endpoint, "after": after, "idempotencyKey": after}
            assert await stage.codes(AGAIN, {"in": told}, kind="partner") == [
                (["redeliverWebhook"], "INVALID_CURSOR")
            ]
        told = {"url": receiver.url, "after": foreign, "idempotencyKey": "x"}
        assert await stage.codes(CREATE, {"in": told}, kind="partner") == [
            (["createWebhookEndpoint"], "INVALID_CURSOR")
        ]
