"""The price of an operation: weights, and lists within lists multiplied."""

from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse, validate

from gateway.graph.cost import HIGHEST, Formula, shown
from gateway.graph.pricing import formula_of
from gateway.graph.schema import make_callers
from tests.pricing import drafted

SCHEMA = make_callers().executable


def formula(text: str) -> Formula:
    """Answer the price of a valid document's only operation."""
    document = parse(text)
    assert validate(SCHEMA, document) == []
    (operation,) = [e for e in document.definitions if isinstance(e, OperationDefinitionNode)]
    return formula_of(SCHEMA, document, operation)


def price(text: str, **variables: Any) -> float:
    """Answer what an operation costs with these variables."""
    return shown(formula(text).points(variables))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ __typename }", 0),
        ("{ __schema { types { name } } }", 0),
        ("{ viewer { kind scopes } }", 1),
        ("{ viewer { kind customers { id } } }", 21),
        ("{ orders { nodes { id } } }", 20),
        ("{ orders { pageInfo { endCursor } } }", 20),
        ("{ orders(first: 9) { edges { cursor } } }", 9),
        ("{ orders(first: 9) { edges { cursor node { id } } pageInfo { endCursor } } }", 9),
        ("{ orders(first: 1) { totalCount } }", 1),
        ("{ orders(first: 9) { totalCount nodes { id } } }", 10),
        ("{ orders(first: 9) { __typename } }", 9),
        ("{ customers(first: 9) { nodes { orders(first: 8) { pageInfo { endCursor } } } } }", 81),
        ("{ customers(first: 4) { nodes { orders(first: 1) { totalCount } } } }", 8),
        ("{ orders(first: 7) { nodes { id number total { amount } channel { code } } } }", 7),
        ("{ orders(first: 7) { nodes { id lines { sku quantities { ordered } } } } }", 14),
        ("{ orders(last: 7) { nodes { id } } }", 7),
        ("{ orders(first: 3, last: 9) { nodes { id } } }", 9),
        ("{ orders(first: 3) { nodes { id } edges { cursor node { id } } } }", 6),
        ('{ order(by: {number: "1"}) { id } }', 1),
        ('{ order(by: {number: "1"}, freshness: {maxAge: "PT5S"}) { id } }', 11),
        ('{ order(by: {number: "1"}, freshness: null) { id } }', 1),
        ('{ ordersByKey(keys: [{number: "1"}, {number: "2"}, {id: "x"}]) { id } }', 3),
        ('{ ordersByKey(keys: [{id: "x"}], freshness: {maxAge: "PT5S"}) { id } }', 11),
        ('{ availability(skus: ["a", "b"]) { sku freshness { asOf } } }', 2),
        ('{ availability(skus: ["a"]) { locations { availableToPromise location { name }'
         ' freshness { asOf source { id } } } } }', 9),
        ('{ availability(skus: ["a", "b"], freshness: {}) { locations { onHand } } }', 28),
        ('{ inventoryItem(sku: "a") { availability(freshness: {}) { sku } } }', 12),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', 3),
        ('{ availability(skus: "a") { sku } }', 1),
        ("{ customers(first: 4) { nodes { orders(first: 5) { nodes { id } } } } }", 24),
        ("{ customers(first: 4) { edges { node { orders { nodes { id } } } } } }", 84),
        (
            "{ customers(first: 4) { nodes { orders(first: 5) { nodes { customer {"
            " orders(first: 6) { nodes { id } } } } } } } }",
            4 * (1 + 5 * (1 + 1 + 6)),
        ),
        ("{ orders(first: 10) { nodes { fulfillmentOrders { lines { sku } location { code }"
         " shipments { lines { sku } } } } } }", 10 * (1 + 4 * (0.5 + 0.5 + 1 + 2 * (0.2 + 0.5)))),
        ("{ sources { id } }", 20),
        ("{ sources { health { state } streams { name } toldChannels { failures { sku } } } }",
         20 * (1 + 1 + 6 + 10 * (1 + 20 * 0.05))),
        ("{ locations(first: 3) { nodes { groups { code } stockAuthority { runs(first: 4) {"
         " drift { records { ref } } } } } } }", 3 * (1 + 4 * (1 + 3))),
        ('{ orderStatus(lookup: {number: "1", email: "a@b.c"}) { parcels { carrier } } }', 5.5),
        ("{ orderEvents { nodes { id } } }", 50),
        ("{ orderEvents(first: null) { nodes { id } } }", 50),
        ("{ orderEvents(first: 500) { nodes { order { lines { sku } } } } }", 1_500),
        ("{ orders(first: 4) { nodes { events { nodes { id } } } } }", 204),
        ('{ webhookEndpoint(id: "1") { counters { dead } missed { atMost }'
         " deliveries(first: 3) { nodes { attempts { status } } } } }", 8),
        ("subscription { orderEvents { node { order { events(first: 9) { nodes { id } } } } } }",
         11),
        ('subscription { availabilityChanged(skus: ["a", "b"]) { node { sku } } }', 1),
        ('mutation { replayQuarantined(input: {source: "a", idempotencyKey: "k"}) { __typename } }',
         10),
        ('mutation { unlinkCustomers(input: {customer: "a", records: [], idempotencyKey: "k"}) {'
         " ... on UnlinkCustomersSuccess { customers { id } } } }", 31),
    ],
)  # fmt: skip
def test_a_price_is_weights_and_lists_are_multiplied(text: str, expected: float) -> None:
    assert price(text) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ a: orders(first: 4) { nodes { id } } b: orders(first: 5) { nodes { id } } }", 9),
        ("{ orders(first: 4) { nodes { id } } orders(first: 4) { nodes { number } } }", 4),
        ("{ ...A ...A } fragment A on Query { orders(first: 4) { nodes { id } } }", 4),
        ("{ orders(first: 4) { nodes { a: customer { id } b: customer { id } } } }", 12),
        ("{ orders(first: 4) { a: nodes { id } b: nodes { id } } }", 8),
        ('{ availability(skus: ["a"]) { a: locations { onHand } b: locations { held } } }', 17),
    ],
)
def test_what_is_answered_once_costs_once_and_an_alias_is_answered_again(
    text: str, expected: float
) -> None:
    assert price(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ node(id: 1) { id } }", 1),
        ("{ node(id: 1) { ... on Customer { orders(first: 9) { nodes { id } } } } }", 10),
        ("{ node(id: 1) { ... on Customer { orders(first: 9) { nodes { id } } }"
         " ... on Order { lines { sku } } ... on Location { code } } }", 10),
        ("{ node(id: 1) { ... on Customer { orders(first: 1) { nodes { id } } }"
         " ... on Order { customer { id } lines { sku } } } }", 3),
        ("{ nodes(ids: [1, 2]) { ... on Node { ... on Order { ... on Node {"
         " ... on Order { customer { id } } } } } } }", 4),
        ("{ node(id: 1) { ...O ...C } } fragment O on Order { customer { id } }"
         " fragment C on Customer { links { ref } }", 2),
        ('mutation { syncSource(input: {source: "a", stream: "b", idempotencyKey: "k"}) {'
         " ... on SyncSourceSuccess { run { id } } ... on Refusal { message } } }", 11),
    ],
)  # fmt: skip
def test_of_what_it_may_be_the_dearest_counts(text: str, expected: float) -> None:
    assert price(text) == expected


