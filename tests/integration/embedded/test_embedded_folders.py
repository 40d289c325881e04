"""No folder is opened to others; what the server cannot reach goes where it can, and is found."""

import os
import shutil
import stat
from pathlib import Path

import pytest

from gateway.projection.embedded import EmbeddedPostgres, supervisor
from gateway.projection.embedded.account import Account, choose_account
from gateway.projection.embedded.binaries import PACKAGE, locate_binaries
from gateway.projection.embedded.errors import (
    DataGone,
    FolderUnusable,
    NoRefuge,
    PasswordMissing,
    StartFailed,
    WrongMajorVersion,
)
from gateway.projection.embedded.refuge import open_refuge
from gateway.projection.embedded.sockets import make_socket_folder
from gateway.projection.embedded.supervisor import Places
from tests.integration.embedded.machine import (
    NOBODY,
    as_nobody,
    ask,
    execute,
    is_running,
    is_there,
    marks_of,
    names_in,
    owner_of,
)

IS_ROOT = os.geteuid() == 0


def private_server(places: Places) -> EmbeddedPostgres:
    return EmbeddedPostgres(places.data_dir, durable=False, places=places)


async def test_no_parents_mode_or_owner_changes(private: Path, private_places: Places) -> None:
    parents = marks_of(private)
    programs = marks_of(locate_binaries().prefix)
    async with private_server(private_places) as server:
        assert await ask(server.dsn, "SELECT 7") == 7
        assert marks_of(private) == parents
        home = marks_of(server.running.home.data)
    async with private_server(private_places) as server:
        assert marks_of(server.running.home.data) == home
    assert marks_of(private) == parents
    assert marks_of(locate_binaries().prefix) == programs


async def test_the_server_is_never_root_and_its_data_is_its_own(private_places: Places) -> None:
    async with private_server(private_places) as server:
        found = server.running.home.data.stat()
        assert found.st_uid == choose_account().uid
        assert found.st_uid != 0
        assert stat.S_IMODE(found.st_mode) == 0o700


async def test_data_is_kept_where_asked_when_the_server_reaches_it(
    data_dir: Path, refuge: Path
) -> None:
    async with private_server(Places(data_dir, refuges=(refuge,))) as server:
        assert server.running.home.data == data_dir / "postgres" / "data"
    assert names_in(refuge) == []


async def test_a_private_folders_note_finds_the_data_again(
    private_places: Places, refuge: Path
) -> None:
    async with private_server(private_places) as server:
        await execute(server.dsn, "CREATE TABLE kept AS SELECT 7 AS seven")
        home = server.running.home.folder
        assert home.parent == (refuge if IS_ROOT else private_places.data_dir)
    async with private_server(private_places) as server:
        assert server.running.home.folder == home
        assert await ask(server.dsn, "SELECT seven FROM kept") == 7
    await server.remove()
    assert not home.exists()


async def test_a_noted_folder_that_is_gone_is_said_and_not_begun_anew(
    private_places: Places, folder: Path, refuge: Path
) -> None:
    server = private_server(private_places)
    await server.start()
    await server.stop()
    note = private_places.data_dir / "postgres" / "cluster.json"
    for said in (f'{{"home": "{refuge}/gone"}}', f'{{"home": "{folder}"}}', "{", "[]"):
        note.write_text(said)
        with pytest.raises(DataGone, match="put it back, or remove"):
            await server.start()
        with pytest.raises(DataGone, match="put it back, or remove"):
            await server.remove()
    assert is_there(folder)


async def test_programs_in_a_private_folder_are_copied_to_where_the_server_reaches_them(
    private: Path, private_places: Places, refuge: Path
) -> None:
    installed = locate_binaries().prefix
    package = private / PACKAGE
    shutil.copytree(installed, package / installed.name, symlinks=True)
    libraries = installed.parents[1] / f"{PACKAGE}.libs"
    shutil.copytree(libraries, private / libraries.name)
    parents = marks_of(package / installed.name)
    places = Places(private_places.data_dir, package=package, refuges=(refuge,))
    for _ in range(2):
        async with private_server(places) as server:
            assert await ask(server.dsn, "SELECT 7") == 7
    assert len(names_in(refuge, "postgres-18.*")) == (1 if IS_ROOT else 0)
    assert marks_of(package / installed.name) == parents


