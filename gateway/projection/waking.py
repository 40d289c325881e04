"""The queue of jobs that wake a worker: what is to be done stands elsewhere, a job only says when.

Its tables are pgqueuer's, as the installed version declares them; a later version that declares
others needs a migration of its own.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence import schema_ddl
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.schema.declaration import target
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import Channel

if TYPE_CHECKING:
    from gateway.projection.database import Executor

# Every name is told, so that none comes from the environment.
SETTINGS = DBSettings(
    prefix="", db_schema=None, durability=Durability.durable, channel=Channel("ch_pgqueuer"),
    function="fn_pgqueuer_changed", statistics_table="pgqueuer_statistics",
    queue_status_type="pgqueuer_status", queue_table="pgqueuer", queue_table_log="pgqueuer_log",
    trigger="tg_pgqueuer_changed", schedules_table="pgqueuer_schedules",
)  # fmt: skip
_ENQUEUE = QueryQueueBuilder(SETTINGS).build_enqueue_query("skip")


def queue_ddl() -> Iterator[str]:
    """Answer the statements that make the queue, one by one."""
    told = target(SETTINGS)
    yield from (schema_ddl.render_enum(each, SETTINGS) for each in told.enums)
    yield from (schema_ddl.render_table(each, SETTINGS) for each in told.tables)
    yield from (schema_ddl.render_index(each, SETTINGS) for each in told.indexes)
    yield from (schema_ddl.render_function(each, SETTINGS) for each in told.functions)
    yield from (schema_ddl.render_trigger(each, SETTINGS) for each in told.triggers)


def queue_removal() -> list[str]:
    """Answer the statements that remove the queue."""
    return schema_ddl.render_uninstall(SETTINGS).splitlines()


async def wake(
    executor: "Executor",
    entrypoint: str,
    payload: str,
    *,
    key: str,
    after: timedelta = timedelta(),
) -> None:
    """Let a worker be woken once this transaction is committed, and the time has come.

    The same key wakes once for as long as it waits.
    """
    await executor.fetch(_ENQUEUE, [0], [entrypoint], [payload.encode()], [after], [key], [None])


@asynccontextmanager
async def woken_by(dsn: str) -> AsyncIterator[Queries]:
    """Answer what a worker takes its jobs with, on a connection of its own that listens."""
    connection = await asyncpg.connect(dsn, server_settings={"application_name": "trama jobs"})
    try:
        yield Queries(
            AsyncpgDriver(connection),
            QueryBuilderEnvironment(SETTINGS),
            QueryQueueBuilder(SETTINGS),
        )
    finally:
        connection.terminate()


async def forget_jobs(executor: "Executor", before: datetime) -> None:
    """Remove what is kept of jobs that are over."""
    await executor.execute("DELETE FROM pgqueuer_log WHERE created < $1", before)
