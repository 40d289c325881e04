"""`trama explain`: what an operation would do and cost, without a database."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gateway.cli import app
from gateway.graph.explaining import LIVE
from gateway.graph.schema import make_callers
from gateway.graph.weights import ARGUMENTS

README = (Path(__file__).parents[3] / "README.md").read_text("utf-8")
ENVIRON = {
    "DATABASE_URL": "postgresql://trama@db.example/trama",
    "VTEX_APP_TOKEN": "a-token",
    "SHIPHERO_TOKEN": "a-token",
}
QUERIES = re.findall(r"```graphql\n(.*?)```", README, re.DOTALL)
STREAMED = [json.loads(body)["query"] for body in re.findall(r"-d '(\{.*\})'", README)]
PAGE = """query Page($first: Int, $lines: Boolean!) {
  orders(first: $first) { totalCount nodes { number total { amount }
    customer { name } lines @include(if: $lines) { sku }
    fulfillmentOrders { lines { sku } shipments { lines { sku quantity } } } } } }"""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without a configuration."""
    monkeypatch.chdir(tmp_path)


def explained(text: str, *options: str) -> Result:
    """Explain a document that is given by a file."""
    Path("asked.graphql").write_text(text, "utf-8")
    return CliRunner().invoke(app, ["explain", "asked.graphql", *options], env=ENVIRON)


def as_json(text: str, *options: str) -> dict[str, Any]:
    """Answer what is printed for programs."""
    result = explained(text, "--json", *options)
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def test_each_query_of_readme_is_explained_and_fits_an_operator() -> None:
    assert len(QUERIES) == 5
    told = [as_json(query, "--kind", "operator") for query in QUERIES]
    assert [each["cost"]["price"] for each in told] == [18, 10, 4, 2, 5]
    assert [[live["field"] for live in each["sources"]] for each in told] == [
        ["Query.availability"], ["Query.order"], [], ["Query.order"], [],
    ]  # fmt: skip
    assert [each["plan"]["left"] for each in told] == [None] * 5


def test_a_list_in_columns_is_read_and_what_it_refers_to_is_one_call() -> None:
    asked = """{ availability(skus: ["A"]) {
        locations { location { code } availableToPromise } } }"""
    printed = explained(asked).output
    assert "2 fields are fetched, on 2 levels" in printed
    assert "└── locations\n        ├── reads availableToPromise\n" in printed
    assert "location: level 2, one call for all parents (load_position_locations)" in printed


def test_a_subscription_is_explained_too() -> None:
    (query,) = STREAMED
    told = as_json(query)
    (event,) = told["plan"]["fields"]
    assert (told["kind"], told["plan"]["left"], event["field"], event["level"]) == (
        "subscription", None, "Subscription.orderEvents", 0,
    )  # fmt: skip
    _, node = event["fields"]
    order = {each["key"]: each for each in node["fields"]}["order"]
    assert (order["how"], order["function"], order["level"]) == ("BATCH", "load_event_orders", 1)
    assert (told["cost"]["price"], told["scopes"]) == (2, ["orders:read"])
    assert "Plan: 1 field is fetched, on 1 level" in explained(query).stdout
    assert "So is each event told, those that are there together" in explained(query).stdout


def test_the_plan_says_what_is_fetched_how_and_on_which_level() -> None:
    told = as_json(PAGE, "--variables", '{"first": 10, "lines": false}')
    assert (told["operation"], told["plan"]["conditions"]) == ("Page", {"lines": False})
    (orders,) = told["plan"]["fields"]
    assert (orders["field"], orders["level"]) == ("Query.orders", 1)
    total, nodes = orders["fields"]
    assert (total["how"], total["level"]) == ("BATCH", 2)
    assert (nodes["how"], nodes["level"]) == ("READ", 1)
    fields = {each["key"]: each for each in nodes["fields"]}
    assert list(fields) == ["number", "total", "customer", "fulfillmentOrders"]
    assert (fields["number"]["how"], fields["customer"]["how"]) == ("READ", "BATCH")
    (lines, shipments) = fields["fulfillmentOrders"]["fields"]
    assert (lines["how"], lines["level"], shipments["level"]) == ("BATCH", 3, 3)
    assert shipments["fields"][0]["field"] == "Shipment.lines"
    assert told["plan"]["levels"] == 4


def test_the_text_is_a_tree_that_is_not_cut_where_it_is_piped() -> None:
    text = explained(PAGE, "--variables", '{"first": 10, "lines": true}').stdout
    assert "query Page, price 127\n" in text
    assert re.search(r"└── orders: level 1, one call\n", text)
    assert re.search(
        r"└── shipments: level 3, one call for all parents \(load_work_shipments\)", text
    )
    assert "reads number total { amount }" in text
    assert "$lines is taken as true.\n" in text
    assert "Scopes: customers:read, orders:read\n" in text
    assert "Sources: none is asked; everything is answered from the projection.\n" in text
    assert re.search(
        r"^ orders\.nodes\.fulfillmentOrders\.shipments\.lines +800 +40 +$", text, re.M
    )
    assert re.search(r"^ storefront +1000 +yes +- +customers:read, orders:read *$", text, re.M)


def test_what_may_be_of_several_types_is_told_by_type() -> None:
    text = explained(
        "{ node(id: 1) { id ... on Order { customer { name } } ... on Location { name } } }"
    ).stdout
    assert "└── node: level 1, one call\n" in text
    assert re.search(r"── on Order\n[ │]+├── reads id\n[ │]+└── customer: level 2, ", text)
    assert re.search(r"── on Location\n[ │]+└── reads id name\n", text)


