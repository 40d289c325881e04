"""What the tests see of the machine: processes, folders, and owners that are programs."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import psutil

ROOT = Path(__file__).parents[3]
PATIENCE_SECONDS = 60.0
NOBODY = 65534


def eventually(is_true: Callable[[], bool]) -> bool:
    """Whether it becomes true before our patience ends."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@contextmanager
def fresh_folder() -> Iterator[Path]:
    """A short folder that any user may enter, removed at the end."""
    made = Path(tempfile.mkdtemp(prefix="trama-test-"))
    made.chmod(0o755)
    try:
        yield made
    finally:
        shutil.rmtree(made)


def is_there(path: Path | str) -> bool:
    """Whether a file or folder exists."""
    return Path(path).exists()


def names_in(folder: Path, pattern: str = "*") -> list[str]:
    """The names of a folder's entries; none of a folder that is not there."""
    return sorted(path.name for path in folder.glob(pattern))


def is_running(pid: int) -> bool:
    """Whether this process is there and is not a zombie."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def family_of(pid: int) -> list[int]:
    """A process and all that it started."""
    process = psutil.Process(pid)
    return [pid, *(child.pid for child in process.children(recursive=True))]


def children_of_ours() -> list[int]:
    """Our own children, zombies too."""
    return [child.pid for child in psutil.Process().children()]


@dataclass(frozen=True)
class Mark:
    """Who owns a folder and who may enter it."""

    mode: int
    uid: int
    gid: int


def marks_of(folder: Path) -> dict[Path, Mark]:
    """Of a folder and every parent of it."""
    found = {path: path.stat() for path in (folder, *folder.parents)}
    return {path: Mark(stat.st_mode, stat.st_uid, stat.st_gid) for path, stat in found.items()}


@dataclass(frozen=True)
class Owner:
    """A program that owns a server, and what it said."""

    process: subprocess.Popen[str]
    said: dict[str, str | int]

    def text(self, name: str) -> str:
        return str(self.said[name])

    def pid_of(self, name: str) -> int:
        return int(self.said[name])

    def kill(self) -> None:
        """kill -9, and reaped."""
        self.process.kill()
        self.process.wait()


@contextmanager
def owner_of(data_dir: Path, *refuges: Path, prefix: Sequence[str] = ()) -> Iterator[Owner]:
    """An owner that has started its server, or has said why not; ended at the end."""
    program = [sys.executable, "-m", "tests.integration.embedded.owner"]
    with subprocess.Popen(
        [*prefix, *program, str(data_dir), *map(str, refuges)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        yield Owner(process, json.loads(process.stdout.readline()))
        if process.poll() is None:
            process.communicate()


def as_nobody() -> list[str]:
    """The words before a command that make it a plain user's, if it is not one already.

    The interpreter may lie in root's own folder, which is all that the capability is for.
    """
    if os.geteuid() != 0:
        return []
    number = str(NOBODY)
    return [
        "setpriv", f"--reuid={number}", f"--regid={number}", "--clear-groups",
        "--inh-caps=+dac_override", "--ambient-caps=+dac_override",
    ]  # fmt: skip


async def busy_session(dsn: str) -> int:
    """The pid of the one session that is at work besides the asking one, once there is one."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    others = "backend_type = 'client backend' AND state = 'active' AND pid <> pg_backend_pid()"
    while True:
        pid = await ask(dsn, f"SELECT pid FROM pg_stat_activity WHERE {others}")
        if isinstance(pid, int):
            return pid
        assert time.monotonic() < deadline


async def execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def ask(dsn: str, question: str) -> object:
    """The first value of the first row."""
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def ask_patiently(dsn: str, question: str) -> object:
    """The same of a server that is just coming up."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return await ask(dsn, question)
        except (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError):
            assert time.monotonic() < deadline
