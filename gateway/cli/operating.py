"""The command that says whether a configuration works: check."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from gateway.bootstrap import StartFailed
from gateway.bootstrap.credentials import Credentials
from gateway.bootstrap.sources import connect_sources
from gateway.bootstrap.trusting import faults_of, read_manifest
from gateway.cli.options import ConfigOption, read_settings
from gateway.cli.workers import connections_of, count_workers
from gateway.connect.deadline import Deadline
from gateway.connect.errors import SourceError
from gateway.federation.sources import ConnectedSource
from gateway.model.time import SystemClock
from gateway.projection.database import open_pool
from gateway.projection.migrate import missing_revisions
from gateway.settings import Settings
from gateway.web.logs import configure_logs

CHECK_SECONDS = 10.0


def check(config: ConfigOption = None) -> None:
    """Read the configuration, and say what the database, the documents and each source answer."""
    settings = read_settings(config)
    configure_logs(settings.log, secrets=settings.secret_texts())
    lines = asyncio.run(_check(settings))
    table = Table("", "what", "answer", box=None)
    for is_well, what, answer in lines:
        table.add_row("ok" if is_well else "FAIL", what, answer)
    Console(soft_wrap=True).print(table)
    if not all(is_well for is_well, _, _ in lines):
        raise typer.Exit(1)


async def _check(settings: Settings) -> list[tuple[bool, str, str]]:
    database = await _ask_database(settings)
    credentials = Credentials()
    sources = connect_sources(settings, SystemClock(), credentials=credentials)
    async with AsyncExitStack() as stack:
        dsn, answers = settings.database.dsn, list[tuple[bool, str, str]]()
        if dsn is not None and database[0]:
            pool = await open_pool(dsn.get_secret_value(), maximum=2)
            stack.push_async_callback(pool.close)
            credentials.open(pool)
            answers = [await _ask_connections(settings, pool)]
        stack.push_async_callback(sources.close)
        answers += await asyncio.gather(*(_ask(source) for source in sources))
        return [database, *_ask_documents(settings), *answers]


async def _ask_connections(settings: Settings, pool: Any) -> tuple[bool, str, str]:
    """Answer whether the database has connections enough for all processes of `trama serve`."""
    workers = count_workers(settings.server.workers)
    needed = connections_of(workers, settings.database.pool_max)
    most = int(await pool.fetchval("SHOW max_connections"))
    told = f"{workers} serving, with up to {needed} of the database's {most} connections"
    return needed <= most, "workers", told


async def _ask(source: ConnectedSource) -> tuple[bool, str, str]:
    deadline = Deadline.after(CHECK_SECONDS, source.clock)
    what = f"source {source.id}"
    try:
        return True, what, await source.connector.check(deadline=deadline)
    except SourceError as error:
        return False, what, f"{error.code}: {error}"


def _ask_documents(settings: Settings) -> list[tuple[bool, str, str]]:
    """Answer whether each trusted document can be executed."""
    if settings.documents.manifest_file is None:
        return []
    try:
        texts = read_manifest(settings.documents.manifest_file)
    except StartFailed as failed:
        return [(False, "documents", fault) for fault in failed.faults]
    faults = faults_of(texts, settings)
    told = f"{len(texts)} trusted, {len(texts) - len(faults)} can be executed"
    return [(not faults, "documents", told), *((False, "document", each) for each in faults)]


async def _ask_database(settings: Settings) -> tuple[bool, str, str]:
    dsn = settings.database.dsn
    if dsn is None:
        return True, "database", f"embedded, in {settings.database.data_dir}"
    try:
        missing = await missing_revisions(dsn.get_secret_value())
    except Exception as error:  # noqa: BLE001
        return False, "database", f"cannot be reached ({type(error).__name__})"
    if missing:
        return False, "database", f"{len(missing)} migrations are missing; run trama migrate"
    return True, "database", "reached, at this version's tables"
