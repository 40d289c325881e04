"""Each kind of caller is shown exactly what docs/permissions.md says, through every door."""

import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.graph.permissions import TYPES
from gateway.graph.schema import make_schemas
from gateway.web.parts import ExecutionOutcome

from .doors import Door, Step, doors_of
from .furnishing import furnish
from .stage import Stage, staged

DOCS = Path(__file__).parents[3] / "docs" / "permissions.md"
KINDS = ("storefront", "customer", "partner", "operator", "router")
SCHEMA = make_schemas().routers.executable
DOORS = list(doors_of(SCHEMA))
BY_KEY = ("node", "nodes", "_entities")


@pytest.fixture
async def stage(database: str) -> AsyncIterator[Stage]:
    """A gateway with a budget for every door, so that what refuses is a scope."""
    async with staged(database, limits={"storefront": {"max_cost": 2_000}}) as made:
        yield made


def _matrix() -> dict[tuple[str, str, str], bool]:
    """Answer, per kind of caller, type and field, whether it may be read."""
    rows = re.findall(
        r"^\| (\w+)\.(\w+) \| .*? \| (yes|-) \| (yes|-) \| (yes|-) \| (yes|-) \| (yes|-) \|$",
        DOCS.read_text("utf-8"), re.MULTILINE,
    )  # fmt: skip
    return {
        (kind, row[0], row[1]): mark == "yes"
        for row in rows
        for kind, mark in zip(KINDS, row[2:], strict=True)
    }


MATRIX = _matrix()


def test_the_matrix_has_every_field_of_every_type() -> None:
    fields = {
        (name, field)
        for name in TYPES
        for field in getattr(SCHEMA.type_map[name], "fields", {})
        if name not in ("Node", "Refusal")
    }
    assert {(name, field) for _, name, field in MATRIX} == fields
    assert {door.target for door in DOORS} >= {"Order", "Customer", "Source", "Freshness"}


async def _arguments(stage: Stage) -> dict[Step, str]:
    """Answer the arguments that a field cannot do without, with what is there to be found."""
    found = await stage.data(
        """{ orders(first: 1) { nodes { id customer { id } fulfillmentOrders { id } } }
             locations(first: 1) { nodes { id } } }"""
    )
    (order,) = found["orders"]["nodes"]
    ids = [
        order["id"], order["customer"]["id"], order["fulfillmentOrders"][0]["id"],
        found["locations"]["nodes"][0]["id"],
    ]  # fmt: skip
    endpoints = await stage.data("{ webhookEndpoints { nodes { id } } }")
    return {
        ("Query", "availability"): '(skus: ["SKU-1"])',
        ("Query", "inventoryItem"): '(sku: "SKU-1")',
        ("Query", "order"): f'(by: {{id: "{ids[0]}"}})',
        ("Query", "ordersByKey"): f'(keys: [{{id: "{ids[0]}"}}])',
        ("Query", "orderStatus"): '(lookup: {number: "mine", email: "c-1@example.com"})',
        ("Query", "customer"): f'(by: {{id: "{ids[1]}"}})',
        ("Query", "location"): f'(id: "{ids[3]}")',
        ("Query", "webhookEndpoint"): f'(id: "{endpoints["webhookEndpoints"]["nodes"][0]["id"]}")',
        ("Query", "node"): "(id: {})",
        ("Query", "nodes"): "(ids: [{}])",
        ("Query", "_entities"): "(representations: [{}])",
        **{("id", kind): f'"{key}"' for kind, key in zip(
            ("Order", "Customer", "FulfillmentOrder", "Location"), ids, strict=True)},
        **{("entity", kind): f'{{__typename: "{kind}", id: "{key}"}}' for kind, key in zip(
            ("Order", "Customer", "Location"), [*ids[:2], ids[3]], strict=True)},
        ("entity", "InventoryItem"): '{__typename: "InventoryItem", sku: "SKU-1"}',
    }  # fmt: skip


def _query(door: Door, arguments: Mapping[Step, str]) -> str:
    """Answer the door's query; an object is asked for by the key of the type behind it."""
    first = door.steps[0]
    if first[1] not in BY_KEY:
        return door.query(arguments)
    kind = door.steps[1][0] if len(door.steps) > 1 else door.target
    key = arguments["entity" if first[1] == "_entities" else "id", kind]
    told = arguments[first].format(key)
    return door.query({**arguments, first: told})


def _expected(door: Door, kind: str) -> "tuple[set[str], bool]":
    """Answer the paths that are refused, and whether the door is passed."""
    path: list[str] = []
    for n, (name, field) in enumerate(door.steps):
        path.append(field)
        behind = door.steps[n + 1][0] if n + 1 < len(door.steps) else door.target
        may = MATRIX[kind, name, field]
        if name == "Query" and field in BY_KEY:
            may = MATRIX[kind, behind, "sku" if behind == "InventoryItem" else "id"]
        if not may:
            return {".".join(path)}, False
    refused = {leaf for leaf in door.leaves if not MATRIX[kind, door.target, leaf]}
    return {".".join((*path, leaf)) for leaf in refused}, True


