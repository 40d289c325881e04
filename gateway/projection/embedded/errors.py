"""What may go wrong with the embedded Postgres; every message says what to do.

EmbeddedPostgresError
├── BinariesMissing      the package with the binaries is not installed, or has no server
├── NoServerAccount      we are root and there is no user to run the server as
├── NoRefuge             the server's user reaches neither the data folder nor one of ours
├── FolderUnusable       the data folder can be neither made nor entered
├── DataInUse            another process owns this data folder (owner_pid)
├── DataGone             the note names a folder of ours that is no longer there
├── DataOfAnother        the data belongs to another user
├── WrongMajorVersion    the data was written by another major version (found, needed)
├── PasswordMissing      there is data, but the password to it is gone
├── StartFailed          the server did not start (log_lines)
└── StopFailed           the server did not stop, whatever it was sent
"""

from pathlib import Path


class EmbeddedPostgresError(Exception):
    """Anything that goes wrong between us and the Postgres that we run."""


class BinariesMissing(EmbeddedPostgresError):
    """The package with the binaries is not installed, or has no server."""


class NoServerAccount(EmbeddedPostgresError):
    """Postgres refuses to run as root, and there is no other user to run it as."""


class NoRefuge(EmbeddedPostgresError):
    """The server's user reaches neither the data folder nor one of ours."""


class FolderUnusable(EmbeddedPostgresError):
    """The data folder can be neither made nor entered."""

    def __init__(self, folder: Path, why: str | None) -> None:
        super().__init__(f"{folder} cannot be used ({why}): choose another data folder")


class DataInUse(EmbeddedPostgresError):
    """Another process owns this data folder."""

    def __init__(self, folder: Path, owner_pid: int | None) -> None:
        self.owner_pid = owner_pid
        owner = "another process" if owner_pid is None else f"process {owner_pid}"
        super().__init__(
            f"{folder} is in use by {owner}: stop it first, or choose another data folder"
        )


class DataOfAnother(EmbeddedPostgresError):
    """The data belongs to another user of this machine."""

    def __init__(self, folder: Path, owner: str) -> None:
        super().__init__(
            f"{folder} belongs to {owner}: run as {owner} or as root, or choose another data folder"
        )


class DataGone(EmbeddedPostgresError):
    """The note names a folder of ours that is no longer there."""

    def __init__(self, note: Path, home: str) -> None:
        super().__init__(
            f"the data is not at {home}, where {note} says it is: put it back, or remove "
            f"{note.parent} to start empty"
        )


class WrongMajorVersion(EmbeddedPostgresError):
    """The data was written by another major version of Postgres."""

    def __init__(self, folder: Path, found: str, needed: str) -> None:
        self.found = found
        self.needed = needed
        super().__init__(
            f"{folder} was written by Postgres {found}, and this is Postgres {needed}: move it "
            f"with pg_dump of {found}, or remove the folder to start empty"
        )


class PasswordMissing(EmbeddedPostgresError):
    """There is data, but the password to it is gone."""

    def __init__(self, password: Path) -> None:
        super().__init__(
            f"{password} is missing, and without it nobody enters the database: put it back, or "
            f"remove {password.parent} to start empty"
        )


class StartFailed(EmbeddedPostgresError):
    """The server did not start."""

    def __init__(self, what: str, log: Path, log_lines: tuple[str, ...]) -> None:
        self.log_lines = log_lines
        said = "\n".join(f"  {line}" for line in log_lines) or "  (nothing)"
        super().__init__(f"{what}: mend what the end of {log} says, and start again.\n{said}")


class StopFailed(EmbeddedPostgresError):
    """The server did not stop, whatever it was sent."""

    def __init__(self, pids: tuple[int, ...]) -> None:
        super().__init__(f"Postgres does not stop: look at its processes {pids} and end them")
