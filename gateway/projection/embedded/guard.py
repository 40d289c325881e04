"""The owner's end of the watchdog: a child process that outlives it by what the stop takes."""

import os
import subprocess
import sys
from pathlib import Path

import gateway
from gateway.projection.embedded.account import ENVIRONMENT

PROGRAM = "gateway.projection.embedded.watchdog"
FAREWELL = b"stopped\n"
LEAVE_SECONDS = 10.0


class Watchdog:
    """Watches this process from its making until it is dismissed."""

    def __init__(self, lock: Path, data: Path, socket_folder: Path) -> None:
        command = [sys.executable, "-P", "-m", PROGRAM]
        self._process = subprocess.Popen(
            [*command, str(os.getpid()), str(lock), str(data), str(socket_folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={**ENVIRONMENT, "PYTHONPATH": str(Path(gateway.__file__).parents[1])},
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def dismiss(self) -> None:
        """Say that there is nothing to watch any more, and wait until it has left."""
        try:
            self._process.communicate(FAREWELL, timeout=LEAVE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
