"""Each event of a partner's arrives once, signed, in its order; and nothing of anybody else's."""

import asyncio

import pytest
from aiohttp import web
from standardwebhooks import WebhookVerificationError

from gateway.events.cursor import Log
from gateway.events.webhooks.endpoints import Revealed
from gateway.model.events import event_id
from gateway.model.webhooks import EndpointState

from .receiver import answering
from .stage import Stage, shown, staged, until

LOSE_JOBS = """CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TRIGGER lost BEFORE INSERT ON pgqueuer FOR EACH ROW EXECUTE FUNCTION lose()"""


async def test_a_partner_is_sent_what_is_its_own_and_nothing_else(database: str) -> None:
    async with staged(database) as stage, stage.working():
        await stage.happen((1, 1))
        await stage.seen()
        made = await stage.create()
        await stage.happen((2, 1), channel="tills")
        await stage.happen((3, 1), (3, 2))
        created, updated = await stage.receiver.until(2)
        assert (created.path, created.headers["content-type"]) == ("/hooks", "application/json")
        assert made.secret is not None
        told = created.verified(made.secret.reveal())
        (first, second) = await stage.deliveries(made)
        seal = stage.gateway.feed.seal
        assert told == {
            "type": "order.created",
            "timestamp": first.occurred_at.isoformat().replace("+00:00", "Z"),
            "data": {
                "eventId": str(event_id(first.position)), "orderId": shown(3), "version": 1,
                "changedFields": ["paymentStatus"],
                "cursor": seal.seal(Log.ORDERS, first.position, stage.who().id),
            },
        }  # fmt: skip
        assert (updated.told["type"], updated.version) == ("order.updated", 2)
        assert [created.id, updated.id] == [first.message_id, second.message_id]
        await until("both are noted", lambda: _all(stage, made, "DELIVERED"))
        assert await stage.attempts(first) == [(1, 204, None)]


async def _all(stage: Stage, made: Revealed, state: str) -> bool:
    return set(await stage.states(made)) == {state}


async def test_changed_bytes_and_another_secret_do_not_verify(database: str) -> None:
    async with staged(database) as stage, stage.working():
        made, other = await stage.create(), await stage.create(key="other", path="/other")
        assert made.secret is not None
        assert other.secret is not None
        await stage.happen((1, 1))
        found = (await stage.receiver.until(2))[0]
        secret, wrong = made.secret.reveal(), other.secret.reveal()
        if found.path == "/other":
            secret, wrong = wrong, secret
        assert found.verified(secret)["data"]["version"] == 1
        with pytest.raises(WebhookVerificationError):
            found.verified(wrong)
        changed = found.body.replace(b'"version":1', b'"version":2')
        assert changed != found.body
        with pytest.raises(WebhookVerificationError):
            type(found)(found.path, found.headers, changed).verified(secret)


async def test_filters_hold(database: str) -> None:
    async with staged(database) as stage, stage.working():
        await stage.create(types=("order.created",))
        await stage.create("people", "/tills", channels=("tills",))
        await stage.happen((1, 1), (1, 2), (2, 1))
        await stage.happen((3, 1), (3, 2), channel="tills")
        await stage.receiver.until(4)
        async with stage.receiver.arrived:
            found = sorted(
                (each.path, each.order, each.version) for each in stage.receiver.received
            )
        assert found == sorted(
            [("/hooks", shown(1), 1), ("/hooks", shown(2), 1),
             ("/tills", shown(3), 1), ("/tills", shown(3), 2)]
        )  # fmt: skip


async def test_an_order_waits_for_its_earlier_event_and_no_order_for_another(
    database: str,
) -> None:
    async with staged(database, retry_seconds=[0.5, 0.5]) as stage, stage.working():
        held = asyncio.Event()

        async def hold(_: web.Request) -> web.StreamResponse:
            await held.wait()
            return web.Response(status=500)

        made = await stage.create()
        stage.receiver.answers = [hold]
        await stage.happen((1, 1))
        await stage.receiver.until(1)
        await stage.happen((1, 2), (2, 1), (2, 2))
        await stage.receiver.until(3)
        assert stage.receiver.versions == {shown(1): [1], shown(2): [1, 2]}
        held.set()
        await stage.receiver.until(5)
        arrived = [(each.order, each.version) for each in stage.receiver.received]
        assert arrived[3:] == [(shown(1), 1), (shown(1), 2)]
        assert stage.receiver.received[0].id == stage.receiver.received[3].id
        assert stage.receiver.received[0].body == stage.receiver.received[3].body
        await until("all are noted", lambda: _all(stage, made, "DELIVERED"))
        assert await stage.attempts((await stage.deliveries(made))[0]) == [
            (1, 500, "REFUSED"), (2, 204, None),
        ]  # fmt: skip


