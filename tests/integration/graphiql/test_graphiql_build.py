"""The assets are built once, need no other host, and their absence is an answer, not a crash."""

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.web.graphiql import AssetsUnavailable, ensure_assets
from gateway.web.graphiql.build import BUNDLE
from tests.conformance.test_graphql_over_http import PACKAGE as AUDITS
from tests.integration.graphiql.chrome import PACKAGE

# Named in texts and XML, asked by nobody: the browser's test sees what is really fetched.
INERT_HOSTS = {
    "code.visualstudio.com",
    "commonmark.org",
    "en.wikipedia.org",
    "github.com",
    "json-schema.org",
    "microsoft.com",
    "prettier.io",
    "react.dev",
    "www.w3.org",
    "yarnpkg.com",
}
LICENCES = {"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"}
ALLOWED_BY_NAME = {"bundle": {"node_modules/argparse": "PSF-2.0"}}


@pytest.fixture
def silent_registry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A registry that takes calls and never answers, and nothing in npm's own cache."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{port}/")
        monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
        yield


@pytest.fixture
def no_registry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A registry that refuses calls, and nothing in npm's own cache."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{port}/")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))


def test_two_who_build_at_once_get_the_same_folder(
    built_by_two: tuple[Path, list[Path]],
) -> None:
    cache, (first, second) = built_by_two
    assert first == second
    assert list(cache.iterdir()) == [first]


def test_what_is_built_is_not_built_again(built_by_two: tuple[Path, list[Path]]) -> None:
    cache, (first, _) = built_by_two
    said: list[str] = []
    assert ensure_assets(cache, said.append) == first
    assert said == []


def test_the_assets_name_no_host_that_could_be_asked(assets: Path) -> None:
    scripts = "".join(path.read_text("utf-8") for path in sorted(assets.glob("*.js")))
    assert set(re.findall(r"https?://([a-z0-9.-]+\.[a-z]{2,})", scripts)) <= INERT_HOSTS
    styles = "".join(path.read_text("utf-8") for path in sorted(assets.glob("*.css")))
    assert re.findall(r"@import|url\(\s*[\"']?(?:https?:)?//", styles) == []


def test_the_assets_carry_the_licences_of_what_is_in_them(assets: Path) -> None:
    told = (assets / "LICENSES.txt").read_text("utf-8")
    for package in ("graphiql 5.4.0 (MIT)", "monaco-editor 0.52.2 (MIT)", "react 19.3.1 (MIT)"):
        assert package in told
    assert "Permission is hereby granted, free of charge" in told


def test_without_a_registry_the_reason_is_told_and_nothing_is_left(
    no_registry: None, tmp_path: Path
) -> None:
    said: list[str] = []
    with pytest.raises(AssetsUnavailable) as raised:
        ensure_assets(tmp_path / "cache", said.append)
    assert raised.value.reason == (
        "GraphiQL could not be fetched and bundled (npm failed with status 1; ECONNREFUSED)"
    )
    assert said == ["Fetching and bundling GraphiQL (once; half a minute or so)..."]
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_registry_that_never_answers_is_given_up(silent_registry: None, tmp_path: Path) -> None:
    with pytest.raises(AssetsUnavailable) as raised:
        ensure_assets(tmp_path / "cache", print, deadline_seconds=2)
    assert raised.value.reason == (
        "GraphiQL could not be fetched and bundled (npm did not finish within 2 s)"
    )
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(AssetsUnavailable, match="could not be written to disk"):
        ensure_assets(tmp_path / "taken", print)


@pytest.mark.parametrize("folder", [BUNDLE, PACKAGE, AUDITS], ids=["page", "browser", "audits"])
def test_a_lock_pins_by_hash_names_no_registry_and_has_licences_that_we_may_use(
    folder: Path,
) -> None:
    lock = json.loads((folder / "package-lock.json").read_text("utf-8"))
    packages = {name: told for name, told in lock["packages"].items() if name}
    assert [name for name, told in packages.items() if "integrity" not in told] == []
    assert [name for name, told in packages.items() if "resolved" in told] == []
    unusable = {
        name: told.get("license")
        for name, told in packages.items()
        if told.get("license") not in LICENCES
    }
    assert unusable == ALLOWED_BY_NAME.get(folder.name, {})
