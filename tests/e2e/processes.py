"""Real processes of a story: vendors' sandboxes and gateways, started on free ports and ended."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from gateway.connect.definition import load_connector
from gateway.connect.testing.dataset import Dataset, write_dataset

ROOT = Path(__file__).parents[2]
KEYS = {
    "storefront": "storefront-key-of-the-story",
    "partner": "partner-key-of-the-story",
    "operator": "operator-key-of-the-story",
}
PATIENCE_SECONDS = 60.0


async def until(what: str, condition: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> Any:
    """Ask again and again until the condition answers something true; fails after a while."""
    loop = asyncio.get_running_loop()
    end, last = loop.time() + seconds, None
    while loop.time() < end:
        last = condition()
        last = await last if asyncio.iscoroutine(last) else last
        if last:
            return last
        await asyncio.sleep(0.05)
    raise AssertionError(f"{what}: not within {seconds:g} s (last: {last!r})")


@dataclass
class Process:
    """A process of ours, by its pid."""

    running: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list)
    reading: "asyncio.Task[None] | None" = None

    async def kill(self) -> None:
        """End it as a crash would."""
        self.running.kill()
        await self.ended()

    async def stop(self) -> int:
        """Ask it to end, and answer its exit code."""
        if self.running.returncode is None:
            self.running.send_signal(signal.SIGTERM)
        return await self.ended()

    async def ended(self) -> int:
        """Wait until it has ended; what does not end in time is killed, and that is a failure."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                code = await self.running.wait()
        except TimeoutError:
            self.running.kill()
            await self.running.wait()
            raise
        finally:
            if self.reading is not None:
                await self.reading
        return code


@dataclass
class Vendor:
    """A vendor's sandbox in a process of its own."""

    connector: str
    process: Process
    url: str
    settings: dict[str, str]

    async def act(self, name: str, **told: Any) -> Any:
        """Let something happen at the vendor."""
        return await self.post("/_sandbox/act", {"do": name, **told})

    async def post(self, path: str, body: object) -> Any:
        """Ask a control address."""
        async with (
            aiohttp.ClientSession() as client,
            client.post(self.url + path, json=body) as answer,
        ):
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def fail(self, **fault: Any) -> None:
        """Plan a fault."""
        await self.post("/_sandbox/faults", [fault])

    async def heal(self) -> None:
        """Forget the faults."""
        async with (
            aiohttp.ClientSession() as client,
            client.delete(f"{self.url}/_sandbox/faults") as answer,
        ):
            assert answer.status == 200

    async def reads(self) -> dict[str, int]:
        """Answer the requests by operation."""
        async with (
            aiohttp.ClientSession() as client,
            client.get(f"{self.url}/_sandbox/traffic") as answer,
        ):
            found: dict[str, int] = (await answer.json())["requests"]
            return found

    def pause(self) -> None:
        """Hang: the vendor takes connections and never answers."""
        os.kill(self.process.running.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Answer again."""
        os.kill(self.process.running.pid, signal.SIGCONT)


@asynccontextmanager
async def vendor(
    connector: str, dataset: Dataset, folder: Path, speed: float = 50, port: int = 0
) -> AsyncIterator[Vendor]:
    """Start a sandbox seeded with the data."""
    seed = folder / f"{connector}-{port}.jsonl"
    write_dataset(dataset.records(), seed)
    package = load_connector(connector).build.__module__.rpartition(".")[0]
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"{package}.sandbox",
        "--seed", str(seed), "--speed", f"{speed:g}", "--port", str(port),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    process = Process(running)
    try:
        assert running.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            told = json.loads(await running.stdout.readline())
        yield Vendor(connector, process, told["url"], told["settings"])
    finally:
        if running.returncode is None:
            running.send_signal(signal.SIGCONT)
            assert running.stdin is not None
            running.stdin.close()
        await process.ended()


@dataclass
class Gateway:
    """A gateway in a process of its own."""

    process: Process
    url: str
    metrics_url: str

    async def ask(
        self, query: str, variables: Mapping[str, Any] | None = None, kind: str = "operator"
    ) -> dict[str, Any]:
        """Answer the whole response of a query."""
        body = {"query": query, "variables": dict(variables or {})}
        headers = {"Authorization": f"Bearer {KEYS[kind]}"}
        async with (
            aiohttp.ClientSession() as client,
            client.post(f"{self.url}/graphql", json=body, headers=headers) as answer,
        ):
            assert answer.status == 200, await answer.text()
            found: dict[str, Any] = await answer.json()
            return found

    async def data(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Answer the data of a query that has no errors."""
        answer = await self.ask(query, variables)
        assert "errors" not in answer, answer["errors"]
        found: dict[str, Any] = answer["data"]
        return found


@asynccontextmanager
async def gateway(tree: Mapping[str, Any], environ: Mapping[str, str], folder: Path,
                  *arguments: str) -> AsyncIterator[Gateway]:  # fmt: skip
    """Start `trama serve` with this configuration."""
    path = folder / "trama.toml"
    path.write_text(toml(tree), "utf-8")
    with (folder / "gateway.log").open("ab") as log:
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", "serve", "-c", str(path), *arguments,
            stdout=asyncio.subprocess.PIPE, stderr=log, env={**os.environ, **environ}, cwd=ROOT,
        )  # fmt: skip
    process = Process(running)
    try:
        metrics_url, url = await _addresses(process, folder)
        yield Gateway(process, url.removesuffix("/graphql"), metrics_url)
    finally:
        await process.stop()


