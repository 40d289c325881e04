"""What an operation may cost: the records that it may ask for, lists within lists multiplied."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from gateway.graph.inputs import USUAL_PER_PAGE

HIGHEST = 2**53  # what JSON's readers hold exactly
MOST_DIGITS = 18
_PAGES = ("first", "last")


@dataclass(frozen=True, slots=True)
class Size:
    """How long a list may be: as an argument says, or a variable, which `told` is else."""

    variable: str | None
    told: int
    usual: int = USUAL_PER_PAGE

    def of(self, variables: Mapping[str, Any]) -> int:
        """Answer the length; what cannot be a length is for the execution to refuse."""
        if self.variable is None or self.variable not in variables:
            return self.told
        value = variables[self.variable]
        if value is None:
            return self.usual
        if isinstance(value, list):
            return len(value)
        return int(min(max(0, value), HIGHEST)) if isinstance(value, int | float) else self.told


@dataclass(frozen=True, slots=True)
class Priced:
    """A field that lists records or leads to some; without sizes it is one."""

    field: str
    sizes: tuple[Size, ...]
    is_record: bool
    within: "tuple[Priced, ...]"


def price_of(priced: Sequence[Priced], variables: Mapping[str, Any]) -> int:
    """Answer how many records these fields may ask for."""
    total = 0
    for each in priced:
        times = max((size.of(variables) for size in each.sizes), default=1)
        total += times * (each.is_record + price_of(each.within, variables))
    return min(total, HIGHEST)


def priced_fields(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
) -> tuple[Priced, ...]:
    """Answer what an operation of a valid document is priced by."""
    root = schema.get_root_type(operation.operation)
    if root is None:
        return ()
    return _Pricing(schema, document, operation).within(
        root, [operation.selection_set], is_root=True
    )


class _Pricing:
    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
    ) -> None:
        self._schema = schema
        self._fragments = {
            each.name.value: each
            for each in document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }
        self._defaults = {
            each.variable.name.value: each.default_value
            for each in operation.variable_definitions or ()
        }

    def within(
        self,
        parent: GraphQLNamedType,
        selected: Sequence[SelectionSetNode],
        *,
        is_root: bool = False,
    ) -> tuple[Priced, ...]:
        """Answer the priced fields of a place; fields that are one are priced once."""
        met: dict[tuple[str, str], list[FieldNode]] = {}
        known: dict[tuple[str, str], GraphQLField] = {}
        for owner, node in self._fields(parent, selected):
            definition = getattr(owner, "fields", {}).get(node.name.value)
            if definition is not None:
                key = (owner.name, (node.alias or node.name).value)
                met.setdefault(key, []).append(node)
                known[key] = definition
        priced = (self._price(known[key], nodes, is_root) for key, nodes in met.items())
        return tuple(each for each in priced if each.is_record or each.within)

    def _price(self, definition: GraphQLField, nodes: Sequence[FieldNode], is_root: bool) -> Priced:
        sets = [node.selection_set for node in nodes if node.selection_set is not None]
        sizes = self._sizes(definition, nodes[0])
        inner = self.within(get_named_type(definition.type), sets)
        return Priced(nodes[0].name.value, sizes, bool(sizes) or is_root, inner)

    def _sizes(self, definition: GraphQLField, node: FieldNode) -> tuple[Size, ...]:
        given = {each.name.value: each for each in node.arguments or ()}
        if "first" in definition.args:
            usual = definition.args["first"].default_value
            usual = usual if isinstance(usual, int) else USUAL_PER_PAGE
            told = [self._count(given[name], usual) for name in _PAGES if name in given]
            return tuple(told) or (Size(None, usual),)
        return tuple(
            self._length(given[name])
            for name, argument in definition.args.items()
            if name in given and is_list_type(get_nullable_type(argument.type))
        )

    def _count(self, argument: ArgumentNode, usual: int) -> Size:
        constant, variable = self._read(argument.value)
        if not isinstance(constant, IntValueNode):
            return Size(variable, usual, usual)
        return Size(variable, max(0, int(constant.value[:MOST_DIGITS])), usual)

    def _length(self, argument: ArgumentNode) -> Size:
        constant, variable = self._read(argument.value)
        return Size(variable, len(constant.values) if isinstance(constant, ListValueNode) else 1)

    def _read(self, value: ValueNode) -> tuple[ValueNode | None, str | None]:
        """Answer the constant that is written, or a variable's own, and the variable."""
        if isinstance(value, VariableNode):
            return self._defaults.get(value.name.value), value.name.value
        return value, None

    def _fields(
        self, parent: GraphQLNamedType, selected: Sequence[SelectionSetNode]
    ) -> Iterator[tuple[GraphQLNamedType, FieldNode]]:
        """Answer every field with the type that it is asked of, fragments expanded."""
        waiting = [(parent, each) for each in selected]
        while waiting:
            owner, inner = waiting.pop()
            for each in inner.selections:
                if isinstance(each, FieldNode):
                    yield owner, each
                    continue
                fragment = self._fragment(each)
                condition = fragment.type_condition
                kind = owner if condition is None else self._schema.type_map[condition.name.value]
                waiting.append((kind, fragment.selection_set))

    def _fragment(self, each: SelectionNode) -> InlineFragmentNode | FragmentDefinitionNode:
        if isinstance(each, FragmentSpreadNode):
            return self._fragments[each.name.value]
        if isinstance(each, InlineFragmentNode):
            return each
        raise TypeError(f"not a selection: {each.kind}")
