"""Starts the peers, each on the core of the server that is measured."""

import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from benchmarks.gateway import MAX_AGE_SECONDS
from benchmarks.peers.programs import node
from benchmarks.processes import Running, running
from benchmarks.stage import Stage

_PRODUCTION = {"NODE_ENV": "production"}


@asynccontextmanager
async def bare(stage: Stage, body: bytes) -> AsyncIterator[Running]:
    """Start a bare Starlette that answers this body."""
    command = [sys.executable, "-m", "benchmarks.peers.bare"]
    async with running(
        "bare", command, cores=stage.cores.server, log=stage.log("bare"), said=body
    ) as process:
        yield process


@asynccontextmanager
async def tuned_strawberry(stage: Stage, dsn: str) -> AsyncIterator[Running]:
    """Start Strawberry as it is tuned."""
    command = [sys.executable, "-m", "benchmarks.peers.tuned_strawberry"]
    environ = {"DATABASE_URL": dsn, "MAX_AGE_SECONDS": str(MAX_AGE_SECONDS)}
    async with running(
        "strawberry", command, cores=stage.cores.server, log=stage.log("strawberry"),
        environ=environ,
    ) as process:  # fmt: skip
        yield process


@asynccontextmanager
async def library(stage: Stage, by: str) -> AsyncIterator[Running]:
    """Start the schema that is not ours, answered by the engine or by Strawberry."""
    command = [sys.executable, "-m", "benchmarks.peers.library", by]
    name = f"library-{by}"
    async with running(
        name, command, cores=stage.cores.server, log=stage.log(name)
    ) as process:  # fmt: skip
        yield process


@asynccontextmanager
async def mercurius(
    stage: Stage, dsn: str, program: Path, *, is_cached: bool
) -> AsyncIterator[Running]:
    """Start Mercurius with its just-in-time compiler; `program` is what `fetch` said."""
    name = "mercurius-cached" if is_cached else "mercurius"
    command = [node(), str(program), *(["--cache"] if is_cached else [])]
    environ = {"MAX_AGE_SECONDS": str(MAX_AGE_SECONDS), **_PRODUCTION, **_postgres_environ(dsn)}
    async with running(
        name, command, cores=stage.cores.server, log=stage.log(name),
        environ=environ, folder=program.parent,
    ) as process:  # fmt: skip
        yield process


@asynccontextmanager
async def hive(stage: Stage, addresses: Mapping[str, str], program: Path) -> AsyncIterator[Running]:
    """Start Hive Gateway over sources; `program` is what `fetch` said."""
    command = [node(), str(program), json.dumps(dict(addresses))]
    async with running(
        "hive", command, cores=stage.cores.server, log=stage.log("hive"),
        environ=_PRODUCTION, folder=program.parent,
    ) as process:  # fmt: skip
        yield process


def _postgres_environ(dsn: str) -> dict[str, str]:
    """Answer a DSN as the variables that Node's drivers read."""
    split = urlsplit(dsn)
    host = parse_qs(split.query).get("host", [split.hostname or "localhost"])[0]
    return {
        "PGHOST": host,
        "PGPORT": str(split.port or 5432),
        "PGUSER": unquote(split.username or ""),
        "PGPASSWORD": unquote(split.password or ""),
        "PGDATABASE": unquote(split.path.lstrip("/")),
    }
