"""docs/observability.md speaks of what there is."""

import re
from pathlib import Path

import pytest

from gateway.telemetry import spans
from gateway.telemetry.catalogue import METERS, Meter, MeterKind

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs" / "observability.md").read_text("utf-8")
TITLES = re.findall(r"^## (.+)$", DOCS, re.MULTILINE)
TEXTS = re.split(r"^## .+$", DOCS, flags=re.MULTILINE)[1:]
SECTIONS = dict(zip(TITLES, TEXTS, strict=True))
CODE = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "gateway").rglob("*.py")))


def first_cells(section: str) -> list[str]:
    """Answer the words in the first column of a section's tables."""
    rows = re.findall(r"^\| (`.+?) \|", SECTIONS[section], re.MULTILINE)
    return [word for row in rows for word in re.findall(r"`([^`]+)`", row)]


def test_the_attributes_of_spans_are_those_of_the_code() -> None:
    texts = [value for name, value in vars(spans).items() if name.isupper()]
    known = {text for text in texts if isinstance(text, str)} | {"graphql.operation.type"}
    told = set(re.findall(r"`((?:trama|http|graphql|error)\.[a-z_.]+)`", SECTIONS["Spans"]))
    assert told == known


@pytest.mark.parametrize("event", first_cells("Log lines"))
def test_an_event_of_the_docs_is_in_the_code(event: str) -> None:
    assert f'"{event}"' in CODE


@pytest.mark.parametrize("meter", METERS, ids=lambda meter: meter.name)
def test_a_meter_is_named_as_prometheus_names_meters(meter: Meter) -> None:
    assert re.fullmatch(r"trama_[a-z][a-z_]*[a-z]", meter.name)
    assert meter.name.endswith("_total") is (meter.kind is MeterKind.COUNTER)
    assert meter.name.endswith("_seconds") or meter.kind is not MeterKind.HISTOGRAM
    assert meter.meaning.endswith(".")


def test_an_alarm_names_meters_that_there_are() -> None:
    told = set(re.findall(r"\btrama_[a-z_]+", SECTIONS["Metrics"]))
    assert told == {each.name for each in METERS}
