"""Who holds the log up is seen, and named once."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
from structlog.testing import capture_logs

from gateway.bootstrap.standing import LogLag
from gateway.events.horizon import Horizon
from gateway.projection.database import open_pool
from gateway.projection.log import append_events
from gateway.projection.marks import Marks, load_blocker
from tests.integration.projection.test_migrations import as_user

from .following import HandClock, an_event
from .transactions import hand_driven

ORDER = UUID(int=1)


async def test_a_transaction_that_holds_the_log_up_is_named_once_and_so_is_its_end(
    database: str,
) -> None:
    clock, lags = HandClock(), []
    pool = await open_pool(database)
    async with hand_driven(database, 1) as (slow,):
        await append_events(slow, [an_event(ORDER, 1)])

        async def sleep(_: float) -> None:
            (metric,) = LogLag(horizon).collect()
            lags.append(metric.samples[0].value)
            clock.seconds += 6
            if len(lags) == 5:
                await slow.execute("COMMIT")

        horizon = Horizon(pool, clock, warning_seconds=10, sleep=sleep)
        with capture_logs() as lines:
            assert await horizon.next_marks(Marks()) == Marks(1, 0)
        pid = slow.get_server_pid()
    await pool.close()
    assert lags == [0, 6, 12, 18, 24]
    assert horizon.lag_seconds == 0
    stuck, moves = lines
    assert stuck.pop("blocked_by_age_seconds") >= 0
    assert stuck.pop("blocked_by_database") == database.rpartition("/")[2].partition("?")[0]
    assert isinstance(stuck.pop("blocked_by_user"), str)
    assert stuck == {
        "event": "log.stuck", "log_level": "warning", "waited_seconds": 12,
        "blocked_by_pid": pid, "blocked_by_state": "idle in transaction",
        "blocked_by_application": "trama",
    }  # fmt: skip
    assert moves == {"event": "log.moves_again", "log_level": "warning", "waited_seconds": 30}


async def test_nothing_is_asked_of_the_cluster_where_nothing_was_drawn(database: str) -> None:
    pool = await open_pool(database)
    horizon = Horizon(pool, HandClock(), warning_seconds=10)
    await append_events(pool, [an_event(ORDER, 1)])
    known = await horizon.next_marks(None)
    assert known == Marks(1, 0)
    before = await _next_transaction_id(pool)
    assert await horizon.next_marks(known) is None
    assert await _next_transaction_id(pool) == before + 1
    await pool.close()


async def _next_transaction_id(pool: Any) -> int:
    found: int = await pool.fetchval("SELECT pg_current_xact_id()::text::int")
    return found


async def test_a_user_that_may_not_see_others_is_still_told_whose_process_it_is(
    database: str,
) -> None:
    name = f"plain_{uuid4().hex}"
    pool = await open_pool(database)
    await pool.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'plain'")
    plain = await asyncpg.connect(as_user(database, name))
    try:
        assert await load_blocker(plain) is None
        async with hand_driven(database, 1) as (slow,):
            await append_events(slow, [an_event(ORDER, 1)])
            found = await load_blocker(plain)
            assert found is not None
            assert (found.pid, found.state) == (slow.get_server_pid(), None)
    finally:
        await plain.close()
        await pool.execute(f"DROP ROLE {name}")
        await pool.close()
