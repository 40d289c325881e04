"""Selections that only tell what an object holds, read straight from its attributes.

A field is plain where the schema answers it by an attribute of its object, for whoever holds the
object: it has no arguments, no guard and nothing to load. Whatever else is selected, and whatever
is not as the schema says, graphql-core executes.
"""

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter

Read = Callable[[Any], Any]


class NotPlain(Exception):
    """Something is selected, or held, that is not plain."""


def plain_reading(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
) -> Read | None:
    """Answer what makes a response's `data` of its root field's value; None where it is not plain.

    It raises NotPlain for a value that is not as the schema says.
    """
    root, plain = schema.get_root_type(operation.operation), _Plain(document)
    if root is None:
        return None
    try:
        ((key, node),) = plain.selected(root, operation.selection_set)
        read = plain.value(root.fields[node.name.value].type, node.selection_set)
    except (KeyError, NotPlain, ValueError):
        return None
    return lambda value: {key: read(value)}


class _Plain:
    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            each.name.value: each
            for each in document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }

    def selected(
        self, kind: GraphQLObjectType, selected: SelectionSetNode
    ) -> list[tuple[str, FieldNode]]:
        """Answer the fields of a place by the names they are told under; raises NotPlain."""
        found = list(self._expanded(kind, selected))
        if len(dict(found)) < len(found):
            raise NotPlain("a field that is selected twice")
        return found

    def value(self, kind: GraphQLOutputType, selected: SelectionSetNode | None) -> Read:
        """Answer how a value of a type is shown; raises NotPlain."""
        if isinstance(kind, GraphQLNonNull):
            return _required(self._some(kind.of_type, selected))
        shown = self._some(kind, selected)
        return lambda value: None if value is None else shown(value)

    def _some(self, kind: GraphQLOutputType, selected: SelectionSetNode | None) -> Read:
        """Answer how a value that is there is shown."""
        if isinstance(kind, GraphQLScalarType | GraphQLEnumType):
            return _leaf(kind)
        if isinstance(kind, GraphQLList):
            each = self.value(kind.of_type, selected)
            return lambda values: [each(value) for value in values]
        if isinstance(kind, GraphQLObjectType) and selected is not None:
            parts = [(key, self._field(kind, node)) for key, node in self.selected(kind, selected)]
            return lambda value: {key: read(value) for key, read in parts}
        raise NotPlain("a type that has to be found out")

    def _field(self, kind: GraphQLObjectType, node: FieldNode) -> Read:
        if node.name.value == "__typename":
            return lambda _: kind.name
        field = kind.fields[node.name.value]
        if not getattr(field.resolve, "_is_default", False):
            raise NotPlain("a field that is more than an attribute")
        told = field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
        held, shown = attrgetter(told.python_name), self.value(field.type, node.selection_set)
        return lambda value: shown(held(value))

    def _expanded(
        self, kind: GraphQLObjectType, selected: SelectionSetNode
    ) -> Iterator[tuple[str, FieldNode]]:
        for each in selected.selections:
            if each.directives:
                raise NotPlain("a directive")
            if isinstance(each, FieldNode):
                yield (each.alias or each.name).value, each
                continue
            fragment = (
                self._fragments[each.name.value] if isinstance(each, FragmentSpreadNode) else each
            )
            if not isinstance(fragment, FragmentDefinitionNode | InlineFragmentNode):
                raise NotPlain("a selection that is not known")
            condition = fragment.type_condition
            if fragment.directives or (condition and condition.name.value != kind.name):
                raise NotPlain("a directive, or a type that has to be found out")
            yield from self._expanded(kind, fragment.selection_set)


def _leaf(kind: GraphQLScalarType | GraphQLEnumType) -> Read:
    def show(value: Any) -> Any:
        try:
            shown = kind.coerce_output_value(value)
        except (GraphQLError, TypeError, ValueError) as error:
            raise NotPlain(f"not a value of {kind.name}") from error
        if shown is None:
            raise NotPlain(f"not a value of {kind.name}")
        return shown

    return show


def _required(shown: Read) -> Read:
    def show(value: Any) -> Any:
        if value is None:
            raise NotPlain("null where there has to be a value")
        return shown(value)

    return show