def test_a_refuge_that_others_may_write_is_not_taken(refuge: Path) -> None:
    refuge.mkdir()
    refuge.chmod(0o777)
    with pytest.raises(NoRefuge, match="choose a data folder that it may enter"):
        open_refuge(choose_account(), (refuge,))
    assert stat.S_IMODE(refuge.stat().st_mode) == 0o777


def test_a_refuge_that_is_private_is_not_opened(private: Path) -> None:
    chosen = choose_account()
    if chosen.is_us:
        assert open_refuge(chosen, (private,)) == private
    else:
        with pytest.raises(NoRefuge):
            open_refuge(chosen, (private,))
    assert stat.S_IMODE(private.stat().st_mode) == 0o700


async def test_another_major_versions_data_is_refused_untouched(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir, durable=False)
    await server.start()
    await server.stop()
    version = data_dir / "postgres" / "data" / "PG_VERSION"
    version.write_text("16\n")
    with pytest.raises(WrongMajorVersion, match="was written by Postgres 16, and this is") as seen:
        await server.start()
    assert (seen.value.found, seen.value.needed) == ("16", "18")
    version.write_text("18\n")
    async with server:
        assert await ask(server.dsn, "SELECT 7") == 7


async def test_data_without_its_password_is_said(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir, durable=False)
    await server.start()
    await server.stop()
    (data_dir / "postgres" / "password").unlink()
    with pytest.raises(PasswordMissing, match="put it back"):
        await server.start()


async def test_a_start_that_fails_shows_the_log_and_leaves_nothing(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []

    def noting(account: Account) -> Path:
        made.append(make_socket_folder(account))
        return made[-1]

    monkeypatch.setattr(supervisor, "make_socket_folder", noting)
    server = EmbeddedPostgres(data_dir, durable=False)
    await server.start()
    assert made == [server.running.socket_folder]
    await server.stop()
    settings = data_dir / "postgres" / "data" / "postgresql.conf"
    with settings.open("a") as file:
        file.write("no_such_setting = 1\n")
    with pytest.raises(StartFailed) as failure:
        await server.start()
    assert any("no_such_setting" in line for line in failure.value.log_lines)
    assert "no_such_setting" in str(failure.value)
    assert [folder.exists() for folder in made] == [False, False]
    with pytest.raises(StartFailed):
        await server.start()


async def test_a_file_in_the_data_folders_place_is_said() -> None:
    with pytest.raises(FolderUnusable, match="choose another data folder"):
        await EmbeddedPostgres(Path(__file__)).start()


async def test_a_plain_user_owns_its_server_and_all_its_files(folder: Path) -> None:
    theirs = folder / "theirs"
    theirs.mkdir(mode=0o700)
    if IS_ROOT:
        os.chown(theirs, NOBODY, NOBODY)
    parents = marks_of(theirs)
    with owner_of(theirs / "data", prefix=as_nobody()) as owner:
        uid = owner.pid_of("uid")
        assert uid != 0
        assert Path(owner.text("data")) == theirs / "data" / "postgres" / "data"
        assert {path.stat().st_uid for path in theirs.rglob("*")} == {uid}
        assert await ask(owner.text("dsn"), "SELECT 7") == 7
        family = [owner.pid_of("postmaster"), owner.pid_of("watchdog")]
        owner.kill()
        with owner_of(theirs / "data", prefix=as_nobody()) as second:
            assert await ask(second.text("dsn"), "SELECT 7") == 7
            family += [second.pid_of("postmaster"), second.pid_of("watchdog")]
    assert [pid for pid in family if is_running(pid)] == []
    assert marks_of(theirs) == parents


async def test_a_plain_user_is_told_whose_the_data_is(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir, durable=False)
    await server.start()
    await server.stop()
    with owner_of(data_dir, prefix=as_nobody()) as owner:
        expected = "DataOfAnother" if IS_ROOT else None
        assert owner.said.get("error") == expected
