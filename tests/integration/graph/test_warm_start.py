"""A gateway that has just started: many callers at once are no rush."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from gateway.engine.plan import Plan
from gateway.federation.stock import StockFederation
from gateway.graph.documents import Documents
from tests.e2e.processes import until
from tests.integration.events.transactions import hand_driven

from .stage import Stage, staged

CALLERS = 64
TEXT = '{ availability(skus: ["SKU-1"]) { sku availableToSell locations { onHand } } }'


def counted(patch: pytest.MonkeyPatch, counts: Counter[str], where: Any, name: str) -> None:
    """Count the calls of a method."""
    usual: Callable[..., Any] = getattr(where, name)

    def call(self: Any, *told: Any, **named: Any) -> Any:
        counts[where.__name__] += 1
        return usual(self, *told, **named)

    patch.setattr(where, name, call)


async def test_callers_who_ask_the_same_have_it_read_validated_and_compiled_once(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: Counter[str] = Counter()
    limits = {"operator": {"concurrency": CALLERS}}
    async with staged(database, engine={"enabled": True}, limits=limits) as stage:
        counted(monkeypatch, counts, Documents, "_make")
        counted(monkeypatch, counts, Plan, "_make")
        answers = await asyncio.gather(*(stage.data(TEXT) for _ in range(CALLERS)))
    assert counts == {"Documents": 1, "Plan": 1}
    assert answers == [answers[0]] * CALLERS
    assert answers[0]["availability"][0]["availableToSell"] == 3


async def test_others_have_the_loop_between_reading_a_document_and_planning_it(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    course: list[str] = []
    read, plan = Documents._make, Plan._make

    def reading(self: Documents, text: str) -> Any:
        course.append("read")
        asyncio.get_running_loop().call_soon(course.append, "others")
        return read(self, text)

    def planning(self: Plan, *told: Any) -> Any:
        course.append("planned")
        return plan(self, *told)

    async with staged(database, engine={"enabled": True}) as stage:
        monkeypatch.setattr(Documents, "_make", reading)
        monkeypatch.setattr(Plan, "_make", planning)
        assert await stage.data("{ viewer { kind } }") == {"viewer": {"kind": "OPERATOR"}}
    assert course == ["read", "others", "planned"]


async def test_callers_who_ask_the_same_have_it_read_once_or_twice(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: Counter[str] = Counter()
    limits = {"operator": {"concurrency": CALLERS}}
    async with (
        staged(database, limits=limits) as stage,
        stage.counting() as sent,
        hand_driven(database, 1) as (holder,),
    ):
        counted(monkeypatch, counts, StockFederation, "availability")
        await holder.execute("LOCK TABLE position")
        asking = [asyncio.create_task(stage.data(TEXT)) for _ in range(CALLERS)]
        await until("all have asked", lambda: counts["StockFederation"] == CALLERS)
        await holder.execute("COMMIT")
        answers = await asyncio.gather(*asking)
        # For whoever came first, and for all who came while that was under way; and the locations.
        reads = [count for told, count in sent.items() if told.startswith("WITH chosen")]
        assert sum(reads) in (1, 2), sent
        assert sent.total() <= 4, sent
    assert [each["availability"][0]["availableToSell"] for each in answers] == [3] * CALLERS


async def test_connections_are_there_before_the_first_caller(database: str) -> None:
    told = {"dsn": {"env": "DSN"}, "pool_min": 3, "pool_max": 5}
    async with staged(database, database=told) as stage:
        assert await statements_of(stage) >= 3


async def statements_of(stage: Stage) -> int:
    """Answer on how many connections availability's statement is prepared."""
    pool = stage.gateway.pool
    held = [await pool.acquire() for _ in range(pool.get_size())]
    prepared = 0
    for connection in held:
        prepared += await connection.fetchval(
            """SELECT count(*) > 0 FROM pg_prepared_statements
               WHERE statement LIKE '%FROM position p%'"""
        )
        await pool.release(connection)
    return prepared
