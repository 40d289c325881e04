"""The fields that an operation asks an object for, each with the conditions that it is there by."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    is_abstract_type,
)

from gateway.graph.cost import Condition

When: TypeAlias = tuple[Condition, ...]
Conditioned: TypeAlias = "tuple[tuple[SelectionSetNode, When], ...]"
_NEVER = None


class Selecting:
    """Expands the selections of one operation."""

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

    def read(self, value: ValueNode) -> tuple[ValueNode | None, str | None]:
        """Answer the constant that is written, or a variable's own, and the variable."""
        if isinstance(value, VariableNode):
            return self._defaults.get(value.name.value), value.name.value
        return value, None

    def fields(
        self, kind: GraphQLObjectType, sets: Conditioned
    ) -> Mapping[str, list[tuple[FieldNode, When]]]:
        """Answer the fields that an object of a type is asked for, fragments expanded, by key."""
        found: dict[str, list[tuple[FieldNode, When]]] = {}
        seen: set[tuple[int, When]] = set()
        waiting = list(sets)
        while waiting:
            selected, above = waiting.pop()
            for each in selected.selections:
                when = self._when(each.directives or (), above)
                if when is _NEVER or (id(self._inner(each)), when) in seen:
                    continue
                seen.add((id(self._inner(each)), when))
                if not isinstance(each, FieldNode):
                    fragment = self._inner(each)
                    if self._is_of(kind, fragment):
                        waiting.append((fragment.selection_set, when))
                elif not each.name.value.startswith("__"):
                    found.setdefault((each.alias or each.name).value, []).append((each, when))
        return found

    def _inner(self, each: SelectionNode) -> Any:
        """Answer a field or a fragment itself; what is spread twice is one."""
        return self._fragments[each.name.value] if isinstance(each, FragmentSpreadNode) else each

    def _is_of(
        self, kind: GraphQLObjectType, fragment: InlineFragmentNode | FragmentDefinitionNode
    ) -> bool:
        condition = fragment.type_condition
        if condition is None or condition.name.value == kind.name:
            return True
        asked = self._schema.type_map[condition.name.value]
        return is_abstract_type(asked) and self._schema.is_sub_type(asked, kind)

    def _when(self, directives: Sequence[DirectiveNode], above: When) -> When | None:
        """Answer the conditions of a selection; None where it is never there."""
        when = above
        for each in directives:
            if each.name.value not in ("skip", "include"):
                continue
            without = each.name.value == "skip"
            (told,) = each.arguments or ()
            constant, variable = self.read(told.value)
            decided = constant.value if isinstance(constant, BooleanValueNode) else None
            if variable is None and decided is without:
                return _NEVER
            if variable is not None:
                when = (*when, Condition(variable, without, decided))
        return when
