"""What the benchmarks ask is what the schema answers."""

from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from benchmarks.questions import EVERY, ORDER_IDS, aliased_page

SCHEMA = build_schema((Path(__file__).parents[3] / "schema.graphql").read_text("utf-8"))


@pytest.mark.parametrize("title", sorted(EVERY))
def test_a_printed_query_is_valid(title: str) -> None:
    assert validate(SCHEMA, parse(EVERY[title])) == []


def test_the_query_that_finds_orders_is_valid() -> None:
    assert validate(SCHEMA, parse(ORDER_IDS)) == []


def test_an_aliased_page_asks_for_so_many_orders() -> None:
    (operation, _) = parse(aliased_page(3)).definitions
    fields = operation.selection_set.selections  # type: ignore[attr-defined]
    assert [field.alias.value for field in fields] == ["order0", "order1", "order2"]
