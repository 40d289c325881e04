"""What an operation selects, as a tree of types and fields; each fetched field is a step."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
)

from gateway.engine.access import Access, Attribute, Guard, Reader, access_of
from gateway.engine.collecting import Collector
from gateway.engine.documents import Operation, selections_of
from gateway.engine.literals import has_variables

MOST_SELECTIONS = 4_000


class TooLarge(Exception):
    """An operation selects more than is compiled."""


@dataclass(frozen=True, slots=True, eq=False)
class Hop:
    """A response key on the way from the root to an object."""

    key: str
    kind: GraphQLOutputType
    holder: str


@dataclass(slots=True, eq=False)
class Field:
    """One entry of an object in the response; `below` is what is selected of it, by type."""

    key: str
    name: str
    nodes: list[FieldNode]
    parent: GraphQLObjectType
    definition: GraphQLField
    access: Access
    below: "dict[str, Selection]" = dataclasses.field(default_factory=dict)
    step: "Step | None" = None

    @property
    def kind(self) -> GraphQLOutputType:
        """The field's type."""
        return self.definition.type

    @property
    def resolve(self) -> Callable[..., Any] | None:
        """The field's resolver as graphql-core has it."""
        return self.definition.resolve

    @property
    def has_steps_below(self) -> bool:
        """Whether anything below is fetched."""
        return any(
            each is not None and (each.step is not None or each.has_steps_below)
            for selection in self.below.values()
            for each in selection.fields.values()
        )


@dataclass(slots=True, eq=False)
class Selection:
    """What is selected of an object type at one place; a key without a field is `__typename`."""

    number: int
    kind: GraphQLObjectType
    fields: dict[str, Field | None] = dataclasses.field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Step:
    """A field that is fetched, for all its parents at once; `route` leads to the parents."""

    number: int
    field: Field
    route: tuple[Hop, ...]
    children: "list[Step]" = dataclasses.field(default_factory=list)


@dataclass(slots=True, eq=False)
class Tree:
    """The whole of an operation; `guards` stand before attributes that are read in place."""

    root: Selection
    steps: list[Step] = dataclasses.field(default_factory=list)
    roots: list[Step] = dataclasses.field(default_factory=list)
    guards: list[Guard] = dataclasses.field(default_factory=list)


class Grower:
    """Grows the tree of one operation with its conditions decided."""

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: Operation,
        decided: dict[str, bool],
        reader: Reader | None,
        *,
        trusts_guards: bool,
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._collector = Collector(schema, operation.fragments, decided)
        self._reader = reader
        self._trusts_guards = trusts_guards
        self._count = 0

    def grow(self, root: GraphQLObjectType) -> Tree:
        """Answer the tree; raises TooLarge."""
        self._tree = Tree(Selection(0, root))
        selected = [self._operation.node.selection_set]
        self._fill(self._tree.root, selected, (), self._tree.roots, is_root=True)
        return self._tree

    def _fill(
        self,
        selection: Selection,
        selected: Sequence[SelectionSetNode],
        route: tuple[Hop, ...],
        steps: list[Step],
        *,
        is_root: bool = False,
    ) -> None:
        kind = selection.kind
        for key, nodes in self._collector.collect(kind, selected).items():
            name = nodes[0].name.value
            if name == "__typename":
                selection.fields[key] = None
                continue
            definition = kind.fields[name]
            access = access_of(name, definition, self._reader)
            made = Field(key, name, nodes, kind, definition, access)
            selection.fields[key] = made
            # Variables have to be looked at, though what is read depends on none.
            is_fetched = is_root or has_variables(nodes[0]) or not self._is_read(access)
            self._follow(made, route, steps, is_fetched=is_fetched)

    def _is_read(self, access: Access) -> bool:
        """Whether a field is read in place, as all are that are attributes nobody guards.

        Lists that may be told by columns are not: those of a level are filled together.
        """
        if not isinstance(access, Attribute) or access.in_columns:
            return False
        if access.guards and not self._trusts_guards:
            return False
        self._tree.guards.extend(access.guards)
        return True

    def _follow(
        self, made: Field, route: tuple[Hop, ...], steps: list[Step], *, is_fetched: bool
    ) -> None:
        if is_fetched:
            made.step = Step(len(self._tree.steps), made, route)
            self._tree.steps.append(made.step)
            steps.append(made.step)
            steps = made.step.children
        named = get_named_type(made.kind)
        if not is_leaf_type(named):
            selected = selections_of(made.nodes)
            hop = Hop(made.key, made.kind, made.parent.name)
            for kind in self._possible(named):
                self._count += 1
                if self._count > MOST_SELECTIONS:
                    raise TooLarge
                below = made.below[kind.name] = Selection(self._count, kind)
                self._fill(below, selected, (*route, hop), steps)

    def _possible(self, kind: GraphQLNamedType) -> Sequence[GraphQLObjectType]:
        if is_abstract_type(kind):
            return self._schema.get_possible_types(kind)
        assert isinstance(kind, GraphQLObjectType)
        return [kind]
