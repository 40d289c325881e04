"""The README's tables say what the code does."""

from pathlib import Path

from connectors.bling import mapping
from connectors.bling.sandbox.access import APP, WEAK_APP
from connectors.bling.sandbox.records import SITUATIONS
from connectors.bling.settings import BlingSettings

from .specification import ROOT

README = Path(ROOT / "connectors/bling/README.md").read_text("utf-8")


def table(heading: str) -> list[list[str]]:
    """Answer the rows of the first table after a heading, without its head."""
    after = README.split(f"{heading}\n", 1)[1].split("\n\n")
    lines = next(part for part in after if "\n|---" in part or part.startswith("|")).splitlines()
    rows = [line.strip("|").split("|") for line in lines if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def test_every_situation_of_an_order_is_in_its_table() -> None:
    known = mapping.SITUATIONS.items()
    listed = [[str(number), word, state.value] for number, (word, state) in known]
    assert table("### Situations of orders") == listed


def test_every_situation_of_an_invoice_is_in_its_table() -> None:
    known = mapping.INVOICE_SITUATIONS.items()
    listed = [[str(code), word, status.value] for code, (word, status) in known]
    assert table("### Situations of invoices") == listed


def test_every_word_is_in_the_table_of_words() -> None:
    listed = [[word, name] for word, (_, name, _) in SITUATIONS.items()]
    assert table("### The sandbox's words") == listed


def test_every_option_is_in_the_table_of_options() -> None:
    listed = [row[0].strip("`") for row in table("4. Configure the source:\n")]
    assert listed == list(BlingSettings.__struct_fields__)


def test_the_sandbox_s_applications_are_told() -> None:
    texts = [
        text
        for app in (APP, WEAK_APP)
        for text in (app.client_id, app.client_secret, app.refresh_token)
    ]
    assert [text for text in texts if text not in README] == []
