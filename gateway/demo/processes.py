"""The vendors' sandboxes as processes of their own, ended with the demo however it ends."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.bootstrap import StartFailed
from gateway.connect.definition import load_connector

START_SECONDS = 120.0
END_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """A sandbox's address, the settings that it accepts, and how much faster than life it runs."""

    connector: str
    url: str
    settings: dict[str, str]
    speed: float


@asynccontextmanager
async def running_sandboxes(
    seeds: Mapping[str, Path], speeds: Mapping[str, float]
) -> AsyncIterator[list[RunningSandbox]]:
    """Start a sandbox per connector with its seed, all at once, on free ports; raises StartFailed.

    A sandbox ends when its standard input closes: so it ends even if the demo is killed.
    """
    async with AsyncExitStack() as stack:
        processes = [await _start(name, seed, speeds[name]) for name, seed in seeds.items()]
        for process in processes:
            stack.push_async_callback(_end, process)
        yield list(
            await asyncio.gather(
                *(_ready(n, speeds[n], p) for n, p in zip(seeds, processes, strict=True))
            )
        )


async def _start(connector: str, seed: Path, speed: float) -> asyncio.subprocess.Process:
    package = load_connector(connector).build.__module__.rpartition(".")[0]
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"{package}.sandbox",
        "--port", "0", "--seed", str(seed), "--speed", f"{speed:g}",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, start_new_session=True,
    )  # fmt: skip


async def _ready(
    connector: str, speed: float, process: asyncio.subprocess.Process
) -> RunningSandbox:
    if process.stdout is None:
        raise StartFailed([f"the {connector} sandbox has no output"])
    try:
        async with asyncio.timeout(START_SECONDS):
            line = await process.stdout.readline()
    except TimeoutError:
        raise StartFailed(
            [f"the {connector} sandbox was not ready within {START_SECONDS:g} s"]
        ) from None
    if not line:
        raise StartFailed([f"the {connector} sandbox ended at its start; its error is above"])
    told = json.loads(line)
    return RunningSandbox(connector, told["url"], told["settings"], speed)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(END_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
