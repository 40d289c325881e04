"""The lock by which one process owns a data folder; the kernel releases it with its owner."""

import fcntl
import json
import os
import time
from pathlib import Path

from gateway.projection.embedded.errors import DataInUse
from gateway.projection.embedded.processes import POLL_SECONDS, is_alive

HANDOVER_SECONDS = 45.0


class OwnerLock:
    """Held by an owner for as long as it lives, or by the watchdog while it cleans up after one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def try_acquire(self, role: str) -> bool:
        """Take the lock if it is free, and write down who has it."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "role": role}).encode(), 0)
        self._descriptor = descriptor
        return True

    def acquire(self) -> None:
        """Become the owner; wait only for what is left of an owner that has died.

        raises: DataInUse.
        """
        deadline = time.monotonic() + HANDOVER_SECONDS
        while not self.try_acquire("owner"):
            holder = self.holder()
            is_being_released = holder is None or holder[1] != "owner" or not is_alive(holder[0])
            if not is_being_released or time.monotonic() > deadline:
                raise DataInUse(self.path.parent, None if holder is None else holder[0])
            time.sleep(POLL_SECONDS)

    def holder(self) -> tuple[int, str] | None:
        """The pid and role last written down; None while they are being written."""
        try:
            said = json.loads(self.path.read_bytes())
            return int(said["pid"]), str(said["role"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def release(self) -> None:
        """Let go, if held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
