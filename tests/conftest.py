"""A real Postgres for every test that asks for a database, and no skipped test in CI."""

import asyncio
import gc
import importlib
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Coroutine, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol, TypeVar
from uuid import uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, settings

from gateway.projection.embedded import EmbeddedPostgres

T = TypeVar("T")
COLLECTED = pytest.StashKey[int]()
MIGRATIONS = "gateway.projection.migrate"
MEMORY, ROOMY_BYTES = Path("/dev/shm"), 4 * 2**30
FAILED = pytest.StashKey[bool]()

# No law is about time: a machine that does much else at once breaks none.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


class Server(Protocol):
    """A Postgres in which tests make their databases."""

    @property
    def dsn(self) -> str: ...

    def dsn_for(self, database: str) -> str: ...

    async def create_database(self, name: str, template: str | None = None) -> str: ...

    async def drop_database(self, name: str) -> None: ...


class GivenServer:
    """The Postgres of `TRAMA_TEST_DSN`, whose user may create databases."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn

    def dsn_for(self, database: str) -> str:
        head, mark, query = self.dsn.partition("?")
        scheme, _, rest = head.partition("://")
        return f"{scheme}://{rest.partition('/')[0]}/{database}{mark}{query}"

    async def create_database(self, name: str, template: str | None = None) -> str:
        copied = f' TEMPLATE "{template}"' if template else ""
        await self._execute(f'CREATE DATABASE "{name}"{copied}')
        return self.dsn_for(name)

    async def drop_database(self, name: str) -> None:
        await self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.dsn)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


def apart(work: Coroutine[Any, Any, T]) -> T:
    """Run in a thread and a loop of its own, so that no test's loop is touched."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """The session's Postgres: an embedded one, or that of `TRAMA_TEST_DSN`."""
    given = os.environ.get("TRAMA_TEST_DSN")
    if given:
        yield GivenServer(given)
        return
    folder = Path(tempfile.mkdtemp(prefix="trama-test-", dir=_roomy()))
    folder.chmod(0o711)
    server = EmbeddedPostgres(folder / "data", durable=False)
    try:
        apart(server.start())
        yield server
    finally:
        apart(server.remove())
        shutil.rmtree(folder)


def _roomy() -> Path | None:
    """Answer a file system in memory where there is one with room: databases are copied fast."""
    is_there = MEMORY.is_dir() and os.access(MEMORY, os.W_OK)
    return MEMORY if is_there and shutil.disk_usage(MEMORY).free >= ROOMY_BYTES else None


@pytest.fixture(scope="session")
def template_database(postgres: Server) -> Iterator[str]:
    """The name of a migrated database, to be copied and never connected to."""
    name = f"template_{uuid4().hex}"
    dsn = apart(postgres.create_database(name))
    apart(importlib.import_module(MIGRATIONS).migrate(dsn))
    yield name
    apart(postgres.drop_database(name))


@pytest.fixture
def database(postgres: Server, template_database: str) -> Iterator[str]:
    """The DSN of a fresh, migrated database of this test's own."""
    yield from _fresh(postgres, template_database)


@pytest.fixture(scope="module")
def module_database(postgres: Server, template_database: str) -> Iterator[str]:
    """The DSN of a fresh, migrated database that the tests of a module share."""
    yield from _fresh(postgres, template_database)


@pytest.fixture
def empty_database(postgres: Server) -> Iterator[str]:
    """The DSN of a fresh, empty database of this test's own."""
    yield from _fresh(postgres, None)


def _fresh(server: Server, template: str | None) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    try:
        yield apart(server.create_database(name, template))
    finally:
        apart(server.drop_database(name))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Note that a test has failed, in whatever phase."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Let a test that fails spoil no other: what it has left open is closed before the next one."""
    result = yield
    if item.stash.get(FAILED, False):
        for name in ("last_exc", "last_type", "last_value", "last_traceback"):
            vars(sys).pop(name, None)
        hook, sys.unraisablehook = sys.unraisablehook, lambda _: None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            gc.collect()
        sys.unraisablehook = hook
    return result


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest story: where processes share the tests, none waits for it at last."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/e2e/test_the_real_orders"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any, ids: list[str]) -> None:
    """Note how many tests there are where processes share them: each collects all."""
    node.config.stash[COLLECTED] = len(ids)


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say that everything that was collected has passed, or how much of it."""
    collected = terminalreporter.config.stash.get(COLLECTED, terminalreporter._numcollected)
    passed = len(terminalreporter.stats.get("passed", []))
    sign = "=" if collected == passed else "!="
    terminalreporter.write_line(f"collected {collected} {sign} passed {passed}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI (`CI=true`) a skipped test fails the run: what is not run there is not held."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = len(reporter.stats.get("skipped", [])) if reporter else 0
    if os.environ.get("CI") == "true" and skipped and session.exitstatus == pytest.ExitCode.OK:
        print(f"\n{skipped} skipped: in CI a skipped test is a failed run")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
