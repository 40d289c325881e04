"""What is tracked belongs to everybody: no machine's paths, no index, no data, no dead links."""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LARGEST_TABLE_BYTES = 50_000
DATA = {".parquet", ".arrow", ".feather", ".sqlite", ".duckdb", ".xlsx", ".dump"}
TABLES = {".csv", ".tsv", ".jsonl", ".ndjson"}
# A path that begins at the root of a developer's machine; `a/work/b` and `~/work` do not.
HOME = re.compile(r"(?<![\w.~$})-])/(?:work|root|home|Users)/")
LINK = re.compile(r"(?<!\!)\[[^\]]*\]\(([^)\s]+)\)")


@cache
def tracked() -> tuple[Path, ...]:
    """Answer the files that git tracks and that are there."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    )
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return tuple(path for path in paths if path.is_file())


def text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


def named(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def test_the_repository_is_seen() -> None:
    assert ROOT / "pyproject.toml" in tracked()


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    others = [path for path in tracked() if path != Path(__file__)]
    assert named([path for path in others if HOME.search(text_of(path))]) == []


def test_no_lock_names_a_package_index() -> None:
    locks = [path for path in tracked() if path.name.endswith((".lock", "-lock.json"))]
    assert ROOT / "requirements.lock" in locks
    said = re.compile(r'--(?:extra-)?index-url|--find-links|"resolved"|^[^#"\n]*https?://', re.M)
    assert named([path for path in locks if said.search(text_of(path))]) == []


def test_no_setting_of_a_package_client_names_an_index() -> None:
    names = {".npmrc", "pip.conf", "uv.toml", ".yarnrc.yml", "pyproject.toml", "Dockerfile"}
    told = re.compile(r"registry\s*=|index-url|extra-index|\[\[tool\.uv\.index\]\]")
    files = [path for path in tracked() if path.name in names]
    assert named([path for path in files if told.search(text_of(path))]) == []


def test_no_data_set_is_tracked() -> None:
    assert named([path for path in tracked() if path.suffix in DATA]) == []
    tables = [path for path in tracked() if path.suffix in TABLES]
    assert named([p for p in tables if p.stat().st_size > LARGEST_TABLE_BYTES]) == []


@pytest.mark.parametrize("page", [str(p.relative_to(ROOT)) for p in tracked() if p.suffix == ".md"])
def test_the_links_of_a_page_lead_somewhere(page: str) -> None:
    links = [link.split("#")[0] for link in LINK.findall(text_of(ROOT / page))]
    near = [link for link in links if link and "://" not in link and not link.startswith("mailto:")]
    assert [link for link in near if not ((ROOT / page).parent / link).exists()] == []


@pytest.mark.parametrize(
    ("text", "is_named"),
    [
        ("see /ho" + "me/ana/trama", True),
        ('"/wo' + 'rk/main"', True),
        ("benchmarks/work/", False),
        ("$HOME/work/x and ~/work/x", False),
    ],
)
def test_a_machines_path_is_told_from_a_relative_one(text: str, is_named: bool) -> None:
    assert bool(HOME.search(text)) is is_named
