"""Making the data folder of a new server, whole or not at all."""

import shutil
import tempfile
from pathlib import Path

from gateway.projection.embedded.binaries import Binaries
from gateway.projection.embedded.datadir import Home
from gateway.projection.embedded.errors import StartFailed, WrongMajorVersion

SUPERUSER = "trama"
DRAFT_PREFIX = ".data-"


def initialise(home: Home, binaries: Binaries, password: str, log: Path) -> None:
    """Make `home.data`: UTF-8, C.UTF-8 on every system, entered by password only.

    raises: StartFailed.
    """
    _remove_drafts(home)
    draft = _own_folder(home)
    key = _password_file(home, draft, password)
    data = draft / "data"
    command: list[str | Path] = [
        binaries.initdb, "-D", data, "--username", SUPERUSER, f"--pwfile={key}",
        "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8", "--no-sync", "--no-instructions",
    ]  # fmt: skip
    with log.open("ab") as output, home.account.spawn(command, output) as process:
        code = process.wait()
    if code != 0:
        raise StartFailed(f"initdb ended with {code}", log, last_lines(log))
    data.rename(home.data)
    shutil.rmtree(draft)


def check_version(home: Home, binaries: Binaries) -> None:
    """raises: WrongMajorVersion."""
    version = home.data / "PG_VERSION"
    found = version.read_text().strip() if version.exists() else "an unknown version"
    if found != binaries.major:
        raise WrongMajorVersion(home.data, found, binaries.major)


def last_lines(log: Path, count: int = 20) -> tuple[str, ...]:
    """The end of the server's log."""
    if not log.exists():
        return ()
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 16_384))
        return tuple(file.read().decode(errors="replace").splitlines()[-count:])


def _own_folder(home: Home) -> Path:
    draft = Path(tempfile.mkdtemp(prefix=DRAFT_PREFIX, dir=home.folder))
    home.account.give(draft)
    return draft


def _password_file(home: Home, draft: Path, password: str) -> Path:
    key = draft / "password"
    key.touch(mode=0o600)
    key.write_text(password)
    home.account.give(key)
    return key


def _remove_drafts(home: Home) -> None:
    for draft in home.folder.glob(f"{DRAFT_PREFIX}*"):
        shutil.rmtree(draft)
