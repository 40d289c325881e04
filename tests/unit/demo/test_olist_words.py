"""docs/olist.md says what becomes of each word; here it becomes that."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from connectors.square import wire as square_wire
from connectors.square.handover import map_handover
from connectors.square.mapping import Items
from connectors.square.mapping import map_order as square_order
from connectors.square.sandbox.orders import order_record as square_record
from connectors.vtex import wire
from connectors.vtex.mapping import map_order
from connectors.vtex.sandbox.records import order_record
from gateway.connect.decoding import decode
from gateway.connect.testing.dataset import DataOrder, OrderWord
from gateway.demo.sample import generate_sample
from gateway.model.order import (
    FulfillmentFact,
    FulfillmentRecord,
    OrderFacts,
    OrderRecord,
    order_status,
)

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PAGE = (Path(__file__).parents[3] / "docs" / "olist.md").read_text("utf-8")
ROWS, TILL_ROWS = (
    [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in re.findall(r"^\| (?:[a-z]+) \| [\d,]+ \|.*$", section, re.MULTILINE)
    ]
    for section in PAGE.split("\n## Words at ")[1:]
)
SAMPLE = generate_sample(NOW)


def _told(order: DataOrder) -> OrderRecord:
    """Answer the order as the connector tells it of the sandbox's record."""
    ids = {line.sku: str(place) for place, line in enumerate(order.lines, 1)}
    record = msgspec.json.encode(order_record(order, ids, {}, {}))
    return map_order(decode(record, wire.Order), NOW, "refId")


def test_every_word_has_its_row() -> None:
    for rows in (ROWS, TILL_ROWS):
        assert [row[0] for row in rows] == list(get_args(OrderWord))
    assert sum(int(row[1].replace(",", "")) for row in (*ROWS, *TILL_ROWS)) == 32_936


def test_a_word_has_one_status_wherever_the_order_was_sold() -> None:
    assert [row[-1] for row in ROWS] == [row[-1] for row in TILL_ROWS]


def _sold(order: DataOrder) -> tuple[OrderRecord, FulfillmentRecord]:
    """Answer the sale and its hand-over as the connector tells them of the sandbox's record."""
    record = msgspec.json.encode(square_record(order, str.lower, str.title))
    told, items = decode(record, square_wire.Order), Items(str.upper)
    return square_order(told, items, NOW), map_handover(told, items, NOW)


@pytest.mark.parametrize("row", TILL_ROWS, ids=lambda row: row[0])
def test_a_word_at_a_till_becomes_what_its_row_says(row: list[str]) -> None:
    word, _, native, _, state, status = row
    order = next(o for o in SAMPLE.orders if o.word == word and o.lines and not o.is_broken)
    told, work = _sold(order)
    fact = FulfillmentFact(
        work.status,
        sum(line.quantity for parcel in work.shipments for line in parcel.lines),
        sum(x.quantity for p in work.shipments for x in p.lines if p.is_delivered),
    )
    units = sum(line.quantity for line in order.lines)
    facts = OrderFacts(told.state, units, frozenset({(work.ref, fact)}))
    assert (told.ref, told.native_status, told.state, order_status(facts)) == (
        order.ref, native, state, status,
    )  # fmt: skip
    assert (fact.shipped, fact.delivered) == (
        units if word in ("shipped", "delivered") else 0, units if word == "delivered" else 0,
    )  # fmt: skip


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