ORDERS = "query($n: Int = 8) { orders(first: $n) { nodes { id } } }"
PAGES = "query($n: Int, $m: Int) { orders(first: $n, last: $m) { nodes { id } } }"
EVENTS = "query($n: Int = 7) { orderEvents(first: $n) { nodes { id } } }"
SKUS = "query($skus: [Sku!]!) { availability(skus: $skus) { sku } }"
IDS = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
FRESH = """query($f: FreshnessInput) { availability(skus: ["a"], freshness: $f) { sku } }"""


@pytest.mark.parametrize(
    ("text", "variables", "expected"),
    [
        (ORDERS, {}, 8),
        (ORDERS, {"n": 3}, 3),
        (ORDERS, {"n": None}, 20),
        (ORDERS, {"n": 3.0}, 3),
        (ORDERS, {"n": "3"}, 20),
        (ORDERS, {"n": []}, 20),
        (ORDERS, {"n": -3}, 0),
        (ORDERS, {"n": 1e300}, HIGHEST),
        (ORDERS, {"n": 10**400}, HIGHEST),
        (ORDERS, {"m": 3}, 8),
        (PAGES, {}, 20),
        (PAGES, {"n": 3}, 20),
        (PAGES, {"n": 3, "m": 50}, 50),
        (EVENTS, {}, 7),
        (EVENTS, {"n": 3}, 3),
        (EVENTS, {"n": None}, 50),
        (SKUS, {"skus": ["a", "b", "c"]}, 3),
        (SKUS, {"skus": "a"}, 1),
        (SKUS, {"skus": []}, 0),
        (SKUS, {"skus": None}, 0),
        (SKUS, {}, 1),
        (IDS, {"ids": 0}, 1),
        (IDS, {"ids": -5}, 1),
        (IDS, {"ids": {"length": 0}}, 1),
        (FRESH, {}, 1),
        (FRESH, {"f": None}, 1),
        (FRESH, {"f": {}}, 11),
    ],
)
def test_a_variable_is_priced_by_its_value(
    text: str, variables: dict[str, Any], expected: int
) -> None:
    assert price(text, **variables) == expected


