"""Prices by `schema.graphql` alone, as any tool may come to them, and operations to try them on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    build_schema,
    get_named_type,
    get_nullable_type,
    get_variable_values,
    is_abstract_type,
    is_leaf_type,
    parse,
    validate,
    value_from_ast,
    value_from_ast_untyped,
)
from graphql.execution.values import VariableValues

from tests.conformance.engine.operations import Draft

SCHEMA = build_schema((Path(__file__).parents[1] / "schema.graphql").read_text("utf-8"))
Fields = Mapping[str, list[FieldNode]]


class OurDraft(Draft):
    """Valid operations on our schema, with values that lead to records."""

    values_of: Mapping[str, Sequence[Any]]
    without = frozenset({"after", "before", "query", "group", "locationGroup", "source"})

    def write(self, kind: str = "query") -> str:
        """Answer the document; what it asks for is nested deeper than usual."""
        body = self.selected(self.schema.query_type, -3)
        head = f"({', '.join(self.declared)})" if self.declared else ""
        return "\n".join([f"{kind} Op{head} {body}", *self.fragments.values()])

    def literal(self, kind: Any) -> str:
        """Answer a value as it is written."""
        named = get_nullable_type(kind)
        if isinstance(named, GraphQLScalarType) and named.name in self.values_of:
            told = self.rng.choice(self.values_of[named.name])
            return f'"{told}"' if isinstance(told, str) else str(told)
        return super().literal(kind)

    def json(self, kind: Any) -> Any:
        """Answer a value as it is sent."""
        named = get_nullable_type(kind)
        if isinstance(named, GraphQLScalarType) and named.name in self.values_of:
            return self.rng.choice(self.values_of[named.name])
        return super().json(kind)

    def _arguments(self, args: dict[str, GraphQLArgument]) -> str:
        return super()._arguments({k: v for k, v in args.items() if k not in self.without})


@dataclass
class TextPrices:
    """One operation of a document, with its variables, priced step by step."""

    document: DocumentNode
    given: Mapping[str, Any]

    def __post_init__(self) -> None:
        self.operation = next(
            each for each in self.document.definitions if isinstance(each, OperationDefinitionNode)
        )
        self.fragments = {
            each.name.value: each
            for each in self.document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }
        declared = self.operation.variable_definitions or ()
        coerced = get_variable_values(SCHEMA, declared, dict(self.given))
        self.variables = coerced if isinstance(coerced, VariableValues) else None

    @property
    def is_fit(self) -> bool:
        """Whether the variables fit."""
        return self.variables is not None

    def price(self) -> Decimal:
        """Answer the price before anything is answered."""
        root = SCHEMA.get_root_type(self.operation.operation)
        assert root is not None
        return self._price(root, [self.operation.selection_set], {})

    def spent(self, data: Mapping[str, Any]) -> Decimal:
        """Answer what was answered, by the same weights."""
        root = SCHEMA.get_root_type(self.operation.operation)
        assert root is not None
        return self._spent(root, [self.operation.selection_set], data)

    def _price(
        self, kind: GraphQLObjectType, sets: Sequence[SelectionSetNode], sized: Mapping[str, int]
    ) -> Decimal:
        total = Decimal(0)
        for nodes in self._collect(kind, sets).values():
            node, field = nodes[0], kind.fields[nodes[0].name.value]
            told = _directive(field, "listSize")
            size, below, least = sized.get(node.name.value, 1), {}, Decimal(0)
            if told:
                length = self._length(field, node, told)
                if told.get("sizedFields"):
                    below = dict.fromkeys(told["sizedFields"], length)
                    page = SCHEMA.type_map[get_named_type(field.type).name]
                    assert isinstance(page, GraphQLObjectType)
                    least = length * max(_weight(page.fields[name]) for name in below)
                else:
                    size = length
            inner = [each.selection_set for each in nodes if each.selection_set is not None]
            among = [
                self._price(each, inner, below) for each in _possible(get_named_type(field.type))
            ]
            total += size * (_weight(field) + max([least, *among]))
            total += self._arguments(field, node)
        return total

    def _spent(
        self, kind: GraphQLObjectType, sets: Sequence[SelectionSetNode], data: Mapping[str, Any]
    ) -> Decimal:
        total = Decimal(0)
        for key, nodes in self._collect(kind, sets).items():
            field, value = kind.fields[nodes[0].name.value], data.get(key)
            inner = [each.selection_set for each in nodes if each.selection_set is not None]
            entries = value if isinstance(value, list) else [value]
            if is_leaf_type(get_named_type(field.type)):
                total += _weight(field) if value is not None else 0
                continue
            for each in entries:
                if each is not None:
                    found = SCHEMA.type_map[each["__typename"]]
                    assert isinstance(found, GraphQLObjectType)
                    own = _directive(field, "cost") or _directive(found, "cost")
                    total += Decimal(own["weight"] if own else 1)
                    total += self._spent(found, inner, each)
        return total

    def _length(self, field: Any, node: FieldNode, told: Mapping[str, Any]) -> int:
        usual = told.get("assumedSize")
        if usual is None:
            usual = max(
                (
                    value_from_ast(each.ast_node.default_value, each.type)
                    for name, each in field.args.items()
                    if name in told["slicingArguments"] and each.ast_node.default_value
                ),
                default=0,
            )
        given = {each.name.value: each for each in node.arguments or ()}
        sizes = [
            self._told(given[name], usual)
            for name in told.get("slicingArguments") or ()
            if name in given
        ]
        return max(sizes, default=usual)

    def _told(self, argument: Any, usual: int) -> int:
        value = self._value(argument)
        if isinstance(value, list):
            return len(value)
        if isinstance(value, str | dict):
            return 1
        return usual if value is None else max(0, int(value))

    def _value(self, argument: Any) -> Any:
        assert self.variables is not None
        return value_from_ast_untyped(argument.value, self.variables.coerced)

    def _arguments(self, field: Any, node: FieldNode) -> Decimal:
        total = Decimal(0)
        for each in node.arguments or ():
            told = _directive(field.args[each.name.value], "cost")
            if told and self._value(each) is not None:
                total += Decimal(told["weight"])
        return total

    def _collect(self, kind: GraphQLObjectType, sets: Sequence[SelectionSetNode]) -> Fields:
        found: dict[str, list[FieldNode]] = {}
        for selected in sets:
            for each in selected.selections:
                if not self._is_included(each):
                    continue
                if isinstance(each, FieldNode):
                    if not each.name.value.startswith("__"):
                        found.setdefault((each.alias or each.name).value, []).append(each)
                    continue
                inner = (
                    self.fragments[each.name.value]
                    if isinstance(each, FragmentSpreadNode)
                    else each
                )
                assert isinstance(inner, FragmentDefinitionNode | InlineFragmentNode)
                condition = inner.type_condition
                if condition is None or kind in _possible(SCHEMA.type_map[condition.name.value]):
                    for key, nodes in self._collect(kind, [inner.selection_set]).items():
                        found.setdefault(key, []).extend(nodes)
        return found

    def _is_included(self, selection: Any) -> bool:
        for each in selection.directives or ():
            if self._value(each.arguments[0]) is (each.name.value == "skip"):
                return False
        return True


def _weight(field: Any) -> Decimal:
    told = _directive(field, "cost")
    if told:
        return Decimal(told["weight"])
    weights = [
        Decimal((_directive(each, "cost") or {"weight": 1})["weight"])
        for each in _possible(get_named_type(field.type))
    ]
    return max(weights, default=Decimal(0))


def _possible(kind: GraphQLNamedType) -> Sequence[GraphQLObjectType]:
    if is_abstract_type(kind):
        return SCHEMA.get_possible_types(kind)
    return [kind] if isinstance(kind, GraphQLObjectType) else []


def _directive(holder: Any, name: str) -> dict[str, Any]:
    for each in holder.ast_node.directives or ():
        if each.name.value == name:
            return {a.name.value: value_from_ast_untyped(a.value) for a in each.arguments}
    return {}


def drafted(
    seeds: range, values_of: Mapping[str, Sequence[Any]]
) -> Iterator[tuple[str, dict[str, Any], TextPrices]]:
    """Answer valid operations by chance, with variables that fit."""
    for seed in seeds:
        made = OurDraft(Random(seed), SCHEMA)
        made.values_of = values_of
        text = made.write()
        document = parse(text)
        if validate(SCHEMA, document):
            continue
        told = TextPrices(document, made.values)
        if told.is_fit:
            yield text, made.values, told
