"""The databases that every other test starts from, and the rule about skipped tests."""

import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from tests.conftest import GivenServer
from tests.integration.embedded.machine import ROOT, ask, execute

SKIPPED = "import pytest\n\ndef test_it():\n    pytest.skip('not here')\n"
LEAKING = """
import asyncio, socket

def test_it():
    opened, loop = socket.socket(), asyncio.new_event_loop()
    assert opened is None

def test_another():
    pass

def test_yet_another():
    pass
"""


async def test_an_empty_database_takes_a_connection_and_has_no_table(empty_database: str) -> None:
    connection = await asyncpg.connect(empty_database)
    try:
        tables = await connection.fetch("SELECT 1 FROM pg_tables WHERE schemaname = 'public'")
    finally:
        await connection.close()
    assert tables == []


@pytest.mark.parametrize("turn", [1, 2])
async def test_what_one_test_makes_another_does_not_find(empty_database: str, turn: int) -> None:
    await execute(empty_database, f"CREATE TABLE made AS SELECT {turn} AS turn")
    assert await ask(empty_database, "SELECT turn FROM made") == turn


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("postgresql://me:pw@db:5432/postgres", "postgresql://me:pw@db:5432/fresh"),
        ("postgresql://me@db", "postgresql://me@db/fresh"),
        ("postgresql:///x?host=/run/pg", "postgresql:///fresh?host=/run/pg"),
    ],
)
def test_a_given_servers_dsn_leads_to_each_database(given: str, expected: str) -> None:
    assert GivenServer(given).dsn_for("fresh") == expected


def _pytest(folder: Path, text: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run tests of their own under the rules of this project's."""
    (folder / "test_inner.py").write_text(text)
    rules = "filterwarnings = error\nasyncio_default_fixture_loop_scope = function\n"
    (folder / "pytest.ini").write_text(f"[pytest]\n{rules}")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider", folder],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environ},
    )


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_a_skipped_test_fails_the_run_in_ci_only(tmp_path: Path, ci: str, code: int) -> None:
    run = _pytest(tmp_path, SKIPPED, CI=ci)
    assert (run.returncode, "1 skipped" in run.stdout) == (code, True)


def test_a_test_that_fails_with_something_open_spoils_no_other(tmp_path: Path) -> None:
    run = _pytest(tmp_path, LEAKING)
    assert "1 failed, 2 passed" in run.stdout, run.stdout


def test_a_test_that_leaves_something_open_fails(tmp_path: Path) -> None:
    run = _pytest(tmp_path, LEAKING.replace("assert opened is None", "pass"))
    assert "1 failed, 2 passed" in run.stdout, run.stdout
    assert "unclosed <socket.socket" in run.stdout
