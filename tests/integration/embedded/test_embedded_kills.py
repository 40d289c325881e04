"""kill -9 of the server, of its owner, of its watchdog: the data stays, and no process does."""

import asyncio
import os
import signal
from collections.abc import Sized
from contextlib import suppress
from functools import partial
from pathlib import Path

import asyncpg
import structlog.testing

from gateway.projection.embedded import EmbeddedPostgres
from gateway.projection.embedded.run import MOST_RESTARTS
from tests.integration.embedded.machine import (
    ask,
    ask_patiently,
    busy_session,
    children_of_ours,
    eventually,
    execute,
    family_of,
    is_running,
    is_there,
    owner_of,
)

TABLE = "CREATE TABLE kept AS SELECT 7 AS seven"
QUESTION = "SELECT seven FROM kept"
BUSY = "DO $$ BEGIN LOOP END LOOP; END $$"


async def test_a_killed_server_comes_back_by_itself_at_the_same_dsn(data_dir: Path) -> None:
    before = children_of_ours()
    async with EmbeddedPostgres(data_dir) as server:
        await execute(server.dsn, TABLE)
        first = server.pid
        family = family_of(first)
        os.kill(first, signal.SIGKILL)
        assert await ask_patiently(server.dsn, QUESTION) == 7
        assert server.pid != first
    assert [pid for pid in family if is_running(pid)] == []
    assert children_of_ours() == before


async def test_a_session_that_outlives_its_killed_server_is_ended(data_dir: Path) -> None:
    async with EmbeddedPostgres(data_dir) as server:
        await execute(server.dsn, TABLE)
        working = asyncio.create_task(execute(server.dsn, BUSY))
        session = await busy_session(server.dsn)
        os.kill(server.pid, signal.SIGKILL)
        with suppress(asyncpg.PostgresError, OSError):
            await working
        assert await ask_patiently(server.dsn, QUESTION) == 7
        assert not is_running(session)


async def test_a_server_that_is_killed_again_and_again_is_given_up(data_dir: Path) -> None:
    with structlog.testing.capture_logs() as lines:
        async with EmbeddedPostgres(data_dir) as server:
            for deaths in range(1, MOST_RESTARTS + 2):
                await ask_patiently(server.dsn, "SELECT 1")
                os.kill(server.pid, signal.SIGKILL)
                assert eventually(partial(_has_length, lines, deaths))
    events = [line["event"] for line in lines]
    assert events == ["postgres.died"] * MOST_RESTARTS + ["postgres.given_up"]


async def test_an_owner_that_is_killed_takes_its_server_with_it(data_dir: Path) -> None:
    with owner_of(data_dir) as owner:
        await execute(owner.text("dsn"), TABLE)
        family = [*family_of(owner.pid_of("postmaster")), owner.pid_of("watchdog")]
        owner.kill()
        assert eventually(lambda: not any(map(is_running, family)))
        assert not is_there(owner.text("socket_folder"))
    async with EmbeddedPostgres(data_dir) as server:
        assert await ask(server.dsn, QUESTION) == 7


async def test_a_new_owner_need_not_wait_for_the_killed_ones_server(data_dir: Path) -> None:
    with owner_of(data_dir) as owner:
        await execute(owner.text("dsn"), TABLE)
        family = [*family_of(owner.pid_of("postmaster")), owner.pid_of("watchdog")]
        owner.kill()
        async with EmbeddedPostgres(data_dir) as server:
            assert await ask(server.dsn, QUESTION) == 7
            assert eventually(lambda: not any(map(is_running, family)))
            assert is_running(server.pid)


async def test_without_a_watchdog_the_next_owner_ends_what_it_finds(data_dir: Path) -> None:
    with owner_of(data_dir) as owner:
        await execute(owner.text("dsn"), TABLE)
        family = family_of(owner.pid_of("postmaster"))
        os.kill(owner.pid_of("watchdog"), signal.SIGKILL)
        owner.kill()
        assert is_running(owner.pid_of("postmaster"))
        async with EmbeddedPostgres(data_dir) as server:
            assert await ask(server.dsn, QUESTION) == 7
        assert [pid for pid in family if is_running(pid)] == []
        assert not is_there(owner.text("socket_folder"))


async def test_everything_killed_at_once_the_next_owner_starts_with_the_data(
    data_dir: Path,
) -> None:
    with owner_of(data_dir) as owner:
        await execute(owner.text("dsn"), TABLE)
        os.kill(owner.pid_of("watchdog"), signal.SIGKILL)
        owner.kill()
        os.kill(owner.pid_of("postmaster"), signal.SIGKILL)
    async with EmbeddedPostgres(data_dir) as server:
        assert await ask(server.dsn, QUESTION) == 7


async def test_an_owner_whose_watchdog_is_killed_stops_cleanly(data_dir: Path) -> None:
    with owner_of(data_dir) as owner:
        os.kill(owner.pid_of("watchdog"), signal.SIGKILL)
        owner.process.communicate()
    assert owner.process.returncode == 0
    assert not is_running(owner.pid_of("postmaster"))


def _has_length(lines: Sized, length: int) -> bool:
    return len(lines) == length
