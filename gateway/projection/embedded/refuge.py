"""A folder of ours that the server's user reaches when the data folder is private to root."""

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from gateway.projection.embedded.account import Account
from gateway.projection.embedded.errors import NoRefuge

CANDIDATES = (Path("/", "var", "lib", "trama"), Path("/", "var", "tmp", "trama"))


def open_refuge(account: Account, candidates: Sequence[Path] = CANDIDATES) -> Path:
    """The first candidate that is ours alone to write and the account's to enter; made if absent.

    An existing folder is taken as it is or not at all: its mode is never changed.
    """
    for folder in candidates:
        if _made_or_there(folder) and _is_ours_alone(folder) and account.may_enter(folder):
            return folder
    raise NoRefuge(
        f"user {account.name} reaches none of {', '.join(map(str, candidates))}: choose a data "
        f"folder that it may enter, and install Trama where it may read"
    )


def _made_or_there(folder: Path) -> bool:
    try:
        folder.mkdir()
    except FileExistsError:
        return True
    except OSError:
        return False
    folder.chmod(0o711)
    return True


def _is_ours_alone(folder: Path) -> bool:
    found = folder.lstat()
    is_writable_by_others = bool(found.st_mode & (stat.S_IWGRP | stat.S_IWOTH))
    return (
        stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not is_writable_by_others
    )
