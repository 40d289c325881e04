"""The README's tables say what the code does."""

from pathlib import Path

from connectors.shiphero.connector import CONNECTOR
from connectors.shiphero.sandbox import HOOK_SECRET, TOKEN, TOKEN_WITHOUT_PERMISSION
from connectors.shiphero.sandbox.records import STATUSES
from connectors.shiphero.settings import ShipHeroSettings
from connectors.shiphero.streams import OVERLAP
from connectors.shiphero.webhook import TYPES

README = Path(Path(__file__).parents[3] / "connectors/shiphero/README.md").read_text("utf-8")


def table(heading: str) -> list[list[str]]:
    """Answer the rows of the first table after a heading, without its head."""
    after = README.split(f"{heading}\n", 1)[1].split("\n\n")
    lines = next(part for part in after if part.lstrip().startswith("|")).splitlines()
    rows = [line.strip("|").split("|") for line in lines if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def test_every_option_is_in_the_table_of_options() -> None:
    listed = [row[0].strip("`") for row in table("4. Configure the source:\n")]
    assert listed == ["token", "hook_secret", "endpoint"]
    assert set(listed) == set(ShipHeroSettings.__struct_fields__)


def test_every_word_is_in_the_table_of_words() -> None:
    listed = {row[0]: row[1] for row in table("### The sandbox's words")}
    assert listed == {"created": "", **STATUSES}


def test_every_push_that_is_asked_for_is_told() -> None:
    told = " ".join(README.split("Asked for:")[1].split("Other types")[0].split())
    assert told == f"{', '.join(TYPES)}."


def test_the_sandbox_s_test_values_are_told() -> None:
    assert TOKEN in README
    assert HOOK_SECRET in README
    assert TOKEN.removesuffix("full") + "none" == TOKEN_WITHOUT_PERMISSION


def test_the_look_back_is_the_declared_lag_and_skew() -> None:
    for name in ("fulfillments", "stock"):
        stream = CONNECTOR.manifest.streams[name]
        assert OVERLAP.total_seconds() == stream.lag_seconds + stream.skew_seconds
    assert f"{OVERLAP.total_seconds():.0f} seconds" in README
