"""docs/olist.md says what becomes of each word; here it becomes that."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from connectors.vtex import wire
from connectors.vtex.mapping import map_order
from connectors.vtex.sandbox.records import order_record
from gateway.connect.decoding import decode
from gateway.connect.testing.dataset import DataOrder, OrderWord
from gateway.demo.sample import generate_sample
from gateway.model.order import OrderFacts, OrderRecord, order_status

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PAGE = (Path(__file__).parents[3] / "docs" / "olist.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in re.findall(r"^\| (?:[a-z]+) \| [\d,]+ \|.*$", PAGE, re.MULTILINE)
]
SAMPLE = generate_sample(NOW)


def _told(order: DataOrder) -> OrderRecord:
    """Answer the order as the connector tells it of the sandbox's record."""
    ids = {line.sku: str(place) for place, line in enumerate(order.lines, 1)}
    record = msgspec.json.encode(order_record(order, ids, {}, {}))
    return map_order(decode(record, wire.Order), NOW, "refId")


def test_every_word_has_its_row() -> None:
    assert [row[0] for row in ROWS] == list(get_args(OrderWord))
    assert sum(int(row[1].replace(",", "")) for row in ROWS) == 32_936


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_word_becomes_what_its_row_says(row: list[str]) -> None:
    word, _, native, _, state, status = row
    order = next(o for o in SAMPLE.orders if o.word == word and not o.is_broken)
    without_lines = msgspec.structs.replace(order, ref="0" * 32, lines=(), paid="12.34")
    for each in (order, without_lines):
        told = _told(each)
        found = order_status(OrderFacts(told.state, len(each.lines)))
        assert (told.ref, told.native_status, told.state, found) == (
            each.ref, native, state, status,
        )  # fmt: skip
