"""One folder, one owner; and no process is ended for having a number that was once ours."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.projection.embedded import EmbeddedPostgres
from gateway.projection.embedded.errors import DataInUse
from tests.integration.embedded.machine import ask, owner_of


async def test_a_second_owner_is_refused_and_told_who_the_first_is(data_dir: Path) -> None:
    with owner_of(data_dir) as owner:
        with pytest.raises(DataInUse) as refusal:
            await EmbeddedPostgres(data_dir).start()
        assert refusal.value.owner_pid == owner.process.pid
        assert f"in use by process {owner.process.pid}: stop it first" in str(refusal.value)
        assert await ask(owner.text("dsn"), "SELECT 7") == 7


async def test_a_second_owner_in_the_same_process_is_refused_too(data_dir: Path) -> None:
    async with EmbeddedPostgres(data_dir, durable=False) as server:
        with pytest.raises(DataInUse) as refusal:
            await EmbeddedPostgres(data_dir).start()
        assert refusal.value.owner_pid == os.getpid()
        assert await ask(server.dsn, "SELECT 7") == 7


async def test_two_servers_on_two_folders_know_nothing_of_one_another(folder: Path) -> None:
    async with EmbeddedPostgres(folder / "one", durable=False) as one:
        async with EmbeddedPostgres(folder / "two", durable=False) as two:
            assert await ask(two.dsn, "SELECT 2") == 2
        assert await ask(one.dsn, "SELECT 1") == 1


async def test_a_foreign_process_with_a_stale_number_is_left_alone(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir, durable=False)
    await server.start()
    pid_file = server.running.home.data / "postmaster.pid"
    stale = pid_file.read_text().splitlines()
    await server.stop()
    with _foreigner(server) as foreigner:
        pid_file.write_text("\n".join([str(foreigner.pid), *stale[1:]]))
        async with server:
            assert await ask(server.dsn, "SELECT 7") == 7
        assert foreigner.poll() is None
        foreigner.communicate()


def _foreigner(server: EmbeddedPostgres) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
    )
