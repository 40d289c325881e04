"""Makes the formula of an operation's price, by the weights and sizes of the schema.

A field costs its size times what one of its objects weighs with all that is selected of it, and
what its arguments cost: as https://ibm.github.io/graphql-specs/cost-spec.html has it (read
2026-11-25), the field's weight standing for its type's where it has one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    OperationDefinitionNode,
    ValueNode,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_list_type,
)

from gateway.graph.cost import (
    FREE,
    Amount,
    Formula,
    Given,
    Priced,
    Size,
    Variables,
    times,
)
from gateway.graph.selecting import Conditioned, Selecting, When
from gateway.graph.weights import (
    ListSize,
    argument_weight,
    field_weight,
    list_size,
    points,
    type_weight,
    usual_size,
)


@dataclass(frozen=True, slots=True)
class _Place:
    """What is selected together, and how long the lists are that are sized from above."""

    sets: Conditioned
    sized: tuple[str, ...] = ()
    size: Amount = 1

    @property
    def key(self) -> tuple[object, ...]:
        return (*((id(each), when) for each, when in self.sets), self.sized, self.size)


def formula_of(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
) -> Formula:
    """Answer the price of an operation of a valid document."""
    root = schema.get_root_type(operation.operation)
    if root is None:
        return FREE
    pricing = _Pricing(schema, document, operation)
    return Formula(pricing.of(root, _Place(((operation.selection_set, ()),)), is_root=True))


class _Pricing:
    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
    ) -> None:
        self._schema = schema
        self._selecting = Selecting(schema, document, operation)
        self._known: dict[tuple[object, ...], tuple[Priced, ...]] = {}

    def of(
        self, kind: GraphQLObjectType, place: _Place, *, is_root: bool = False
    ) -> tuple[Priced, ...]:
        """Answer what is selected of an object; fields that are one are priced once."""
        key = (kind.name, place.key)
        known = self._known.get(key)
        if known is None:
            priced = [
                self._price(kind, kind.fields[nodes[0][0].name.value], nodes, place)
                for nodes in self._selecting.fields(kind, place.sets).values()
            ]
            known = tuple(each for each in priced if is_root or not each.is_free)
            self._known[key] = known
        return known

    def _price(
        self,
        kind: GraphQLObjectType,
        field: GraphQLField,
        nodes: Sequence[tuple[FieldNode, When]],
        place: _Place,
    ) -> Priced:
        node = nodes[0][0]
        name = node.name.value
        told = list_size(kind, name)
        size = self._size(field, node, told) if told is not None else 1
        sized = told.sized if told is not None else ()
        ways = _ways([each for _, each in nodes])
        below = _Place(_within(nodes, are_conditional=len(ways) != 1), sized, size if sized else 1)
        within = tuple(self.of(each, below) for each in self._objects(field))
        own = place.size if name in place.sized else 1 if sized else size
        return Priced(
            (node.alias or node.name).value, name, self._weight(kind, field, name), own,
            tuple(self._arguments(kind, node)), ways, within, self._least(field, below, within),
        )  # fmt: skip

    def _least(
        self, field: GraphQLField, below: _Place, within: Sequence[tuple[Priced, ...]]
    ) -> Amount:
        """Answer what a page costs at least: its entries, where they are not priced anyway."""
        weights = [
            self._weight(each, each.fields[name], name)
            for each in self._objects(field)
            for name in below.sized
        ]
        entry = max(weights, default=0)
        if any(
            each.name in below.sized and each.weight >= entry and not each.ways
            for among in within
            for each in among
        ):
            return 0
        return times(entry, below.size)

    def _weight(self, kind: GraphQLObjectType, field: GraphQLField, name: str) -> int:
        """Answer what one of a field's objects weighs: the dearest that it may be."""
        told = field_weight(kind, name)
        if told is not None:
            return points(told)
        return max((points(type_weight(each) or "1") for each in self._objects(field)), default=0)

    def _objects(self, field: GraphQLField) -> Sequence[GraphQLObjectType]:
        target = get_named_type(field.type)
        if is_abstract_type(target):
            return self._schema.get_possible_types(target)
        return [target] if isinstance(target, GraphQLObjectType) else []

    def _arguments(self, kind: GraphQLObjectType, node: FieldNode) -> Iterator[Amount]:
        for each in node.arguments or ():
            weight = points(argument_weight(kind, node.name.value, each.name.value))
            if not weight or isinstance(each.value, NullValueNode):
                continue
            constant, variable = self._selecting.read(each.value)
            is_given = not (constant is None or isinstance(constant, NullValueNode))
            yield weight if variable is None else Given(variable, weight, is_given or None)

    def _size(self, field: GraphQLField, node: FieldNode, told: ListSize) -> Amount:
        """Answer how long a list is: as the longest of its arguments says, or as is assumed."""
        given = {each.name.value: each for each in node.arguments or ()}
        sizes = [self._argument(field, given[name], told) for name in told.slicing if name in given]
        if not sizes:
            return usual_size(field, told)
        if len(sizes) == 1:
            return sizes[0]
        constant = max((each for each in sizes if isinstance(each, int)), default=0)
        decided = [each for each in sizes if not isinstance(each, int)]
        if not decided:
            return constant

        def longest(variables: Variables) -> int:
            return max(constant, *(each(variables) for each in decided))

        return longest

    def _argument(self, field: GraphQLField, argument: ArgumentNode, told: ListSize) -> Amount:
        is_list = is_list_type(get_nullable_type(field.args[argument.name.value].type))
        usual = 0 if is_list else usual_size(field, told)
        constant, variable = self._selecting.read(argument.value)
        size = _length(constant, usual) if is_list else _count(constant, usual)
        return size if variable is None else Size(variable, size, usual, is_list)


def _within(nodes: Sequence[tuple[FieldNode, When]], *, are_conditional: bool) -> Conditioned:
    """Answer what is selected within a field, with conditions that are not the field's own."""
    return tuple(
        (each.selection_set, own if are_conditional else ())
        for each, own in nodes
        if each.selection_set is not None
    )


def _ways(conditions: Sequence[When]) -> tuple[When, ...]:
    """Answer the conditions of a field that is selected more than once; none if it always is."""
    return () if () in conditions else tuple(dict.fromkeys(conditions))


def _count(value: ValueNode | None, usual: int) -> int:
    return max(0, int(value.value)) if isinstance(value, IntValueNode) else usual


def _length(value: ValueNode | None, usual: int) -> int:
    if isinstance(value, ListValueNode):
        return len(value.values)
    return usual if isinstance(value, NullValueNode) else 1
