"""Routers out of npm packages, started as docs/federation.md says.

Hive Gateway is installed without its page and its exporters (`overrides` in its package.json):
they are most of its size, and nothing here looks at them.
"""

import asyncio
import re
import socket
import tempfile
import tomllib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from tests.node import installed, start_node

Router = Callable[[Mapping[str, str]], AbstractAsyncContextManager[str]]
HERE = Path(__file__).parent
DOCS = (HERE.parents[2] / "docs" / "federation.md").read_text("utf-8")
SNIPPETS = dict(re.findall(r"`([\w.-]+)`:\n\n```\w+\n(.*?)```", DOCS, re.DOTALL))
SETTINGS = tomllib.loads("\n".join(re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)))


@asynccontextmanager
async def workplace(package: str, *snippets: str) -> AsyncIterator[Path]:
    """Answer a folder with these snippets of the docs and the package's modules."""
    with tempfile.TemporaryDirectory(prefix="trama-router-") as name:
        folder = Path(name)
        (folder / "node_modules").symlink_to(installed(HERE / package) / "node_modules")
        for snippet in snippets:
            (folder / snippet).write_text(SNIPPETS[snippet], "utf-8")
        yield folder


async def composed(environ: Mapping[str, str]) -> str:
    """Answer the supergraph that `compose.mjs` writes; raises AssertionError with its errors."""
    async with workplace("apollo", "compose.mjs") as folder:
        process = await start_node(folder, environ, "compose.mjs")
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
    process = await start_node(folder, environ, *command)
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


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])
