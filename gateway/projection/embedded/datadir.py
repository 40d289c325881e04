"""Where the parts of one embedded Postgres lie.

`DATA_DIR/postgres/` always has the owner's lock, the password, the log and, when the server's user
cannot reach it, `cluster.json`: a note of the folder of ours that has the data instead.
"""

import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.projection.embedded import refuge
from gateway.projection.embedded.account import Account, account_of, choose_account
from gateway.projection.embedded.errors import (
    DataGone,
    DataOfAnother,
    FolderUnusable,
    PasswordMissing,
)


@dataclass(frozen=True)
class DataDir:
    """The folder `DATA_DIR/postgres`."""

    folder: Path

    @property
    def lock(self) -> Path:
        return self.folder / "owner.lock"

    @property
    def password_file(self) -> Path:
        return self.folder / "password"

    @property
    def log(self) -> Path:
        return self.folder / "postgres.log"

    @property
    def note(self) -> Path:
        return self.folder / "cluster.json"

    def password(self, *, is_new: bool) -> str:
        """The password to the data; drawn and kept (mode 0600) when the data is yet to be made.

        raises: PasswordMissing.
        """
        if not self.password_file.exists():
            if not is_new:
                raise PasswordMissing(self.password_file)
            write_whole(self.password_file, secrets.token_urlsafe(24))
        return self.password_file.read_text().strip()

    def home(self, refuges: Sequence[Path]) -> Path:
        """The folder that has the data, or is to have it: this one, or one in a refuge.

        raises: DataGone when the note cannot be read or names any other.
        """
        if not self.note.exists():
            return self.folder
        try:
            home = Path(json.loads(self.note.read_text())["home"])
        except (ValueError, KeyError, TypeError) as error:
            raise DataGone(self.note, "any folder") from error
        if home.parent not in refuges or not home.is_dir():
            raise DataGone(self.note, str(home))
        return home


@dataclass(frozen=True)
class Home:
    """The folder whose `data` the account's server writes."""

    folder: Path
    account: Account

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def is_new(self) -> bool:
        return not self.data.exists()


def open_data_dir(data_dir: Path) -> DataDir:
    """`DATA_DIR/postgres`, made if absent; what exists keeps its mode and owner.

    raises: DataOfAnother, FolderUnusable.
    """
    place = DataDir(data_dir.resolve() / "postgres")
    try:
        for path in (place.folder.parent, place.folder):
            _make(path, 0o711 if os.geteuid() == 0 else 0o700)
    except OSError as error:
        raise FolderUnusable(place.folder, error.strerror) from error
    if not os.access(place.folder, os.R_OK | os.W_OK | os.X_OK):
        raise DataOfAnother(place.folder, account_of(place.folder.stat().st_uid).name)
    place.log.touch(mode=0o600)
    return place


def settle(place: DataDir, refuges: Sequence[Path] = refuge.CANDIDATES) -> Home:
    """The home that is noted or has data, else a new one that the server's user can reach.

    raises: DataGone, DataOfAnother, NoRefuge, NoServerAccount.
    """
    folder = place.home(refuges)
    if (folder / "data").exists():
        return Home(folder, _account_of_data(folder / "data"))
    account = choose_account()
    if account.may_enter(folder):
        return Home(folder, account)
    return Home(_home_in_refuge(place, account, refuges), account)


def remove(place: DataDir, refuges: Sequence[Path]) -> None:
    """Remove the data wherever it lies, and then what is known of it."""
    home = place.home(refuges)
    if home != place.folder:
        shutil.rmtree(home, ignore_errors=True)
    shutil.rmtree(place.folder)


def write_whole(path: Path, text: str) -> None:
    """Write a file (mode 0600) so that a crash leaves the old one or the new one."""
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(draft).replace(path)


def _make(folder: Path, mode: int) -> None:
    if not folder.is_dir():
        folder.mkdir(parents=True)
        folder.chmod(mode)


def _account_of_data(data: Path) -> Account:
    account = account_of(data.stat().st_uid)
    if not account.is_us and os.geteuid() != 0:
        raise DataOfAnother(data, account.name)
    return account if account.uid != 0 else choose_account()


def _home_in_refuge(place: DataDir, account: Account, refuges: Sequence[Path]) -> Path:
    home = Path(tempfile.mkdtemp(prefix="data-", dir=refuge.open_refuge(account, refuges)))
    home.chmod(0o711)
    write_whole(place.note, json.dumps({"home": str(home), "data_of": str(place.folder)}))
    return home
