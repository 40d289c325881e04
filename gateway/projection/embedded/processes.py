"""The processes of one cluster, found by its name in their command lines, never by a number alone.

A number in a stale file may by now be anybody's. The name is the data folder's device and inode,
as a copy of the folder is another cluster and a moved one is the same. Zombies have no command
line and so count as gone.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gateway.projection.embedded.errors import StopFailed
from gateway.projection.embedded.pidfile import PidFile

POLL_SECONDS = 0.02
STOP_STEPS = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 10.0))
KILL_SECONDS = 10.0


@dataclass(frozen=True)
class Cluster:
    """A data folder and the name that its processes carry."""

    data: Path
    name: str

    def postmasters(self) -> tuple[int, ...]:
        """The servers running on this folder: none or one."""
        recorded = PidFile(self.data).pid
        return tuple(
            pid
            for pid, command in _commands()
            if self._is_named(command) or (pid == recorded and self._is_by_hand(command))
        )

    def processes(self) -> tuple[int, ...]:
        """The servers, and what they started even when they have died."""
        title = f"postgres: {self.name}:"
        children = (pid for pid, command in _commands() if command.startswith(title))
        return (*self.postmasters(), *children)

    def end(self) -> None:
        """End whatever runs on this folder: fast, then at once, then by force.

        raises: StopFailed.
        """
        for step, patience in STOP_STEPS:
            servers = self.postmasters()
            if servers:
                _send(step, servers)
                self._is_over_within(patience, self.postmasters)
        _send(signal.SIGKILL, self.processes())
        if not self._is_over_within(KILL_SECONDS, self.processes):
            raise StopFailed(self.processes())

    def _is_named(self, command: str) -> bool:
        return "/bin/postgres -D " in command and f" cluster_name={self.name} " in f"{command} "

    def _is_by_hand(self, command: str) -> bool:
        return "postgres" in command and f" -D {self.data} " in f"{command} "

    def _is_over_within(self, seconds: float, left: Callable[[], tuple[int, ...]]) -> bool:
        deadline = time.monotonic() + seconds
        while left():
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
        return True


def cluster_of(data: Path) -> Cluster:
    """The cluster whose data lies in this existing folder."""
    found = data.stat()
    return Cluster(data.resolve(), f"trama-{found.st_dev:x}-{found.st_ino:x}")


def is_alive(pid: int) -> bool:
    """Whether a process of this number runs; a zombie does not."""
    return any(pid == other for other, _ in _commands())


def _send(which: signal.Signals, pids: tuple[int, ...]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, which)


def _commands() -> Iterator[tuple[int, str]]:
    """Every process with a command line, as (pid, command)."""
    return _commands_of_proc() if sys.platform == "linux" else _commands_of_ps()


def _commands_of_proc() -> Iterator[tuple[int, str]]:
    for name in os.listdir("/proc"):
        if name.isdigit():
            with suppress(OSError):
                raw = Path("/proc", name, "cmdline").read_bytes()
                if command := raw.replace(b"\0", b" ").decode(errors="replace").strip():
                    yield int(name), command


def _commands_of_ps() -> Iterator[tuple[int, str]]:
    listed = subprocess.run(
        ["/bin/ps", "-A", "-ww", "-o", "pid=,stat=,command="],
        capture_output=True, text=True, errors="replace", check=True,
    ).stdout  # fmt: skip
    for line in listed.splitlines():
        pid, state, command = [*line.split(maxsplit=2), "", ""][:3]
        if not state.startswith("Z"):
            yield int(pid), command