def test_what_is_not_known_is_said() -> None:
    told = as_json(PAGE)
    assert told["cost"]["unset"] == ["first", "lines"]
    assert told["cost"]["price"] == 253
    assert "Priced without $first, $lines: give --variables.\n" in explained(PAGE).stdout


def test_with_a_configuration_it_says_whom_and_how_many_at_a_time() -> None:
    (toml,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    Path("mine.toml").write_text(f"{toml}\n[limits.partner]\nmax_cost = 17\n", "utf-8")
    told = as_json(QUERIES[0], "-c", "mine.toml")
    (live,) = told["sources"]
    assert live == {
        "field": "Query.availability", "maxAgeSeconds": 120, "onStale": "SERVE",
        "asked": [
            {"stream": "stock", "source": "marketplace", "batchSize": 1, "concurrency": 30},
            {"stream": "stock", "source": "warehouse", "batchSize": 25, "concurrency": 10},
        ],
    }  # fmt: skip
    (order,) = as_json(QUERIES[1], "-c", "mine.toml")["sources"]
    assert [(each["stream"], each["source"]) for each in order["asked"]] == [
        ("orders", "marketplace"), ("fulfillments", "warehouse"),
    ]  # fmt: skip
    budgets = {each["kind"]: (each["budget"], each["fits"]) for each in told["callers"]}
    assert (budgets["partner"], budgets["storefront"]) == ((17, False), (1_000, True))
    text = explained(QUERIES[0], "-c", "mine.toml").stdout
    assert re.search(r"^  stock: warehouse, 25 in a call, 10 calls at a time$", text, re.M)


@pytest.mark.parametrize(
    ("text", "options", "code", "told"),
    [
        ("{ nod(id: 1) { id } }", (), 1, "asked.graphql:1:3: Cannot query field 'nod' on type"
         " 'Query'. Did you mean 'node' or 'nodes'?"),
        ("{\n  viewer {", (), 1, "asked.graphql:2:11: Syntax Error: Expected Name, found <EOF>."),
        ("{ " + "a" * 17_000 + " }", (), 1, "asked.graphql: the document has more than 16384 char"),
        ("query($n: Int!) { orders(first: $n) { nodes { id } } }", ("--variables", '{"n": "a"}'), 1,
         "asked.graphql:1:7: Variable '$n' has invalid value"),
        ("", (), 1, "asked.graphql is empty: write an operation into it\n"),
        ("query A { viewer { kind } } query B { viewer { kind } }", (), 2,
         "asked.graphql has several operations: choose by --operation A or --operation B\n"),
        ("query A { viewer { kind } } query B { viewer { kind } }", ("--operation", "C"), 2,
         "asked.graphql has no operation C: choose by --operation A or --operation B\n"),
        ("{ viewer { kind } }", ("--operation", "C"), 2,
         "asked.graphql has no operation C: its only one has no name, so leave --operation out\n"),
        ("{ viewer { kind } }", ("--variables", "{"), 2, "--variables is no JSON"),
        ("{ viewer { kind } }", ("--variables", "[]"), 2, "--variables is a JSON object"),
        ("{ viewer { kind } }", ("--variables", "@nowhere.json"), 2,
         "nowhere.json cannot be read: No such file or directory\n"),
        ("{ viewer { kind } }", ("--kind", "nobody"), 2, "Invalid value for '--kind'"),
        ("{ orders(first: 1001) { nodes { id } } }", ("--kind", "storefront"), 3,
         "1001 is beyond the budget of a storefront, 1000"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place_and_an_exit_code(
    text: str, options: tuple[str, ...], code: int, told: str
) -> None:
    result = explained(text, *options)
    assert result.exit_code == code
    assert told in result.stderr


def test_what_is_no_file_with_text_is_said() -> None:
    Path("folder").mkdir()
    Path("picture.graphql").write_bytes(b"\xff\xd8")
    for name, told in {
        "folder": "folder is a folder: name a file with a document, or - for the standard input\n",
        "nowhere": "nowhere cannot be read: No such file or directory\n",
        "picture.graphql": "picture.graphql is no text in UTF-8\n",
    }.items():
        result = CliRunner().invoke(app, ["explain", name])
        assert (result.exit_code, result.stderr) == (2, told)


def test_what_is_wrong_with_the_standard_input_is_said_of_it() -> None:
    for given, told in {
        "{ nothing }": "<stdin>:1:3: Cannot query field 'nothing' on type 'Query'.\n",
        " \n": "<stdin> is empty: write an operation into it\n",
    }.items():
        result = CliRunner().invoke(app, ["explain", "-"], input=given)
        assert (result.exit_code, result.stderr) == (1, told)


def test_one_field_on_one_level_is_said_in_the_singular() -> None:
    assert "Plan: 1 field is fetched, on 1 level\n" in explained("{ viewer { kind } }").stdout
    assert "Plan: nothing is fetched\n" in explained("{ __typename }").stdout


def test_a_document_is_read_from_the_standard_input_and_variables_from_a_file() -> None:
    Path("variables.json").write_text('{"first": 3, "lines": false}', "utf-8")
    asked = ["explain", "-", "--json", "--variables", "@variables.json", "--kind", "partner"]
    result = CliRunner().invoke(app, asked, input=PAGE)
    assert (result.exit_code, json.loads(result.stdout)["cost"]["price"]) == (0, 35.8)


def test_what_may_have_sources_asked_is_named() -> None:
    schema = make_callers().executable
    takes = {
        (name, field)
        for name, kind in schema.type_map.items()
        for field, told in getattr(kind, "fields", {}).items()
        if "freshness" in getattr(told, "args", {})
    }
    assert takes == set(LIVE) == {place[:2] for place in ARGUMENTS}
