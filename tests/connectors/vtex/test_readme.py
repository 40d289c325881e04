"""The README's tables say what the code does."""

from pathlib import Path

from connectors.vtex import mapping
from connectors.vtex.sandbox.access import KEYS
from connectors.vtex.sandbox.records import STATES
from connectors.vtex.settings import VtexSettings

from .specification import ROOT

README = Path(ROOT / "connectors/vtex/README.md").read_text("utf-8")


def table(heading: str) -> list[list[str]]:
    """Answer the rows of the first table after a heading, without its head."""
    after = README.split(f"{heading}\n", 1)[1].split("\n\n")
    lines = next(part for part in after if "\n|---" in part or part.startswith("|")).splitlines()
    rows = [line.strip("|").split("|") for line in lines if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def test_every_state_is_in_the_table_of_states() -> None:
    listed = {word: row[0] for row in table("### States") for word in row[1].split(", ")}
    assert listed == {word: state.value for word, state in mapping.STATES.items()}


def test_every_word_is_in_the_table_of_words() -> None:
    assert {row[0]: row[1] for row in table("### The sandbox's words")} == STATES


def test_every_option_is_in_the_table_of_options() -> None:
    listed = [row[0].strip("`") for row in table("3. Configure the source:\n")]
    assert listed == list(VtexSettings.__struct_fields__)


def test_the_sandbox_s_keys_are_told() -> None:
    assert [text for pair in KEYS.items() for text in pair if text not in README] == []