def _refused(answer: dict[str, Any]) -> set[str]:
    found: set[str] = set()
    for error in answer.get("errors", ()):
        assert error["extensions"]["code"] == "FORBIDDEN", error
        found.add(".".join(part for part in error["path"] if isinstance(part, str)))
    return found


def _who(stage: Stage, kind: str) -> dict[str, Any]:
    return {"token": stage.token("c-1")} if kind == "customer" else {"kind": kind}


@pytest.mark.parametrize("kind", KINDS)
async def test_every_door_shows_exactly_what_the_matrix_says(stage: Stage, kind: str) -> None:
    await furnish(stage)
    arguments = await _arguments(stage)
    empty: set[str] = set()
    for door in DOORS:
        answer = await stage.ask(_query(door, arguments), **_who(stage, kind))
        if kind != "router" and door.steps[0] == ("Query", "_service"):
            assert (answer["http"], "data" in answer) == (400, False)  # it is not there at all
            continue
        refused, is_passed = _expected(door, kind)
        has_come = _reaches(answer["data"], [field for _, field in door.steps])
        if is_passed and not has_come:
            empty.add(door.name)
        assert has_come == (is_passed and door.name not in empty), door.name
        assert _refused(answer) == (set() if door.name in empty else refused), door.name
    assert empty == ({"viewer.customers"} if kind == "operator" else set())


@pytest.mark.parametrize("kind", KINDS)
async def test_every_mutation_is_done_for_whom_the_matrix_says_and_nobody_else(
    stage: Stage, kind: str
) -> None:
    await furnish(stage)
    arguments = await _arguments(stage)
    person = arguments["id", "Customer"]
    endpoint = arguments["Query", "webhookEndpoint"].strip("()").removeprefix("id: ")
    told = {
        "createWebhookEndpoint": '{url: "https://1.1.1.1/hooks", idempotencyKey: "k"}',
        **{
            f"{verb}WebhookEndpoint": f"{{endpoint: {endpoint}}}"
            for verb in ("test", "pause", "resume")
        },
        "updateWebhookEndpoint": f'{{endpoint: {endpoint}, description: "d", '
        'url: "https://1.1.1.1/", idempotencyKey: "k"}',
        "rotateWebhookSecret": f'{{endpoint: {endpoint}, idempotencyKey: "k"}}',
        "redeliverWebhook": f'{{endpoint: {endpoint}, after: "{await _cursor(stage)}", '
        'idempotencyKey: "k"}',
        "deleteWebhookEndpoint": f"{{endpoint: {endpoint}}}",
        "syncSource": '{source: "wms", stream: "stock", idempotencyKey: "k"}',
        "linkCustomers": f'{{customers: [{person}, {person}], idempotencyKey: "k"}}',
        "unlinkCustomers": f'{{customer: {person}, records: [], idempotencyKey: "k"}}',
        "mapItem": '{source: "wms", item: "BOX", sku: "SKU-1", idempotencyKey: "k"}',
        "replayQuarantined": '{source: "wms", stream: "stock", idempotencyKey: "k"}',
    }
    assert set(told) == {field for _, name, field in MATRIX if name == "Mutation"}
    before = await _written(stage)
    for name, argument in told.items():
        answer = await stage.ask(
            f"mutation {{ {name}(input: {argument}) {{ __typename }} }}", **_who(stage, kind)
        )
        is_done = MATRIX[kind, "Mutation", name]
        assert _refused(answer) == (set() if is_done else {name}), name
        assert (answer["data"][name] is not None) is is_done, name
    assert (await _written(stage) == before) is (kind not in ("operator", "partner"))


async def _cursor(stage: Stage) -> str:
    found = await stage.data("{ webhookEndpoints { nodes { cursor } } }", kind="partner")
    cursor: str = found["webhookEndpoints"]["nodes"][0]["cursor"]
    return cursor


@pytest.mark.parametrize("kind", KINDS)
async def test_every_subscription_is_opened_for_whom_the_matrix_says_and_nobody_else(
    stage: Stage, kind: str
) -> None:
    told = {"orderEvents": "", "availabilityChanged": '(skus: ["SKU-1"])'}
    assert set(told) == {field for _, name, field in MATRIX if name == "Subscription"}
    for name, arguments in told.items():
        query = f"subscription {{ {name}{arguments} {{ cursor }} }}"
        live = await stage.open_live(query, **_who(stage, kind))
        if isinstance(live, ExecutionOutcome):
            assert isinstance(live.body, dict)
            assert _refused(live.body) == {name}
        else:
            await live.aclose()
        assert isinstance(live, ExecutionOutcome) is not MATRIX[kind, "Subscription", name]


async def _written(stage: Stage) -> list[int]:
    """Answer how much there is of whatever a mutation writes."""
    tables = ("sync_run", "item_ref", "customer_decision", "idempotency_key",
              "webhook_endpoint")  # fmt: skip
    return [await stage.gateway.pool.fetchval(f"SELECT count(*) FROM {each}") for each in tables]


def _reaches(data: Any, path: list[str]) -> bool:
    """Answer whether there is an object at the end of the path."""
    if isinstance(data, list):
        return any(_reaches(each, path) for each in data)
    if not isinstance(data, dict):
        return False
    if not path:
        return bool(data)
    return _reaches(data.get(path[0]), path[1:])
