"""Owns a data folder and the server on it: everything taken at start is given back at stop."""

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from gateway.projection.embedded import datadir, refuge
from gateway.projection.embedded.binaries import Binaries, locate_binaries, reachable_binaries
from gateway.projection.embedded.cluster import check_version, initialise
from gateway.projection.embedded.datadir import DataDir, Home
from gateway.projection.embedded.guard import Watchdog
from gateway.projection.embedded.options import server_command
from gateway.projection.embedded.ownership import OwnerLock
from gateway.projection.embedded.pidfile import PidFile
from gateway.projection.embedded.processes import Cluster, cluster_of
from gateway.projection.embedded.run import Order, Run
from gateway.projection.embedded.sockets import make_socket_folder, remove_socket_folder


@dataclass(frozen=True)
class Places:
    """Where to keep the data, where the programs come from, and where to go if both are private."""

    data_dir: Path
    package: Path | None = None
    refuges: Sequence[Path] = refuge.CANDIDATES


@dataclass(frozen=True)
class Running:
    """What a client, and whoever looks after the machine, must know of a running server."""

    socket_folder: Path
    password: str = field(repr=False)
    run: Run = field(repr=False)
    watchdog_pid: int | None
    home: Home


class Supervisor:
    """The owner of one data folder between `start` and `stop`; blocking, safe from any thread."""

    def __init__(self, places: Places, *, durable: bool) -> None:
        self._places = places
        self._durable = durable
        self._turn = threading.Lock()
        self._undo = ExitStack()
        self.running: Running | None = None

    def start(self) -> Running:
        """The running server; started unless it is.

        raises: EmbeddedPostgresError, by its kind.
        """
        with self._turn:
            if self.running is None:
                with ExitStack() as undo:
                    self.running = self._bring_up(undo)
                    self._undo = undo.pop_all()
            return self.running

    def stop(self) -> None:
        """Stop the server and let go of the data folder; nothing if it is not running."""
        with self._turn:
            self.running = None
            self._undo.close()

    def remove(self) -> None:
        """Stop, and remove the data for good."""
        self.stop()
        place = datadir.open_data_dir(self._places.data_dir)
        lock = OwnerLock(place.lock)
        lock.acquire()
        try:
            if (data := place.home(self._places.refuges) / "data").exists():
                cluster_of(data).end()
            datadir.remove(place, self._places.refuges)
        finally:
            lock.release()

    def _bring_up(self, undo: ExitStack) -> Running:
        place = datadir.open_data_dir(self._places.data_dir)
        lock = OwnerLock(place.lock)
        lock.acquire()
        undo.callback(lock.release)
        home = datadir.settle(place, self._places.refuges)
        binaries = self._binaries(home)
        password = place.password(is_new=home.is_new)
        if home.is_new:
            initialise(home, binaries, password, place.log)
        check_version(home, binaries)
        cluster = cluster_of(home.data)
        _end_leftovers(cluster, home)
        sockets = make_socket_folder(home.account)
        undo.callback(remove_socket_folder, sockets, home.account.uid)
        watchdog = Watchdog(place.lock, cluster.data, sockets)
        undo.callback(watchdog.dismiss)
        run = self._run(place, home, binaries, cluster, sockets)
        undo.callback(run.stop)
        run.start()
        return Running(sockets, password, run, watchdog.pid, home)

    def _binaries(self, home: Home) -> Binaries:
        binaries = locate_binaries(self._places.package)
        return reachable_binaries(binaries, home.account, self._places.refuges)

    def _run(
        self, place: DataDir, home: Home, binaries: Binaries, cluster: Cluster, sockets: Path
    ) -> Run:
        command = server_command(binaries, cluster, sockets, durable=self._durable)
        return Run(Order(command, home.account, cluster, sockets, place.log))


def _end_leftovers(cluster: Cluster, home: Home) -> None:
    sockets = PidFile(cluster.data).socket_folder
    cluster.end()
    if sockets is not None:
        remove_socket_folder(sockets, home.account.uid)
