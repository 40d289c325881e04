"""Which fields an object answers: fragments opened, conditions decided, equal keys merged.

https://spec.graphql.org/October2021/#CollectFields()
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from graphql import (
    BooleanValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    is_abstract_type,
)


@dataclass(frozen=True, slots=True)
class Collector:
    """Collects for one document, with the conditions' variables decided."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    decided: Mapping[str, bool]

    def collect(
        self, kind: GraphQLObjectType, selected: Sequence[SelectionSetNode]
    ) -> dict[str, list[FieldNode]]:
        """Answer the fields by response key, in the order of the response."""
        found = _Found()
        for each in selected:
            self._visit(kind, each, found)
        return found.fields

    def _visit(self, kind: GraphQLObjectType, selected: SelectionSetNode, found: "_Found") -> None:
        for node in selected.selections:
            if not self.includes(node):
                continue
            if isinstance(node, FieldNode):
                found.fields.setdefault((node.alias or node.name).value, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                if self._applies(node.type_condition, kind):
                    self._visit(kind, node.selection_set, found)
            elif isinstance(node, FragmentSpreadNode):
                self._spread(kind, node.name.value, found)

    def _spread(self, kind: GraphQLObjectType, name: str, found: "_Found") -> None:
        if name in found.spread:
            return
        fragment = self.fragments[name]
        if self._applies(fragment.type_condition, kind):
            found.spread.add(name)
            self._visit(kind, fragment.selection_set, found)

    def _applies(self, condition: NamedTypeNode | None, kind: GraphQLObjectType) -> bool:
        if condition is None or condition.name.value == kind.name:
            return True
        wider = self.schema.get_type(condition.name.value)
        return is_abstract_type(wider) and self.schema.is_sub_type(wider, kind)

    def includes(self, node: SelectionNode) -> bool:
        """Whether a selection is taken: skipping goes before including."""
        return not self._says(node, "skip", False) and self._says(node, "include", True)

    def _says(self, node: SelectionNode, name: str, otherwise: bool) -> bool:
        for directive in node.directives or ():
            if directive.name.value == name:
                (condition,) = directive.arguments or ()
                value = condition.value
                if isinstance(value, VariableNode):
                    return self.decided[value.name.value]
                return isinstance(value, BooleanValueNode) and value.value
        return otherwise


@dataclass(slots=True)
class _Found:
    fields: dict[str, list[FieldNode]] = field(default_factory=dict)
    spread: set[str] = field(default_factory=set)
