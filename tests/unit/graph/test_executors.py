"""Plans are kept with their documents, those of documents known beforehand made at once."""

import gc
from typing import Any
from weakref import ref

import pytest

from gateway.engine.keeping import MOST_BYTES
from gateway.engine.response import Response
from gateway.graph.documents import Document, Documents
from gateway.graph.executors import MOST_PLANS, Admitted, Executors
from gateway.graph.schema import make_schemas
from gateway.model.principal import Principal, PrincipalKind
from gateway.settings import DocumentLimits

SCHEMAS = make_schemas()
ANYBODY = Principal("ops", PrincipalKind.OPERATOR, frozenset())
NO_CONTEXT: Any = None


@pytest.fixture
def executors() -> Executors:
    return Executors(SCHEMAS, introspection=True, uses_engine=True, most_kept_bytes=MOST_BYTES)


def document(text: str) -> Document:
    return Documents(SCHEMAS.callers.executable, DocumentLimits(), introspection=True).get(text)


def admitted(made: Document, name: str | None = None) -> Admitted:
    return Admitted("", made, made.operation(name), None, ANYBODY)


async def test_what_is_prepared_is_answered_without_being_planned(executors: Executors) -> None:
    made = document("query A { __typename } query B { b: __typename }")
    executors.prepare(made)
    for name, data in (("A", {"__typename": "Query"}), ("B", {"b": "Query"})):
        begun = executors.begin(admitted(made, name), NO_CONTEXT)
        assert isinstance(begun, Response)
        assert begun.data == data


async def test_a_plan_goes_with_its_document(executors: Executors) -> None:
    made = document("{ __typename }")
    assert (await executors.execute(admitted(made), NO_CONTEXT)).data == {"__typename": "Query"}
    begin: Any = made.operation(None).begin
    plan = ref(begin.args[0].plan)
    for n in range(MOST_PLANS):
        await executors.execute(admitted(document(f"query Q{n} {{ __typename }}")), NO_CONTEXT)
    assert plan() is not None
    del made, begin
    gc.collect()
    assert plan() is None
