"""The user of the operating system that the server runs as: us, or somebody less than root."""

import errno
import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from gateway.projection.embedded.errors import NoServerAccount

PREFERRED = ("trama", "postgres", "nobody")
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True)
class Account:
    """A user by name and numbers; `is_us` when no change of user is needed."""

    name: str
    uid: int
    gid: int

    @property
    def is_us(self) -> bool:
        return self.uid == os.geteuid()

    def spawn(
        self, command: Sequence[str | Path], output: IO[bytes] | int
    ) -> subprocess.Popen[bytes]:
        """Start a program as this user: no inherited environment, groups, terminal or folder.

        raises: NoServerAccount when we may not become it.
        """
        try:
            return self._popen(command, output)
        except PermissionError as error:
            if error.errno != errno.EPERM:
                raise
            raise NoServerAccount(
                f"root here may not become {self.name}: run as a plain user, or grant the "
                "capabilities SETUID and SETGID"
            ) from error

    def _popen(
        self, command: Sequence[str | Path], output: IO[bytes] | int
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=ENVIRONMENT,
            umask=0o077,
            start_new_session=True,
            user=None if self.is_us else self.uid,
            group=None if self.is_us else self.gid,
            extra_groups=None if self.is_us else [],
        )

    def may_enter(self, folder: Path) -> bool:
        """Whether this user reaches what lies in the folder; tried, so access lists count too."""
        return self._succeeds(["/bin/sh", "-c", 'cd -- "$1"', "sh", folder])

    def may_run(self, program: Path) -> bool:
        """Whether this user can run the program where it lies."""
        try:
            return self._succeeds([program, "--version"])
        except PermissionError:
            return False

    def give(self, path: Path) -> None:
        """Make a file or folder that we have just created this user's own."""
        if not self.is_us:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def _succeeds(self, command: Sequence[str | Path]) -> bool:
        with self.spawn(command, subprocess.DEVNULL) as process:
            return process.wait() == 0


def choose_account() -> Account:
    """Us, unless we are root; then the first of `PREFERRED` that this machine knows."""
    if os.geteuid() != 0:
        return account_of(os.geteuid())
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in PREFERRED:
        if name in known and known[name].pw_uid != 0:
            return Account(name, known[name].pw_uid, known[name].pw_gid)
    raise NoServerAccount(
        "Postgres does not run as root, and there is none of the users "
        f"{', '.join(PREFERRED)}: create one (useradd --system trama), or run as a plain user"
    )


def account_of(uid: int) -> Account:
    """The account with this number; a number without a name is refused by Postgres itself."""
    try:
        entry = pwd.getpwuid(uid)
    except KeyError as error:
        raise NoServerAccount(
            f"user {uid} has no name on this machine, and Postgres asks for one: add the user"
        ) from error
    return Account(entry.pw_name, uid, entry.pw_gid)
