"""The price of an operation: the records that it may ask for, lists within lists multiplied."""

from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse

from gateway.graph.cost import HIGHEST, price_of, priced_fields
from gateway.graph.schema import make_schemas

SCHEMA = make_schemas().callers.executable


def price(text: str, **variables: Any) -> int:
    document = parse(text)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    return price_of(priced_fields(SCHEMA, document, operation), variables)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ __typename }", 0),
        ("{ __schema { types { name } } }", 0),
        ("{ viewer { kind } }", 1),
        ("{ orders { nodes { id } } }", 20),
        ("{ orders(first: 7) { nodes { id lines { sku } } } }", 7),
        ("{ orders(last: 7) { nodes { id } } }", 7),
        ("{ orders(first: 3, last: 9) { nodes { id } } }", 9),
        ('{ availability(skus: ["a", "b"]) { sku } }', 2),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', 3),
        ('{ availability(skus: "a") { sku } }', 1),
        ("{ customers(first: 4) { nodes { orders(first: 5) { nodes { id } } } } }", 24),
        ("{ customers(first: 4) { edges { node { orders { nodes { id } } } } } }", 84),
        (
            "{ customers(first: 4) { nodes { orders(first: 5) { nodes { customer {"
            " orders(first: 6) { nodes { id } } } } } } } }",
            4 * (1 + 5 * (1 + 6)),
        ),
        ("{ a: orders(first: 4) { nodes { id } } b: orders(first: 5) { nodes { id } } }", 9),
        ("{ orders(first: 4) { nodes { id } } orders(first: 4) { nodes { number } } }", 4),
        ("{ ...A ...A } fragment A on Query { orders(first: 4) { nodes { id } } }", 4),
        ("{ node(id: 1) { ... on Customer { orders(first: 9) { nodes { id } } } } }", 10),
        ("{ orders(first: -5) { nodes { id } } }", 0),
        ("{ orders(first: 100000) { nodes { id } } }", 100_000),
        ("{ orders(first: null) { nodes { id } } }", 20),
        ("{ orderEvents { nodes { id } } }", 50),
        ("{ orderEvents(first: null) { nodes { id } } }", 50),
        ("{ orderEvents(first: 500) { nodes { order { lines { sku } } } } }", 500),
        ("{ orders(first: 4) { nodes { events { nodes { id } } } } }", 204),
        ("subscription { orderEvents { node { order { events(first: 9) { nodes { id } } } } } }",
         10),
        ('subscription { availabilityChanged(skus: ["a", "b"]) { node { sku } } }', 2),
        ('mutation { replayQuarantined(input: {source: "a", idempotencyKey: "k"}) { __typename } }',
         1),
    ],
)  # fmt: skip
def test_lists_are_multiplied_with_the_lists_that_they_are_in(text: str, expected: int) -> None:
    assert price(text) == expected


ORDERS = "query($n: Int = 8) { orders(first: $n) { nodes { id } } }"
EVENTS = "query($n: Int = 7) { orderEvents(first: $n) { nodes { id } } }"
SKUS = "query($skus: [Sku!]!) { availability(skus: $skus) { sku } }"


@pytest.mark.parametrize(
    ("text", "variables", "expected"),
    [
        (ORDERS, {}, 8),
        (ORDERS, {"n": 3}, 3),
        (ORDERS, {"n": None}, 20),
        (ORDERS, {"n": 3.0}, 3),
        (ORDERS, {"n": "3"}, 8),
        (ORDERS, {"n": -3}, 0),
        (ORDERS, {"n": 1e300}, HIGHEST),
        (EVENTS, {}, 7),
        (EVENTS, {"n": 3}, 3),
        (EVENTS, {"n": None}, 50),
        (SKUS, {"skus": ["a", "b", "c"]}, 3),
        (SKUS, {"skus": "a"}, 1),
        (SKUS, {"skus": []}, 0),
    ],
)
def test_a_variable_is_priced_by_its_value(
    text: str, variables: dict[str, Any], expected: int
) -> None:
    assert price(text, **variables) == expected


def test_a_price_stays_a_number_that_json_can_hold() -> None:
    text = "{ customers(first: %s) { nodes { orders(first: %s) { nodes { id } } } } }"
    assert price(text % ("9" * 400, "9" * 400)) == HIGHEST
