"""A server that starts, answers, keeps its data, and is gone when stopped."""

import asyncio
import stat
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest
import pytest_asyncio

from gateway.projection.embedded import EmbeddedPostgres
from tests.integration.embedded.machine import (
    ask,
    children_of_ours,
    execute,
    family_of,
    fresh_folder,
    is_running,
    names_in,
)


@pytest.fixture(scope="module")
def shared_folder() -> Iterator[Path]:
    with fresh_folder() as folder:
        yield folder


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(shared_folder: Path) -> AsyncIterator[EmbeddedPostgres]:
    """One server for all tests that neither stop nor break it."""
    async with EmbeddedPostgres(shared_folder / "data", durable=False) as server:
        yield server


async def test_the_dsn_enters_a_postgres_18_in_utf8_and_utc(server: EmbeddedPostgres) -> None:
    assert await ask(server.dsn, "SELECT current_setting('server_version_num')::int / 10000") == 18
    assert await ask(server.dsn, "SHOW timezone") == "UTC"
    assert await ask(server.dsn, "SELECT upper('ação') || current_database()") == "AÇÃOpostgres"


async def test_stopped_it_leaves_no_process_no_zombie_and_no_socket(data_dir: Path) -> None:
    before = children_of_ours()
    async with EmbeddedPostgres(data_dir, durable=False) as server:
        family = family_of(server.pid)
        sockets = server.running.socket_folder
    assert [pid for pid in family if is_running(pid)] == []
    assert children_of_ours() == before
    assert not sockets.exists()


async def test_a_start_that_is_cancelled_leaves_nothing_running(data_dir: Path) -> None:
    before = children_of_ours()
    server = EmbeddedPostgres(data_dir, durable=False)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await server.start()
    assert children_of_ours() == before
    async with server:
        assert await ask(server.dsn, "SELECT 7") == 7


async def test_data_survives_a_restart(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir)
    await server.start()
    await execute(server.dsn, "CREATE TABLE kept AS SELECT 7 AS seven")
    await server.stop()
    async with server:
        assert await ask(server.dsn, "SELECT seven FROM kept") == 7


async def test_started_twice_and_stopped_twice_it_is_one_server(data_dir: Path) -> None:
    async with EmbeddedPostgres(data_dir, durable=False) as server:
        pid = server.pid
        await server.start()
        assert server.pid == pid
        await server.stop()
    assert not is_running(pid)


async def test_data_is_durable_unless_told_otherwise(data_dir: Path) -> None:
    async with EmbeddedPostgres(data_dir) as server:
        assert await ask(server.dsn, "SHOW fsync") == "on"
    async with EmbeddedPostgres(data_dir, durable=False) as server:
        assert await ask(server.dsn, "SHOW fsync") == "off"


async def test_a_database_is_made_copied_and_dropped(server: EmbeddedPostgres) -> None:
    first = await server.create_database('fi"rst')
    await execute(first, "CREATE TABLE kept AS SELECT 7 AS seven")
    copy = await server.create_database("copy", template='fi"rst')
    assert await ask(copy, "SELECT seven FROM kept") == 7
    await server.drop_database("copy")
    await server.drop_database("copy")
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await ask(copy, "SELECT 1")


async def test_a_database_in_use_is_dropped_all_the_same(server: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(await server.create_database("busy"))
    await server.drop_database("busy")
    assert await ask(server.dsn, "SELECT count(*) FROM pg_database WHERE datname = 'busy'") == 0
    await connection.close()


async def test_nobody_enters_without_the_password(server: EmbeddedPostgres) -> None:
    wrong = server.dsn.replace(server.running.password, "wrong")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await ask(wrong, "SELECT 1")
    rules = "SELECT array_agg(DISTINCT auth_method) FROM pg_hba_file_rules"
    assert await ask(server.dsn, rules) == ["scram-sha-256"]


async def test_it_listens_nowhere_but_on_a_short_private_socket(server: EmbeddedPostgres) -> None:
    sockets = server.running.socket_folder
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    assert sockets.stat().st_uid == server.running.home.account.uid
    assert len(str(sockets / ".s.PGSQL.5432")) <= 100
    assert psutil.Process(server.pid).net_connections(kind="inet") == []


async def test_the_password_is_in_one_private_file_and_in_no_repr(
    server: EmbeddedPostgres,
) -> None:
    kept = server.data_dir / "postgres" / "password"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    password = kept.read_text()
    assert password in server.dsn
    assert password not in repr(server)
    assert password not in repr(server.running)
    assert password not in " ".join(psutil.Process(server.pid).cmdline())


async def test_asked_for_its_dsn_before_the_start_it_says_what_to_do(data_dir: Path) -> None:
    with pytest.raises(RuntimeError, match=r"call start\(\) first"):
        _ = EmbeddedPostgres(data_dir).dsn


async def test_removed_it_leaves_nothing(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir, durable=False)
    await server.start()
    await server.remove()
    assert names_in(data_dir) == []