CONDITIONS = """query($a: Boolean!, $b: Boolean = false) {
  orders(first: 5) @include(if: $a) { nodes { id customer @skip(if: $b) { id } } }
  orders(first: 5) @include(if: $a) { nodes { invoices @include(if: $b) { number } } }
}"""
PAGE = """query($n: Int, $a: Boolean!) { orders(first: $n) {
  totalCount nodes @include(if: $a) { id } pageInfo { endCursor } } }"""
EITHER = """query($a: Boolean!, $b: Boolean!) { ...A @include(if: $a) ...B @include(if: $b) }
  fragment A on Query { orders(first: 5) { nodes { id } } }
  fragment B on Query { orders(first: 5) { nodes { customer { id } } } }"""
MERGED = """query($a: Boolean!) { orders(first: 5) { pageInfo { endCursor } }
  ... @include(if: $a) { orders(first: 5) { nodes { id } } } }"""


@pytest.mark.parametrize(
    ("text", "variables", "expected"),
    [
        ("{ orders @skip(if: true) { nodes { id } } viewer @include(if: true) { kind } }", {}, 1),
        ("{ ... @include(if: false) { orders { nodes { id } } } }", {}, 0),
        ("{ orders @include(if: true) @skip(if: false) { nodes { id } } }", {}, 20),
        (CONDITIONS, {"a": False}, 0),
        (CONDITIONS, {"a": True}, 10),
        (CONDITIONS, {"a": True, "b": True}, 7),
        (CONDITIONS, {"a": True, "b": "true"}, 12),
        (CONDITIONS, {"a": "no"}, 10),
        (CONDITIONS, {}, 10),
        (MERGED, {"a": True}, 5),
        (MERGED, {"a": False}, 5),
        (EITHER, {"a": True, "b": False}, 5),
        (EITHER, {"a": False, "b": True}, 10),
        (EITHER, {"a": True, "b": True}, 10),
        (EITHER, {"a": False, "b": False}, 0),
        (PAGE, {"n": 7, "a": True}, 8),
        (PAGE, {"n": 7, "a": False}, 7),
        (PAGE, {"n": 0, "a": False}, 1),
    ],
)
def test_what_a_condition_leaves_out_costs_nothing(
    text: str, variables: dict[str, Any], expected: float
) -> None:
    assert price(text, **variables) == expected


def test_a_price_stays_a_number_that_json_can_hold() -> None:
    text = "{ customers(first: %s) { nodes { orders(first: %s) { nodes { id } } } } }"
    assert price(text % (2**31 - 1, 2**31 - 1)) == HIGHEST


def test_a_chain_of_fragments_is_priced_in_a_moment() -> None:
    chain = " ".join(
        f"fragment F{n} on Customer {{ orders(first: 2) {{ nodes {{ customer {{ ...F{n + 1}"
        f" ...F{n + 1} }} }} }} }}"
        for n in range(60)
    )
    text = "{ node(id: 1) { ...F0 } } " + chain + " fragment F60 on Customer { id }"
    expected = 1
    for _ in range(60):
        expected = 1 + 2 * (1 + expected)
    document = parse(text)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    assert formula_of(SCHEMA, document, operation).points({}) == expected * 100


def test_the_parts_add_up_to_the_price_and_say_where_it_comes_from() -> None:
    told = formula(
        "query($n: Int) { customers(first: $n) { nodes { mine: orders(first: 5) { nodes { id } } }"
        ' } availability(skus: ["a"], freshness: {}) { locations { onHand } } }'
    )
    parts = told.parts({"n": 4})
    assert [each.shown for each in parts] == [
        {"field": "customers.nodes.mine.nodes", "times": 20, "price": 20},
        {"field": "availability", "times": 1, "price": 11},
        {"field": "availability.locations", "times": 400, "price": 8},
        {"field": "customers.nodes", "times": 4, "price": 4},
    ]
    assert sum(each.points for each in parts) == told.points({"n": 4})


def test_a_page_of_which_no_entry_is_selected_is_told_by_itself() -> None:
    told = formula("{ orders(first: 9) { totalCount pageInfo { endCursor } } }")
    assert [each.shown for each in told.parts({})] == [
        {"field": "orders", "times": 1, "price": 8},
        {"field": "orders.totalCount", "times": 1, "price": 1},
    ]


def test_any_tool_comes_to_the_same_price_by_the_schemas_text() -> None:
    values = {
        "Sku": ["SKU-1", "007"], "Int": [0, 1, 2, 5, -3], "ID": ["x"], "Duration": ["PT5S"],
        "String": ["a"], "DateTime": ["2026-01-01T00:00:00Z"], "PostalCode": ["50000"],
    }  # fmt: skip
    tried = 0
    for text, variables, told in drafted(range(120), values):
        ours = formula_of(SCHEMA, told.document, told.operation).points(variables)
        assert ours == told.price() * 100, (text, variables)
        tried += ours > 0
    assert tried > 60
