"""The private folder of the server's socket: short, because a socket's path has ~100 bytes."""

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from gateway.projection.embedded.account import Account
from gateway.projection.embedded.errors import NoRefuge

PREFIX = "trama-"
PORT = 5432
SOCKET = f".s.PGSQL.{PORT}"
LONGEST_PATH_BYTES = 100


def make_socket_folder(account: Account) -> Path:
    """A new folder with mode 0700 that is the account's own.

    raises: NoRefuge.
    """
    for base in _bases(account):
        length = len(os.fsencode(base / f"{PREFIX}12345678" / SOCKET))
        if length <= LONGEST_PATH_BYTES and os.access(base, os.W_OK) and account.may_enter(base):
            folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
            account.give(folder)
            return folder
    raise NoRefuge(
        f"no folder for the server's socket is short enough and user {account.name}'s to enter: "
        "set TMPDIR to one"
    )


def remove_socket_folder(folder: Path, owner_uid: int) -> None:
    """Remove a folder that `make_socket_folder` made; anything else is left alone."""
    with suppress(OSError):
        found = folder.lstat()
        is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == owner_uid
        if folder.name.startswith(PREFIX) and is_ours:
            clear_socket_folder(folder)
            folder.rmdir()


def clear_socket_folder(folder: Path) -> None:
    """Remove a dead server's socket and its lock."""
    for name in (SOCKET, f"{SOCKET}.lock"):
        (folder / name).unlink(missing_ok=True)


def _bases(account: Account) -> list[Path]:
    runtime = os.environ.get("XDG_RUNTIME_DIR") if account.is_us else None
    named = [Path(runtime)] if runtime else []
    return [*named, Path("/", "tmp"), Path(tempfile.gettempdir())]
