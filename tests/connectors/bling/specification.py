"""Bling's published OpenAPI file, read strictly: a member that is not declared is a fault.

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
FOLDER = Path(os.environ.get("TRAMA_SPECS", ROOT / "../shared/specs")) / "bling"
FILE = "bling-openapi-v3.json"

Schema = dict[str, Any]

COMPANY = "/empresas/me/dados-basicos"
ORDERS = "/pedidos/vendas"
ORDER = "/pedidos/vendas/{idPedidoVenda}"
INVOICES = "/nfe"
INVOICE = "/nfe/{idNotaFiscal}"
CONTACTS = "/contatos"
CONTACT = "/contatos/{idContato}"
DEPOSITS = "/depositos"
PRODUCTS = "/produtos"
BALANCES = "/estoques/saldos"
SITUATION = "/situacoes/{idSituacao}"


@cache
def document() -> Schema:
    path = FOLDER / FILE
    if not path.exists():
        pytest.skip(f"Bling's specification is not at {path}: set TRAMA_SPECS")
    loaded: Schema = json.loads(path.read_text("utf-8"))
    return loaded


def parameters(path: str) -> dict[str, Schema]:
    """Answer the declared parameters of a GET by name."""
    item = document()["paths"][path]
    told = [*item.get("parameters", []), *item["get"].get("parameters", [])]
    return {each["name"]: each for each in map(resolve, told)}


def answer_content(path: str) -> Schema:
    """Answer what a GET's 200 is declared as."""
    response = resolve(document()["paths"][path]["get"]["responses"]["200"])
    content: Schema = next(iter(response["content"].values()))["schema"]
    return content


def answer_schema(path: str) -> Schema:
    """Answer the strict schema of a GET's 200."""
    return strict(answer_content(path))


def answer_example(path: str) -> Any:
    """Answer Bling's own published example of a GET's 200, which it gives member by member."""
    return example(answer_content(path))


def resolve(node: Schema) -> Schema:
    while "$ref" in node:
        target: Any = document()
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def merged(node: Schema) -> Schema:
    """Answer a schema with its `allOf` taken together."""
    node = resolve(node)
    made: Schema = {key: value for key, value in node.items() if key != "allOf"}
    for part in map(merged, node.get("allOf", [])):
        properties = {**made.get("properties", {}), **part.get("properties", {})}
        required = [*made.get("required", []), *part.get("required", [])]
        made = {**made, **part}
        if properties:
            made["properties"] = properties
        if required:
            made["required"] = required
    return made


def strict(node: Schema) -> Schema:
    """Turn an OpenAPI 3.0 schema into JSON Schema that lets nothing undeclared pass."""
    node = merged(node)
    made: Schema = {}
    if "properties" in node:
        made["properties"] = {name: strict(each) for name, each in node["properties"].items()}
        made["additionalProperties"] = False
    if "items" in node:
        made["items"] = strict(node["items"])
    nullable = bool(node.get("nullable"))
    if "type" in node:
        made["type"] = [node["type"], "null"] if nullable else node["type"]
    if "enum" in node:
        made["enum"] = node["enum"]
    return made


def example(node: Schema) -> Any:
    """Answer what Bling's own examples of a schema's members make together."""
    node = merged(node)
    if "example" in node:
        return node["example"]
    if "properties" in node:
        told = {name: example(each) for name, each in node["properties"].items()}
        return {name: value for name, value in told.items() if value is not None}
    if "items" in node:
        return [example(node["items"])]
    return node["enum"][0] if "enum" in node else None


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
