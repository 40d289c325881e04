"""VTEX's published OpenAPI files, read strictly: a member that is not declared is a fault.

They are read where TRAMA_SPECS says and are no part of this project.
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
FOLDER = Path(os.environ.get("TRAMA_SPECS", ROOT / "../shared/specs")) / "vtex"
FILES = ("VTEX - Orders API.json", "VTEX - Logistics API.json")
METHODS = ("get", "post", "put", "patch", "delete")

Schema = dict[str, Any]

ORDER = ("get", "/api/oms/pvt/orders/{orderId}")
ORDERS = ("get", "/api/oms/pvt/orders")
FEED_CONFIG = ("get", "/api/orders/feed/config")
SET_FEED = ("post", "/api/orders/feed/config")
FEED = ("get", "/api/orders/feed")
COMMIT = ("post", "/api/orders/feed")
SET_HOOK = ("post", "/api/orders/hook/config")
INVENTORY = ("get", "/api/logistics/pvt/inventory/skus/{skuId}")
SET_QUANTITY = (
    "patch",
    "/api/logistics/pvt/inventory/skus/{skuId}/warehouses/{warehouseId}/quantity",
)
WAREHOUSES = ("get", "/api/logistics/pvt/configuration/warehouses")


@cache
def document(name: str) -> Schema:
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"VTEX's specification is not at {path}: set TRAMA_SPECS")
    loaded: Schema = json.loads(path.read_text("utf-8"))
    return loaded


def operation(method: str, path: str) -> tuple[Schema, Schema] | None:
    """Answer an operation and the document it is in."""
    for name in FILES:
        spec = document(name)
        found = spec["paths"].get(path, {}).get(method.lower())
        if found is not None:
            return found, spec
    return None


def parameters(method: str, path: str) -> dict[str, Schema]:
    """Answer the declared parameters by name in lower case."""
    found = operation(method, path)
    assert found is not None
    declared, spec = found
    shared = spec["paths"][path].get("parameters", [])
    resolved = [resolve(each, spec) for each in [*shared, *declared.get("parameters", [])]]
    return {each["name"].lower(): each for each in resolved}


def answer_content(method: str, path: str) -> tuple[Schema, Schema] | None:
    """Answer the content that a 200 is declared with, and its document."""
    found = operation(method, path)
    assert found is not None
    declared, spec = found
    contents = resolve(declared["responses"][str(success(method, path))], spec).get("content", {})
    return (next(iter(contents.values())), spec) if contents else None


def success(method: str, path: str) -> int:
    """Answer the status with which the operation is declared to succeed."""
    found = operation(method, path)
    assert found is not None
    return min(int(status) for status in found[0]["responses"] if status.startswith("2"))


def request_example(method: str, path: str) -> Any:
    """Answer VTEX's own published example of a request's body."""
    found = operation(method, path)
    assert found is not None
    return resolve(found[0]["requestBody"], found[1])["content"]["application/json"]["example"]


def answer_schema(method: str, path: str) -> Schema:
    """Answer the strict schema of a 200."""
    found = answer_content(method, path)
    assert found is not None
    return strict(found[0]["schema"], found[1])


def answer_example(method: str, path: str) -> Any:
    """Answer VTEX's own published example of a 200."""
    found = answer_content(method, path)
    assert found is not None
    return found[0]["example"]


def request_schema(method: str, path: str) -> Schema:
    """Answer the strict schema of a request's body."""
    found = operation(method, path)
    assert found is not None
    declared, spec = found
    body = resolve(declared["requestBody"], spec)
    return strict(body["content"]["application/json"]["schema"], spec)


def resolve(node: Schema, spec: Schema) -> Schema:
    while "$ref" in node:
        target: Any = spec
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def strict(node: Schema, spec: Schema) -> Schema:
    """Turn an OpenAPI 3.0 schema into JSON Schema that lets nothing undeclared pass."""
    node = resolve(node, spec)
    made: Schema = {}
    if "properties" in node:
        made["properties"] = {k: strict(v, spec) for k, v in node["properties"].items()}
        made["additionalProperties"] = node.get("additionalProperties", False)
    elif isinstance(node.get("additionalProperties"), dict):
        made["additionalProperties"] = strict(node["additionalProperties"], spec)
    if "items" in node:
        made["items"] = strict(node["items"], spec)
    for joint in ("allOf", "anyOf", "oneOf"):
        if joint in node:
            made[joint] = [strict(part, spec) for part in node[joint]]
    if "required" in node:
        made["required"] = node["required"]
    nullable = bool(node.get("nullable"))
    if "type" in node:
        made["type"] = [node["type"], "null"] if nullable else node["type"]
    if "enum" in node:
        made["enum"] = [*node["enum"], None] if nullable else node["enum"]
    return made


def faults(value: Any, schema: Schema) -> set[str]:
    """Answer where a value breaks a schema, as `path: rule member`."""
    found = jsonschema.Draft202012Validator(schema).iter_errors(value)
    return {text for error in found for text in _texts(error)}


def _texts(error: jsonschema.ValidationError) -> Iterator[str]:
    steps = "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in error.absolute_path)
    place = steps.removeprefix(".")
    if error.validator == "additionalProperties":
        schema: Any = error.schema
        instance: Any = error.instance
        for name in instance:
            if name not in schema["properties"]:
                yield f"{place}: undeclared {name}"
    else:
        yield f"{place}: {error.validator}"
