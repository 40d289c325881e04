"""Each kind of caller is shown exactly what docs/permissions.md says, through every door."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.graph.permissions import TYPES
from gateway.graph.schema import make_schemas

from .doors import Door, Step, doors_of
from .stage import Stage, an_order, some_work

DOCS = Path(__file__).parents[3] / "docs" / "permissions.md"
KINDS = ("storefront", "customer", "partner", "operator", "router")
SCHEMA = make_schemas().routers.executable
DOORS = list(doors_of(SCHEMA))
BY_KEY = ("node", "nodes", "_entities")


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
    return {
        ("Query", "availability"): '(skus: ["SKU-1"])',
        ("Query", "inventoryItem"): '(sku: "SKU-1")',
        ("Query", "order"): f'(by: {{id: "{ids[0]}"}})',
        ("Query", "orderStatus"): '(lookup: {number: "mine", email: "c-1@example.com"})',
        ("Query", "customer"): f'(by: {{id: "{ids[1]}"}})',
        ("Query", "location"): f'(id: "{ids[3]}")',
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


@pytest.mark.parametrize("kind", KINDS)
async def test_every_door_shows_exactly_what_the_matrix_says(stage: Stage, kind: str) -> None:
    await stage.put("orders", an_order("mine", "c-1"))
    await stage.put("fulfillments", some_work("mine", "w-2", shipped=1))
    await stage.put_beside("mine")
    arguments = await _arguments(stage)
    how: dict[str, Any] = {"token": stage.token("c-1")} if kind == "customer" else {"kind": kind}
    passed = 0
    for door in DOORS:
        answer = await stage.ask(_query(door, arguments), **how)
        if kind != "router" and door.steps[0] == ("Query", "_service"):
            assert (answer["http"], "data" in answer) == (400, False)  # it is not there at all
            continue
        refused, is_passed = _expected(door, kind)
        has_come = _reaches(answer["data"], [field for _, field in door.steps])
        if not is_passed:
            assert _refused(answer) == refused, door.name
            assert not has_come, door.name
        elif has_come:
            assert _refused(answer) == refused, door.name
            passed += 1
        else:
            assert _refused(answer) == set(), door.name
    assert passed >= {"storefront": 15, "customer": 30, "partner": 30, "operator": 40,
                      "router": 2}[kind]  # fmt: skip


def _reaches(data: Any, path: list[str]) -> bool:
    """Answer whether there is an object at the end of the path."""
    if isinstance(data, list):
        return any(_reaches(each, path) for each in data)
    if not isinstance(data, dict):
        return False
    if not path:
        return bool(data)
    return _reaches(data.get(path[0]), path[1:])
