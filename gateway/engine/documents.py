"""An operation of a parsed document: its fragments, its conditions, and whether it is compiled."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
)

CONDITIONS = ("skip", "include")
MOST_CONDITIONS = 10
# What changes how a response is made, and is not compiled.
_DIRECTIVES = {
    "defer": "incremental",
    "stream": "incremental",
    "experimental_disableErrorPropagation": "error propagation",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document, with the fragments beside it."""

    document: DocumentNode
    node: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]

    @property
    def is_mutation(self) -> bool:
        """Whether its root fields are carried out one after another."""
        return self.node.operation is OperationType.MUTATION


def find_operation(document: DocumentNode, name: str | None) -> Operation:
    """Answer the operation that is meant; raises GraphQLError as graphql-core words it."""
    operations = [
        each for each in document.definitions if isinstance(each, OperationDefinitionNode)
    ]
    fragments = {
        each.name.value: each
        for each in document.definitions
        if isinstance(each, FragmentDefinitionNode)
    }
    if name is None and len(operations) > 1:
        raise GraphQLError("Must provide operation name if query contains multiple operations.")
    for each in operations:
        if name is None or (each.name is not None and each.name.value == name):
            return Operation(document, each, fragments)
    if name is None:
        raise GraphQLError("Must provide an operation.")
    raise GraphQLError(f"Unknown operation named '{name}'.")


def conditions_of(operation: Operation) -> tuple[str, ...]:
    """Answer the variables that decide what is selected, in the order of their names."""
    names = {
        argument.value.name.value
        for directive in _directives(operation)
        if directive.name.value in CONDITIONS
        for argument in directive.arguments or ()
        if isinstance(argument.value, VariableNode)
    }
    return tuple(sorted(names))


def why_not(operation: Operation) -> str | None:
    """Answer why an operation is left to graphql-core, or None where it is compiled."""
    for directive in _directives(operation):
        if directive.name.value in _DIRECTIVES:
            return _DIRECTIVES[directive.name.value]
    if any(each.variable_definitions for each in operation.fragments.values()):
        return "fragment variables"
    if len(conditions_of(operation)) > MOST_CONDITIONS:
        return "conditions"
    return "introspection" if _asks_for_schema(operation) else None


def _asks_for_schema(operation: Operation) -> bool:
    return any(
        isinstance(each, FieldNode) and each.name.value in ("__schema", "__type")
        for each in _selections(operation)
    )


def _directives(operation: Operation) -> Iterator[DirectiveNode]:
    yield from operation.node.directives or ()
    for each in _selections(operation):
        yield from each.directives or ()


def _selections(operation: Operation) -> Iterator[SelectionNode]:
    """Answer every selection of the operation and of all fragments, each once."""
    waiting: list[SelectionSetNode] = [
        operation.node.selection_set,
        *(each.selection_set for each in operation.fragments.values()),
    ]
    while waiting:
        for each in waiting.pop().selections:
            yield each
            if isinstance(each, FieldNode | InlineFragmentNode) and each.selection_set is not None:
                waiting.append(each.selection_set)


def selections_of(nodes: Sequence[FieldNode]) -> list[SelectionSetNode]:
    """Answer what is selected below fields that are one in the response."""
    return [each.selection_set for each in nodes if each.selection_set is not None]
