"""Square's published OpenAPI file, read strictly: a member that is not declared is a fault.

It is read where TRAMA_SPECS says and is no part of this project.
"""

import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

ROOT = Path(__file__).parents[3]
PATH = Path(os.environ.get("TRAMA_SPECS", ROOT / "../shared/specs")) / "square/square-clean.json"

Schema = dict[str, Any]
Operation = tuple[str, str]

LOCATIONS = ("get", "/v2/locations")
SEARCH_ORDERS = ("post", "/v2/orders/search")
ORDERS = ("post", "/v2/orders/batch-retrieve")
COUNTS = ("post", "/v2/inventory/counts/batch-retrieve")
CHANGE = ("post", "/v2/inventory/changes/batch-create")
SEARCH_CUSTOMERS = ("post", "/v2/customers/search")
CUSTOMERS = ("post", "/v2/customers/bulk-retrieve")
OBJECTS = ("post", "/v2/catalog/batch-retrieve")
SEARCH_OBJECTS = ("post", "/v2/catalog/search")
SUBSCRIPTIONS = ("get", "/v2/webhooks/subscriptions")
SUBSCRIBE = ("post", "/v2/webhooks/subscriptions")
RESUBSCRIBE = ("put", "/v2/webhooks/subscriptions/{subscription_id}")
EVENTS = {
    "order.created": "OrderCreatedEvent",
    "order.updated": "OrderUpdatedEvent",
    "order.fulfillment.updated": "OrderFulfillmentUpdatedEvent",
    "inventory.count.updated": "InventoryCountUpdatedEvent",
    "customer.created": "CustomerCreatedEvent",
    "customer.updated": "CustomerUpdatedEvent",
    "customer.deleted": "CustomerDeletedEvent",
}


@cache
def document() -> Schema:
    if not PATH.exists():
        pytest.skip(f"Square's specification is not at {PATH}: set TRAMA_SPECS")
    loaded: Schema = json.loads(PATH.read_text("utf-8"))
    return loaded


def component(name: str) -> Schema:
    """Answer a schema by name, as it is published."""
    found: Schema = document()["components"]["schemas"][name]
    return found


def example(name: str) -> Any:
    """Answer Square's own published example of a schema."""
    return component(name)["example"]


def schema(name: str) -> Schema:
    """Answer the strict schema of a name."""
    return _strict(name)


def declared(operation: Operation) -> Schema:
    method, path = operation
    found: Schema = document()["paths"][path][method]
    return found


def answer_name(operation: Operation) -> str:
    """Answer the name of the schema that a 200 is declared with."""
    content = declared(operation)["responses"]["200"]["content"]["application/json"]
    return str(content["schema"]["$ref"]).rpartition("/")[2]


def request_name(operation: Operation) -> str:
    """Answer the name of the schema that a request's body is declared with."""
    content = declared(operation)["requestBody"]["content"]["application/json"]
    return str(content["schema"]["$ref"]).rpartition("/")[2]


def parameters(operation: Operation) -> set[str]:
    """Answer the declared parameters of the query."""
    told = declared(operation).get("parameters", [])
    return {each["name"] for each in told if each["in"] == "query"}


def scopes(operation: Operation) -> list[str]:
    """Answer the permissions that an operation needs."""
    (told,) = declared(operation)["security"]
    return list(told["oauth2"])


@cache
def _strict(name: str) -> Schema:
    """Answer JSON Schema that lets nothing undeclared pass; other schemas are `$defs`."""
    defs: dict[str, Schema] = {}
    _define(name, defs)
    return {"$ref": f"#/$defs/{name}", "$defs": defs}


def _define(name: str, defs: dict[str, Schema]) -> None:
    if name not in defs:
        defs[name] = {}
        defs[name] = _converted(component(name), defs)


def _converted(node: Schema, defs: dict[str, Schema]) -> Schema:
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        _define(name, defs)
        made: Schema = {"$ref": f"#/$defs/{name}"}
        return {"anyOf": [made, {"type": "null"}]} if node.get("nullable") else made
    made = {
        key: node[key] for key in ("required", "maxLength", "minimum", "maximum") if key in node
    }
    if "properties" in node:
        made["properties"] = {k: _converted(v, defs) for k, v in node["properties"].items()}
    if isinstance(node.get("additionalProperties"), dict):
        made["additionalProperties"] = _converted(node["additionalProperties"], defs)
    elif node.get("type") == "object":
        made["additionalProperties"] = False
    if "items" in node:
        made["items"] = _converted(node["items"], defs)
    nullable = bool(node.get("nullable"))
    if "type" in node:
        made["type"] = [node["type"], "null"] if nullable else node["type"]
    if "enum" in node:
        made["enum"] = [*node["enum"], None] if nullable else node["enum"]
    return made


def faults(value: Any, name: str) -> set[str]:
    """Answer where a value breaks a schema, as `path: rule member`."""
    found = jsonschema.Draft202012Validator(schema(name)).iter_errors(value)
    return {text for error in found for leaf in _leaves(error) for text in _texts(leaf)}


def _leaves(error: jsonschema.ValidationError) -> Iterator[jsonschema.ValidationError]:
    """Answer what is wrong within a nullable object, not that it is neither."""
    if error.validator != "anyOf":
        yield error
        return
    for each in error.context or ():
        if each.validator != "type" or each.schema != {"type": "null"}:
            yield from _leaves(each)


def _texts(error: jsonschema.ValidationError) -> Iterator[str]:
    steps = "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in error.absolute_path)
    place = steps.removeprefix(".")
    if error.validator == "additionalProperties":
        told: Any = error.schema
        instance: Any = error.instance
        for name in instance:
            if name not in told.get("properties", {}):
                yield f"{place}: undeclared {name}"
    else:
        yield f"{place}: {error.validator}"


def is_declared(path: tuple[str, ...], name: str) -> bool:
    """Answer whether a schema has this member; `[]` is a list's element, `{}` a map's value."""
    node = component(name)
    for step in path:
        node = _resolved(node)
        if step == "[]":
            node = node.get("items", {})
        elif step == "{}":
            node = node.get("additionalProperties", {})
        else:
            node = node.get("properties", {}).get(step)
        if not node:
            return False
    return True


def _resolved(node: Schema) -> Schema:
    return component(node["$ref"].rpartition("/")[2]) if "$ref" in node else node