@asynccontextmanager
async def worker(tree: Mapping[str, Any], environ: Mapping[str, str],
                 folder: Path) -> AsyncIterator[str]:  # fmt: skip
    """Start `trama worker` with this configuration; answer where its metrics are."""
    async with worker_process(tree, environ, folder) as (_, metrics_url):
        yield metrics_url


@asynccontextmanager
async def worker_process(tree: Mapping[str, Any], environ: Mapping[str, str],
                         folder: Path) -> AsyncIterator[tuple[Process, str]]:  # fmt: skip
    """Start `trama worker`; answer its process, and where its metrics are."""
    path = folder / "worker.toml"
    path.write_text(toml(tree), "utf-8")
    with (folder / "worker.log").open("ab") as log:
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", "worker", "-c", str(path),
            stdout=asyncio.subprocess.PIPE, stderr=log, env={**os.environ, **environ}, cwd=ROOT,
        )  # fmt: skip
    process = Process(running)
    try:
        assert running.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            told = (await running.stdout.readline()).decode().strip()
        process.reading = asyncio.create_task(_drain(running.stdout))
        yield process, told.removeprefix("Metrics on ")
    finally:
        await process.stop()


async def _addresses(process: Process, folder: Path) -> tuple[str, str]:
    """Answer where its metrics are, empty if nowhere, and where it listens."""
    output, metrics_url = process.running.stdout, ""
    assert output is not None
    async with asyncio.timeout(PATIENCE_SECONDS):
        while line := (await output.readline()).decode().strip():
            if line.startswith("Metrics on "):
                metrics_url = line.removeprefix("Metrics on ")
            if line.startswith("Listening on "):
                process.reading = asyncio.create_task(_drain(output))
                return metrics_url, line.removeprefix("Listening on ")
    raise AssertionError((folder / "gateway.log").read_text("utf-8"))


async def _drain(output: asyncio.StreamReader) -> None:
    while await output.read(65536):
        pass


def toml(tree: Mapping[str, Any], path: str = "") -> str:
    """Answer a configuration as TOML: plain values first, then its tables."""
    lines, tables = [], []
    for key, value in tree.items():
        if isinstance(value, Mapping):
            tables.append(f"[{path}{key}]\n{toml(value, f'{path}{key}.')}")
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            tables += [f"[[{path}{key}]]\n{toml(each, f'{path}{key}.')}" for each in value]
        else:
            lines.append(f"{key} = {json.dumps(value)}")
    return "\n".join([*lines, *tables]) + "\n"
