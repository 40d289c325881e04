"""The owner's end of the watchdog: a child process that outlives it by what the stop takes."""

import os
import subprocess
import sys
from pathlib import Path

import structlog

import gateway
from gateway.projection.embedded.account import ENVIRONMENT

PROGRAM = "gateway.projection.embedded.watchdog"

log = structlog.get_logger("trama.postgres")


class Watchdog:
    """Watches this process from its making until it is dismissed; all goes well without it too."""

    def __init__(self, lock: Path, data: Path, socket_folder: Path) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._process = _spawn([str(os.getpid()), str(lock), str(data), str(socket_folder)])
        except OSError as error:
            log.warning("postgres.unwatched", error=str(error))

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def dismiss(self) -> None:
        """End it, as there is nothing to watch any more."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()


def _spawn(arguments: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", PROGRAM, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={**ENVIRONMENT, "PYTHONPATH": str(Path(gateway.__file__).parents[1])},
        start_new_session=True,
    )
