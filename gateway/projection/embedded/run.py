"""One server's process: started, watched, started anew when it dies unasked, and stopped."""

import subprocess
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from gateway.projection.embedded.account import Account
from gateway.projection.embedded.cluster import last_lines
from gateway.projection.embedded.errors import EmbeddedPostgresError, StartFailed
from gateway.projection.embedded.pidfile import PidFile
from gateway.projection.embedded.processes import POLL_SECONDS, Cluster
from gateway.projection.embedded.sockets import clear_socket_folder

START_SECONDS = 60.0
MOST_RESTARTS = 5
RESTARTS_WITHIN_SECONDS = 60.0

log = structlog.get_logger("trama.postgres")


@dataclass(frozen=True)
class Order:
    """What to run, as whom, and where it says how it went."""

    command: Sequence[str | Path]
    account: Account
    cluster: Cluster
    socket_folder: Path
    log: Path


class Run:
    """Keeps one server up between `start` and `stop`."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()
        self._is_stopping = False
        self._keeper = threading.Thread(target=self._keep, name="postgres-keeper", daemon=True)
        self._deaths: deque[float] = deque(maxlen=MOST_RESTARTS)

    @property
    def pid(self) -> int:
        """The server's latest process.

        raises: RuntimeError before the start.
        """
        if self._process is None:
            raise RuntimeError("the server has not been started")
        return self._process.pid

    def start(self) -> None:
        """Start the server and wait until it takes connections.

        raises: StartFailed.
        """
        self._launch()
        self._keeper.start()

    def stop(self) -> None:
        """End the server and everything it started, and reap it.

        raises: StopFailed.
        """
        with self._turn:
            self._is_stopping = True
            self._order.cluster.end()
        if self._keeper.is_alive():
            self._keeper.join()
        if self._process is not None:
            self._process.wait()

    def _launch(self) -> None:
        self.clear()
        with self._order.log.open("ab") as output:
            self._process = self._order.account.spawn(self._order.command, output)
        deadline = time.monotonic() + START_SECONDS
        while not PidFile(self._order.cluster.data).is_ready(self._process.pid):
            if self._process.poll() is not None:
                raise self._failed(f"Postgres ended with {self._process.returncode} at its start")
            if time.monotonic() > deadline:
                self._order.cluster.end()
                raise self._failed(f"Postgres was not ready within {START_SECONDS:g} s")
            time.sleep(POLL_SECONDS)

    def clear(self) -> None:
        """End what an earlier run has left, and remove what would keep a new one from starting."""
        self._order.cluster.end()
        PidFile(self._order.cluster.data).path.unlink(missing_ok=True)
        clear_socket_folder(self._order.socket_folder)

    def _keep(self) -> None:
        while self._process is not None:
            code = self._process.wait()
            with self._turn:
                if self._is_stopping or not self._start_anew(code):
                    return

    def _start_anew(self, code: int) -> bool:
        now = time.monotonic()
        is_hopeless = len(self._deaths) == MOST_RESTARTS and (
            now - self._deaths[0] < RESTARTS_WITHIN_SECONDS
        )
        self._deaths.append(now)
        if is_hopeless:
            log.error("postgres.given_up", exit_code=code, log=str(self._order.log))
            return False
        log.warning("postgres.died", exit_code=code, log=str(self._order.log))
        try:
            self._launch()
        except (EmbeddedPostgresError, OSError) as error:
            log.error("postgres.not_restarted", error=str(error))
            return False
        return True

    def _failed(self, what: str) -> StartFailed:
        return StartFailed(what, self._order.log, last_lines(self._order.log))
