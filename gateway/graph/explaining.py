"""What an operation would do and cost, said without a caller, a database or a source."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    separate_operations,
    visit,
)

from gateway.graph.cost import Part, shown
from gateway.graph.documents import Document, Documents, Operation
from gateway.graph.naming import plain_field, plain_type
from gateway.graph.permissions import Holder, needs
from gateway.graph.planning import Planning, plan_of
from gateway.graph.refusals import OperationRefused
from gateway.graph.schema import TramaSchema
from gateway.model.principal import Scope
from gateway.settings import DocumentLimits


@dataclass(frozen=True, slots=True)
class LiveRead:
    """A field that may have sources asked: by which rule of freshness, and for which streams."""

    rule: str
    streams: tuple[str, ...]


_ORDERS = LiveRead("order", ("orders", "fulfillments", "invoices"))
LIVE: Mapping[tuple[str, str], LiveRead] = {
    ("Query", "availability"): LiveRead("availability", ("stock",)),
    ("InventoryItem", "availability"): LiveRead("inventory_item", ("stock",)),
    ("Query", "order"): _ORDERS,
    ("Query", "ordersByKey"): _ORDERS,
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one operation would do, with the variables that were given.

    `live` are the fields that may have sources asked; `unset` the variables without a value, which
    are priced as if they were not there.
    """

    name: str | None
    kind: str
    planning: Planning
    scopes: tuple[Scope, ...]
    live: Mapping[str, LiveRead]
    unset: tuple[str, ...]
    price: int | float
    parts: tuple[Part, ...]


class OperationInvalid(Exception):
    """A document or its variables cannot be executed; each error says where and why."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__(f"{len(errors)} errors")
        self.errors = tuple(errors)


class OperationNotChosen(Exception):
    """A document has several operations, or none of a name; `names` are of those that it has."""

    def __init__(self, names: Sequence[str | None]) -> None:
        super().__init__("which operation is meant?")
        self.names = tuple(names)


def explain(
    schema: TramaSchema,
    text: str,
    name: str | None = None,
    variables: Mapping[str, Any] | None = None,
    limits: DocumentLimits | None = None,
) -> Explanation:
    """Answer what an operation would do.

    raises: GraphQLSyntaxError; OperationRefused beyond a limit; OperationInvalid;
    OperationNotChosen.
    """
    documents = Documents(schema.executable, limits or DocumentLimits(), introspection=True)
    document = documents.get(text)
    if document.errors:
        raise OperationInvalid(document.errors)
    operation = _chosen(document, name)
    given = variables or {}
    planning = plan_of(schema.executable, document.node, operation.name, variables)
    if planning.errors:
        raise OperationInvalid(planning.errors)
    alone = separate_operations(document.node)[operation.name or ""]
    places = list(_places(schema.executable, alone))
    return Explanation(
        operation.name, operation.kind, planning,
        tuple(sorted({scope for kind, field in places for scope in needs(kind, field)})),
        _live(places),
        tuple(each for each in _declared(alone) if each not in given),
        shown(operation.price.points(given)),
        tuple(operation.price.parts(given)),
    )  # fmt: skip


def _chosen(document: Document, name: str | None) -> Operation:
    try:
        return document.operation(name)
    except OperationRefused:
        raise OperationNotChosen([each.name for each in document.operations]) from None


class _Fields(Visitor):
    """Finds the fields that are selected, each with the type that it is asked of."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.found: dict[tuple[str, str], tuple[Holder, str]] = {}
        self._types = types

    def enter_field(self, node: FieldNode, *_: object) -> None:
        """Note a field."""
        holder, name = self._types.get_parent_type(), node.name.value
        if isinstance(holder, GraphQLObjectType | GraphQLInterfaceType) and name in holder.fields:
            self.found[holder.name, name] = (holder, name)


def _places(schema: GraphQLSchema, document: DocumentNode) -> Iterator[tuple[Holder, str]]:
    types = TypeInfo(schema)
    fields = _Fields(types)
    visit(document, TypeInfoVisitor(types, fields))
    yield from fields.found.values()


def _live(places: Sequence[tuple[Holder, str]]) -> dict[str, LiveRead]:
    found = {}
    for kind, name in places:
        place = (plain_type(kind), plain_field(name, kind.fields[name]))
        if place in LIVE:
            found[f"{kind.name}.{name}"] = LIVE[place]
    return found


def _declared(document: DocumentNode) -> Iterator[str]:
    """Answer the variables without a default."""
    for definition in document.definitions:
        for each in getattr(definition, "variable_definitions", None) or ():
            if each.default_value is None:
                yield each.variable.name.value
