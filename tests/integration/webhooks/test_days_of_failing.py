"""Days of failing, by a clock that the story moves: retries, dead letters, pauses, retention."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from structlog.testing import capture_logs

from gateway.bootstrap import GatewayOptions, open_gateway
from gateway.events.errors import CursorExpired
from gateway.events.feed import EventPage, Feed
from gateway.events.webhooks.endpoints import Revealed
from gateway.events.webhooks.owners import Owners
from gateway.events.webhooks.pumping import Pump
from gateway.model.events import EventWish
from gateway.model.principal import Principal
from gateway.model.webhooks import DeliveryState, EndpointState, PauseReason
from tests.integration.federation.clock import StoryClock

from .receiver import answering
from .stage import Stage, settings_of, shown, staged

DAY = 86_400


@asynccontextmanager
async def story(dsn: str, **webhooks: Any) -> AsyncIterator[tuple[Stage, StoryClock]]:
    """Open a gateway whose time the story moves; it delivers when it is swept."""
    clock = StoryClock()
    async with staged(dsn, clock, **webhooks) as stage:
        yield stage, clock


async def swept(stage: Stage, made: Revealed, attempts: int) -> None:
    """Deliver what is due, and no more: so many attempts are noted then in all."""
    await stage.seen()
    await stage.gateway.webhooks.pump.pump(made.endpoint.id)
    await stage.gateway.webhooks.deliverer.deliver(made.endpoint.id, asyncio.Event())
    assert await stage.gateway.pool.fetchval("SELECT count(*) FROM webhook_attempt") == attempts


async def pass_until(clock: StoryClock, moment: datetime) -> None:
    clock.advance((moment - clock.now()).total_seconds())


async def test_ten_attempts_over_three_days_and_then_it_is_dead_and_the_next_one_goes(
    database: str,
) -> None:
    async with story(database) as (stage, clock):
        made, began = await stage.create(), clock.now()
        stage.receiver.then = answering(500, b"broken")
        await stage.happen((1, 1), (1, 2))
        for number in range(1, 10):
            await swept(stage, made, number)
            first, second = await stage.deliveries(made)
            assert second.attempts == 0
            await pass_until(clock, first.due_at)
        stage.receiver.answers, stage.receiver.then = [answering(500)], answering(204)
        await swept(stage, made, 11)
        assert await stage.attempts(first) == [(n, 500, "REFUSED") for n in range(1, 11)]
        assert 0.9 * 257_770 <= (clock.now() - began).total_seconds() <= 1.1 * 257_770
        assert len({each.id for each in stage.receiver.received[:10]}) == 1
        assert stage.receiver.received[-1].version == 2
        assert await stage.states(made) == ["DEAD", "DELIVERED"]

        await stage.gateway.webhooks.endpoints.redeliver(stage.who(), first.id, "again")
        await swept(stage, made, 12)
        assert await stage.states(made) == ["DELIVERED", "DELIVERED"]
        assert stage.receiver.received[-1].id == stage.receiver.received[0].id
        assert await stage.attempts(first) == [
            *((n, 500, "REFUSED") for n in range(1, 11)), (11, 204, None),
        ]  # fmt: skip


async def test_nothing_is_sent_before_it_is_due(database: str) -> None:
    async with story(database) as (stage, clock):
        made = await stage.create()
        stage.receiver.then = answering(500)
        await stage.happen((1, 1))
        await swept(stage, made, 1)
        (waiting,) = await stage.deliveries(made)
        await pass_until(clock, waiting.due_at - timedelta(seconds=1))
        await swept(stage, made, 1)
        await pass_until(clock, waiting.due_at)
        await swept(stage, made, 2)


async def test_an_endpoint_that_asks_to_be_left_alone_is_left_alone(database: str) -> None:
    async with story(database) as (stage, clock):
        made = await stage.create()
        stage.receiver.answers = [answering(429, Retry_After="120")]
        await stage.happen((1, 1))
        await swept(stage, made, 1)
        assert (await stage.state(made)).held_until == clock.now() + timedelta(seconds=120)
        await stage.happen((2, 1))
        clock.advance(119)
        await swept(stage, made, 1)
        clock.advance(1)
        await swept(stage, made, 3)
        assert (await stage.state(made)).held_until is None
        assert stage.receiver.versions == {shown(1): [1], shown(2): [1]}


async def test_days_without_a_taken_event_pause_the_endpoint_and_tell_why(database: str) -> None:
    async with story(database, retry_seconds=[DAY] * 9) as (stage, clock):
        made = await stage.create()
        stage.receiver.then = answering(503)
        await stage.happen((1, 1))
        with capture_logs() as lines:
            for number in range(1, 7):
                await swept(stage, made, number)
                clock.advance(1.1 * DAY)
        told = [line for line in lines if line["event"] == "webhook.paused"]
        assert [(line["reason"], line["log_level"]) for line in told] == [("FAILING", "warning")]
        state = await stage.state(made)
        assert (state.state, state.pause_reason) == (EndpointState.PAUSED, PauseReason.FAILING)
        await stage.happen((2, 1))
        await swept(stage, made, 6)
        assert await stage.states(made) == ["WAITING"]

        stage.receiver.then = answering(204)
        await stage.gateway.webhooks.endpoints.resume(stage.who(), made.endpoint.id)
        await swept(stage, made, 8)
        assert await stage.states(made) == ["DELIVERED", "DELIVERED"]
        assert (await stage.state(made)).failing_since is None


async def test_many_deaths_in_a_row_pause_the_endpoint(database: str) -> None:
    async with story(database, retry_seconds=[1], pause_after_dead=2) as (stage, clock):
        made = await stage.create()
        stage.receiver.then = answering(400)
        await stage.happen((1, 1), (2, 1))
        await swept(stage, made, 2)
        clock.advance(2)
        await swept(stage, made, 4)
        assert await stage.states(made) == ["DEAD", "DEAD"]
        assert (await stage.state(made)).pause_reason is PauseReason.FAILING


async def test_a_key_that_is_gone_pauses_its_endpoints_until_it_is_back(database: str) -> None:
    async with story(database) as (stage, _):
        made = await stage.create()
        settings = settings_of(database)
        keys = tuple(key for key in settings.keys if key.id != "market")
        without = settings.model_copy(update={"keys": keys})
        async with open_gateway(without, GatewayOptions()) as other:
            await stage.happen((1, 1))
            await other.webhooks.pump.pump(made.endpoint.id)
        assert (await stage.state(made)).pause_reason is PauseReason.KEY_GONE
        await swept(stage, made, 0)
        await stage.gateway.webhooks.endpoints.resume(stage.who("people"), made.endpoint.id)
        await swept(stage, made, 1)
        assert stage.receiver.versions == {shown(1): [1]}


async def test_what_its_owner_no_longer_reaches_is_not_sent(database: str) -> None:
    async with story(database) as (stage, _):
        made = await stage.create()
        await stage.gateway.webhooks.endpoints.pause(stage.who(), made.endpoint.id)
        await stage.happen((1, 1))
        await stage.gateway.webhooks.endpoints.resume(stage.who(), made.endpoint.id)
        stage.receiver.answers = [answering(500)]
        await swept(stage, made, 1)
        await stage.gateway.pool.execute(
            """UPDATE webhook_delivery SET audience = '{"channel": "tills"}', due_at = $1""",
            stage.gateway.clock.now(),
        )
        await swept(stage, made, 2)
        (kept,) = await stage.deliveries(made)
        assert kept.state is DeliveryState.DEAD
        assert await stage.attempts(kept) == [(1, 500, "REFUSED"), (2, None, "OUT_OF_REACH")]
        assert len(stage.receiver.received) == 1


async def test_what_is_over_is_forgotten_after_a_while_and_what_waits_is_not(
    database: str,
) -> None:
    async with story(database, keep_finished_seconds=DAY, retry_seconds=[9 * DAY]) as (
        stage,
        clock,
    ):
        made = await stage.create()
        stage.receiver.answers = [answering(500)]
        await stage.happen((1, 1))
        await swept(stage, made, 1)
        await stage.happen((2, 1))
        await swept(stage, made, 2)
        clock.advance(DAY - 1)
        await swept(stage, made, 2)
        await stage.gateway.webhooks.worker.sweep()
        assert len(await stage.deliveries(made)) == 2
        clock.advance(3601)
        await stage.gateway.webhooks.worker.sweep()
        assert await stage.states(made) == ["WAITING"]
        assert await stage.gateway.pool.fetchval("SELECT count(*) FROM webhook_attempt") == 1


class Forgetful:
    """A feed that no longer goes back beyond a place."""

    def __init__(self, feed: Feed, begins: int) -> None:
        self._feed = feed
        self._begins = begins

    async def page(
        self, principal: Principal, wish: EventWish, *, after: int | None, limit: int
    ) -> EventPage:
        if (after or 0) < self._begins:
            raise CursorExpired(self._begins)
        return await self._feed.page(principal, wish, after=after, limit=limit)


async def test_an_endpoint_paused_for_too_long_is_told_what_it_has_missed(database: str) -> None:
    async with story(database) as (stage, clock):
        made = await stage.create()
        read = (await stage.state(made)).position
        await stage.happen(*((number, 1) for number in range(5)))
        feed: Any = Forgetful(stage.gateway.feed, read + 3)
        await stage.seen()
        pump = Pump(stage.gateway.pool, feed, Owners([stage.who()]), clock)
        with capture_logs() as lines:
            await pump.pump(made.endpoint.id)
        state = await stage.state(made)
        assert (state.missed_after, state.missed_to) == (read, read + 3)
        assert state.missed_at == clock.now()
        assert [each.order_id for each in await stage.deliveries(made)] == [
            each.order_id for each in await stage.deliveries(made) if each.position > read + 3
        ]
        assert len(await stage.deliveries(made)) == 2
        assert [line["event"] for line in lines] == ["webhook.missed"]