async def test_two_workers_send_each_event_once_and_each_order_in_order(database: str) -> None:
    async with staged(database) as stage, stage.working(2):
        made = await stage.create()
        for version in range(1, 6):
            await stage.happen(*((number, version) for number in range(20)))
        await stage.receiver.until(100)
        await until("all are noted", lambda: _all(stage, made, "DELIVERED"))
        assert len(stage.receiver.received) == 100
        assert stage.receiver.versions == {shown(n): [1, 2, 3, 4, 5] for n in range(20)}


async def test_without_the_queue_that_wakes_it_is_delivered_all_the_same(database: str) -> None:
    async with staged(database) as stage:
        made = await stage.create()
        await stage.gateway.pool.execute("DELETE FROM pgqueuer")
        await stage.gateway.pool.execute(LOSE_JOBS)
        async with stage.working():
            await stage.happen((1, 1))
            await stage.receiver.until(1)
            await until("it is noted", lambda: _all(stage, made, "DELIVERED"))
            assert await stage.gateway.pool.fetchval("SELECT count(*) FROM pgqueuer_log") == 1


async def test_gone_is_paused_and_a_resume_sends_what_has_waited(database: str) -> None:
    async with staged(database) as stage, stage.working():
        made = await stage.create()
        stage.receiver.answers = [answering(410)]
        await stage.happen((1, 1))

        async def is_paused() -> bool:
            return (await stage.state(made)).state is EndpointState.PAUSED

        await until("it is paused", is_paused)
        assert (await stage.state(made)).pause_reason == "GONE"
        await stage.happen((1, 2))
        assert await stage.states(made) == ["WAITING"]
        await stage.gateway.webhooks.endpoints.resume(stage.who(), made.endpoint.id)
        await stage.receiver.until(3)
        assert [each.version for each in stage.receiver.received] == [1, 1, 2]
        assert (await stage.state(made)).pause_reason is None


async def test_while_a_secret_is_rotated_both_verify_and_then_only_the_new_one(
    database: str,
) -> None:
    async with staged(database, secret_overlap_seconds=3600) as stage, stage.working():
        made = await stage.create()
        assert made.secret is not None
        endpoints = stage.gateway.webhooks.endpoints
        turned = await endpoints.rotate(stage.who(), made.endpoint.id, "r-1")
        assert turned.secret is not None
        assert turned.secret != made.secret
        await stage.happen((1, 1))
        (found,) = await stage.receiver.until(1)
        for secret in (made.secret, turned.secret):
            assert found.verified(secret.reveal())["data"]["version"] == 1
        assert len(found.headers["webhook-signature"].split(" ")) == 2
        again = await endpoints.rotate(stage.who(), made.endpoint.id, "r-1")
        assert again.secret is None
        await stage.gateway.pool.execute(
            "UPDATE webhook_endpoint SET previous_until = now() - interval '1 second'"
        )
        await stage.happen((1, 2))
        late = (await stage.receiver.until(2))[1]
        assert late.verified(turned.secret.reveal())["data"]["version"] == 2
        with pytest.raises(WebhookVerificationError):
            late.verified(made.secret.reveal())


async def test_from_a_cursor_everything_is_sent_again_under_the_same_ids(database: str) -> None:
    async with staged(database) as stage, stage.working():
        made = await stage.create()
        await stage.happen((1, 1), (2, 1), (1, 2))
        await stage.receiver.until(3)
        await until("all are noted", lambda: _all(stage, made, "DELIVERED"))
        ids = {(each.order, each.version): each.id for each in stage.receiver.received}
        after = next(
            each.told["data"]["cursor"] for each in stage.receiver.received
            if (each.order, each.version) == (shown(1), 1)
        )  # fmt: skip
        await stage.gateway.pool.execute("DELETE FROM webhook_delivery WHERE order_id = $1",
                                         (await stage.deliveries(made))[1].order_id)  # fmt: skip
        await stage.gateway.webhooks.endpoints.replay(stage.who(), made.endpoint.id, after, "x")
        await stage.receiver.until(5)
        again = stage.receiver.received[3:]
        assert {(each.order, each.version): each.id for each in again} == {
            key: ids[key] for key in ((shown(2), 1), (shown(1), 2))
        }
