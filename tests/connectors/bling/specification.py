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
STOCK_RECORDS = "/estoques"
SITUATION = "/situacoes/{idSituacao}"


@cache
def document() -> Schema:
    path = FOLDER / FILE
    if not path.exists():
        pytest.skip(f"Bling's specification is not at {path}: set TRAMA_SPECS")
    loaded: Schema = json.loads(path.read_text("utf-8"))
    return loaded


def declared(path: str) -> Schema:
    """Answer the operation of an address: the only one that is used here."""
    found: Schema = document()["paths"][path]["post" if path == STOCK_RECORDS else "get"]
    return found


def parameters(path: str) -> dict[str, Schema]:
    """Answer the declared parameters of an operation by name."""
    item = document()["paths"][path]
    told = [*item.get("parameters", []), *declared(path).get("parameters", [])]
    return {each["name"]: each for each in map(resolve, told)}


def answer_content(path: str, status: int) -> Schema:
    """Answer what an answer is declared as."""
    response = resolve(declared(path)["responses"][str(status)])
    content: Schema = next(iter(response["content"].values()))["schema"]
    return content


def answer_schema(path: str, status: int = 200) -> Schema:
    """Answer the strict schema of an answer."""
    return strict(answer_content(path, status))


def answer_example(path: str, status: int = 200) -> Any:
    """Answer Bling's own published example of an answer, which it gives member by member."""
    return example(answer_content(path, status))


def request_content(path: str) -> Schema:
    """Answer what a request's body is declared as."""
    content: Schema = declared(path)["requestBody"]["content"]["application/json"]["schema"]
    return content


def request_schema(path: str) -> Schema:
    """Answer the strict schema of a request's body: what it requires must be there."""
    return strict(request_content(path), is_request=True)


def request_example(path: str) -> Any:
    """Answer Bling's own published example of a request's body."""
    return example(request_content(path))


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


def strict(node: Schema, *, is_request: bool = False) -> Schema:
    """Turn an OpenAPI 3.0 schema into JSON Schema that lets nothing undeclared pass."""
    node = merged(node)
    made: Schema = {}
    if "properties" in node:
        parts = node["properties"].items()
        made["properties"] = {name: strict(each, is_request=is_request) for name, each in parts}
        made["additionalProperties"] = False
    if is_request and "required" in node:
        made["required"] = node["required"]
    if "items" in node:
        made["items"] = strict(node["items"], is_request=is_request)
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
