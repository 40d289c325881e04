"""Ends a server whose owner was killed: `python -m gateway.projection.embedded.watchdog`.

It holds the reading end of a pipe of its owner's, whose end says that the owner is gone. Only who
has the lock may act, so a new owner and this process never meet. Without it all is well too, only
later: the next owner ends what it finds.
"""

import signal
import sys
import time
from pathlib import Path
from typing import IO

from gateway.projection.embedded.ownership import OwnerLock
from gateway.projection.embedded.processes import POLL_SECONDS, cluster_of
from gateway.projection.embedded.sockets import remove_socket_folder


def watch(pipe: IO[bytes], owner_pid: int, lock: OwnerLock, data: Path, sockets: Path) -> None:
    """Wait for the owner's end, then clean up after it unless there is a new owner by now."""
    pipe.read()
    if not _succeed(owner_pid, lock):
        return
    uid = data.stat().st_uid
    cluster_of(data).end()
    remove_socket_folder(sockets, uid)
    lock.release()


def _succeed(owner_pid: int, lock: OwnerLock) -> bool:
    while not lock.try_acquire("watchdog"):
        holder = lock.holder()
        if holder is not None and holder[0] != owner_pid:
            return False
        time.sleep(POLL_SECONDS)
    return True


def main() -> None:
    for unwanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(unwanted, signal.SIG_IGN)
    owner_pid, lock, data, sockets = sys.argv[1:]
    watch(sys.stdin.buffer, int(owner_pid), OwnerLock(Path(lock)), Path(data), Path(sockets))


if __name__ == "__main__":
    main()
