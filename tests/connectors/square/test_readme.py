"""The README's tables say what the code does."""

from pathlib import Path

from connectors.square.catalogue import ABSENT_SECONDS, KNOWN_SECONDS
from connectors.square.client import THROTTLED_SECONDS, VERSION
from connectors.square.connector import CONNECTOR
from connectors.square.mapping import STATES as ORDER_STATES
from connectors.square.published import BEHIND
from connectors.square.sandbox import SIGNATURE_KEY, TOKEN, TOKEN_WITHOUT_ORDERS
from connectors.square.sandbox.orders import STATES
from connectors.square.sandbox.store import INDEX_SECONDS
from connectors.square.settings import SquareSettings
from connectors.square.streams import OVERLAP
from connectors.square.webhook import TYPES
from gateway.connect.testing.kit import find_subject
from gateway.connect.testing.kit.scaling import undocumented

README = Path(Path(__file__).parents[3] / "connectors/square/README.md").read_text("utf-8")


def table(heading: str) -> list[list[str]]:
    """Answer the rows of the first table after a heading, without its head."""
    after = README.split(f"{heading}\n", 1)[1].split("\n\n")
    lines = next(part for part in after if part.lstrip().startswith("|")).splitlines()
    rows = [line.strip("|").split("|") for line in lines if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def test_every_option_is_in_the_table_of_options() -> None:
    listed = [row[0].strip("`") for row in table("4. Configure the source:\n")]
    assert listed == list(SquareSettings.__struct_fields__)


def test_every_field_that_is_read_is_in_the_table_of_fields() -> None:
    assert undocumented(find_subject("square")) == []


def test_every_word_is_in_the_table_of_words() -> None:
    listed = {row[0]: (row[1], row[2]) for row in table("### The sandbox's words")}
    assert listed == {word: (state, work or "none") for word, (state, work) in STATES.items()}


def test_every_state_of_an_order_is_in_the_table_of_states() -> None:
    assert {row[0].split(",")[0] for row in table("### States")} == set(ORDER_STATES)


def test_every_push_that_is_asked_for_is_told() -> None:
    told = " ".join(README.split("Asked for:")[1].split("Other types")[0].split())
    assert told == f"{', '.join(TYPES)}."


def test_the_sandbox_s_test_values_are_told() -> None:
    for value in (TOKEN, TOKEN_WITHOUT_ORDERS, SIGNATURE_KEY):
        assert f"`{value}`" in README


def test_the_figures_are_told() -> None:
    for name in ("orders", "fulfillments", "stock", "customers"):
        stream = CONNECTOR.manifest.streams[name]
        assert OVERLAP.total_seconds() == stream.lag_seconds + stream.skew_seconds
    assert f"{OVERLAP.total_seconds():.0f} seconds" in README
    assert f"for {THROTTLED_SECONDS:.0f} seconds" in README
    assert f"{INDEX_SECONDS:.0f} seconds late" in README
    assert (KNOWN_SECONDS, ABSENT_SECONDS) == (600, 60)
    assert VERSION in README
    assert f"{BEHIND.total_seconds():.0f} seconds before it is told" in README
