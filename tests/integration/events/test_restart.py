"""A database that is killed and starts anew costs a reader nothing."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from gateway.projection.embedded import EmbeddedPostgres
from gateway.projection.migrate import migrate
from tests.integration.embedded.machine import ask_patiently

from .following import an_event, append, followed, listen, take
from .test_relay import relayed, until_heard_by

ORDER = UUID(int=1)


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="trama-test-"))
    folder.chmod(0o711)
    return folder


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedPostgres]:
    """A Postgres of this test's own."""
    folder = _folder()
    server = EmbeddedPostgres(folder / "data")
    try:
        await server.start()
        await migrate(server.dsn)
        yield server
    finally:
        await server.remove()
        shutil.rmtree(folder)


async def test_readers_go_on_when_the_database_has_come_back(server: EmbeddedPostgres) -> None:
    with capture_logs() as lines:
        async with (
            followed(server.dsn, poll_seconds=0.02, queue_entries=2) as (pool, feed),
            relayed(server.dsn, feed),
        ):
            live, slow = await listen(feed), await listen(feed)
            places = await append(pool, feed, *(an_event(ORDER, n) for n in range(1, 6)))
            found = [each.position for each in await take(live, 5)]
            os.kill(server.pid, signal.SIGKILL)
            while "log.not_read" not in [each["event"] for each in lines]:
                feed.wake()
                await asyncio.sleep(0)
            await ask_patiently(server.dsn, "SELECT 1")
            await until_heard_by(pool, 1)
            places += await append(pool, feed, *(an_event(ORDER, n) for n in range(6, 9)))
            found += [each.position for each in await take(live, 3)]
            assert found == places
            assert [each.position for each in await take(slow, 8)] == places
    told = [each["event"] for each in lines if each["event"].startswith("log.")]
    assert sorted(told) == [
        "log.not_read", "log.read_again", "log.wakeups_back", "log.wakeups_lost",
    ]  # fmt: skip
