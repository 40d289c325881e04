"""The beginning of a connector runs as it is written, but for what its author has to fill in."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli.connectors import app

ROOT = Path(__file__).parents[3]
PACKAGE = "trama_acme_erp"
FILES = {
    "pyproject.toml",
    f"{PACKAGE}/README.md",
    f"{PACKAGE}/__init__.py",
    f"{PACKAGE}/client.py",
    f"{PACKAGE}/connector.py",
    f"{PACKAGE}/manifest.toml",
    f"{PACKAGE}/mapping.py",
    f"{PACKAGE}/sandbox/__init__.py",
    f"{PACKAGE}/sandbox/__main__.py",
    f"{PACKAGE}/sandbox/kit.py",
    f"{PACKAGE}/sandbox/server.py",
    f"{PACKAGE}/settings.py",
    f"{PACKAGE}/wire.py",
    "tests/payloads/README.md",
    "tests/test_kit.py",
    "tests/test_mapping.py",
}


def create(*told: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["new", *told])
    return result.exit_code, result.output


@pytest.fixture
def made(tmp_path: Path) -> Path:
    folder = tmp_path / "acme"
    code, said = create("acme_erp", "--folder", str(folder))
    assert code == 0, said
    assert "trama connector check acme_erp" in said
    return folder


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, check=False
    )


def test_every_file_is_written_and_no_mark_is_left(made: Path) -> None:
    texts = {
        str(path.relative_to(made)): path.read_text("utf-8")
        for path in made.rglob("*")
        if path.is_file()
    }
    assert set(texts) == FILES
    marks = ("__NAME__", "__PACKAGE__", "__CLASS__", "__TITLE__", "__TODAY__")
    assert [name for name, text in texts.items() if any(mark in text for mark in marks)] == []


def test_it_is_written_in_this_house_s_style(made: Path) -> None:
    config = str(ROOT / "pyproject.toml")
    for command in (["check"], ["format", "--check"]):
        told = run(made, "ruff", *command, "--no-cache", "--config", config, ".")
        assert told.returncode == 0, told.stdout


def test_the_kit_holds_it_and_only_the_vendor_s_example_is_to_be_filled_in(made: Path) -> None:
    chosen = "K01 or K05 or K06 or maps"
    told = run(made, "pytest", "-q", "-p", "no:cacheprovider", "-k", chosen)
    failed = [line for line in told.stdout.splitlines() if line.startswith("FAILED")]
    assert len(failed) == 1, told.stdout + told.stderr
    assert "test_the_vendor_s_own_example_maps" in failed[0]
    assert "fill in: the vendor's own published example" in told.stdout
    assert "1 failed, 4 passed" in told.stdout


@pytest.mark.parametrize("name", ["Acme", "acme-erp", "2go", "a__b", "", "class", "../acme"])
def test_what_is_no_name_is_refused(name: str, tmp_path: Path) -> None:
    code, said = create(name, "--folder", str(tmp_path / "made"))
    assert (code, "is no name" in said) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_an_installed_connector_and_a_folder_that_is_there_are_left_alone(tmp_path: Path) -> None:
    code, said = create("vtex", "--folder", str(tmp_path / "made"))
    assert (code, "is installed already" in said) == (2, True)
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "mine.txt").write_text("mine")
    code, said = create("acme_erp", "--folder", str(tmp_path / "made"))
    assert code == 2
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["mine.txt"]
