"""Documents made ready to be executed: read, bounded, validated and priced, once per text."""

from collections import OrderedDict
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    Node,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    parse,
    specified_rules,
    validate,
    visit,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from gateway.engine.response import Response
from gateway.graph.cost import FREE, Formula
from gateway.graph.pricing import formula_of
from gateway.graph.refusals import OperationRefused, too_complex
from gateway.graph.shape import WORDS, check_shape
from gateway.settings import DocumentLimits

MOST_KEPT = 512
MOST_CHARACTERS_KEPT = 262_144
MOST_ERRORS = 20
PUBLIC = frozenset({"availability", "inventoryItem", "location", "locations"})
# Answers the response, or what is left to be awaited, of variables and a context.
Begin: TypeAlias = Callable[[dict[str, Any] | None, Any], Response | Coroutine[Any, Any, Response]]
# Answers the response of each of several events.
TellEach: TypeAlias = Callable[
    [dict[str, Any] | None, Any, Sequence[object]],
    list[Response] | Coroutine[Any, Any, list[Response]],
]
_ABORTED = "Parsing aborted"


@dataclass(frozen=True, slots=True)
class Telling:
    """How a subscription's events are told.

    `plainly` is there where they are told by what they hold alone, to whomever; it answers None
    where one does not hold what the schema says.
    """

    each: TellEach
    plainly: Callable[[Sequence[object]], list[Response] | None] | None = None


@dataclass(slots=True, eq=False)
class Operation:
    """One operation: its kind (query, mutation, subscription) and its price.

    `told_by` are the variables that a subscription's answers depend on: those beyond the arguments
    of its root field, which only say what is told, and from where on. `is_public` says that it asks
    for nothing that is anybody's own: for stock and locations only. `begin` is how it is executed,
    and `telling` how a subscription's moments are told, once that is known (`executors`).
    """

    name: str | None
    kind: str
    price: Formula
    told_by: frozenset[str] = frozenset()
    is_public: bool = False
    begin: Begin | None = None
    telling: Telling | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A document within the limits, of a schema; one with errors is not to be executed."""

    schema: GraphQLSchema
    node: DocumentNode
    operations: tuple[Operation, ...]
    errors: tuple[GraphQLError, ...]

    def operation(self, name: str | None) -> Operation:
        """Answer the operation that is meant; raises OperationRefused."""
        if name is None:
            if len(self.operations) == 1:
                return self.operations[0]
            if self.operations:
                message = "the document has several operations: name one in operationName"
                raise OperationRefused("BAD_REQUEST", message)
        for each in self.operations:
            if each.name == name:
                return each
        message = "there is no operation" + ("" if name is None else " of that name")
        raise OperationRefused("BAD_REQUEST", f"{message} in the document")


class Documents:
    """Documents by their text: the last used ones are kept, as far as memory is bounded."""

    def __init__(
        self, schema: GraphQLSchema, limits: DocumentLimits, *, introspection: bool
    ) -> None:
        self._schema = schema
        self._limits = limits
        self._introspection = introspection
        self._rules: list[type[ASTValidationRule]] = [
            *specified_rules,
            MaybeNullValidationRule,
            OneOfInputValidationRule,
        ]
        if not introspection:
            self._rules.append(NoSchemaIntrospectionCustomRule)
        self._held: dict[str, Document] = {}
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._characters = 0

    def get(self, text: str) -> Document:
        """Answer the document; raises OperationRefused beyond a limit, or GraphQLSyntaxError."""
        held = self._held.get(text)
        if held is not None:
            return held
        known = self._kept.get(text)
        if known is not None:
            self._kept.move_to_end(text)
            return known
        made = self._make(text)
        self._keep(text, made)
        return made

    def hold(self, text: str) -> Document:
        """Answer the same, and hold it for good where there is room: no other displaces it.

        There is as much as for all that is kept for a while.
        """
        made = self.get(text)
        characters = sum(map(len, self._held)) + len(text)
        if len(self._held) < MOST_KEPT and characters <= MOST_CHARACTERS_KEPT:
            self._held[text] = made
        return made

    def _make(self, text: str) -> Document:
        node = self._read(text)
        check_shape(node, self._limits)
        errors = validate(
            self._schema, node, self._rules, MOST_ERRORS, hide_suggestions=not self._introspection
        )
        operations = tuple(
            self._operation(node, each, is_valid=not errors)
            for each in node.definitions
            if isinstance(each, OperationDefinitionNode)
        )
        return Document(self._schema, node, operations, tuple(errors))

    def _operation(
        self, document: DocumentNode, node: OperationDefinitionNode, *, is_valid: bool
    ) -> Operation:
        name, kind = node.name.value if node.name else None, node.operation.value
        if not is_valid:
            return Operation(name, kind, FREE)
        price = formula_of(self._schema, document, node)
        if node.operation is not OperationType.SUBSCRIPTION:
            is_query = node.operation is OperationType.QUERY
            is_public = is_query and all(each.name in PUBLIC for each in price.fields)
            return Operation(name, kind, price, is_public=is_public)
        return Operation(name, kind, price, _told_by(document, node))

    def _read(self, text: str) -> DocumentNode:
        limits = self._limits
        if len(text) > limits.max_characters:
            raise _beyond("max_characters", limits.max_characters)
        try:
            return parse(text, max_lexical_tokens=limits.max_tokens, max_comments=limits.max_tokens)
        except GraphQLSyntaxError as error:
            if _ABORTED not in error.message:
                raise
            if "nested" in error.message:
                raise _beyond("max_depth", limits.max_depth) from None
            raise _beyond("max_tokens", limits.max_tokens) from None

    def _keep(self, text: str, made: Document) -> None:
        self._kept[text] = made
        self._characters += len(text)
        while len(self._kept) > MOST_KEPT or self._characters > MOST_CHARACTERS_KEPT:
            gone, _ = self._kept.popitem(last=False)
            self._characters -= len(gone)


def _told_by(document: DocumentNode, operation: OperationDefinitionNode) -> frozenset[str]:
    places: list[Node] = [
        each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
    ]
    for each in operation.selection_set.selections:
        if isinstance(each, FieldNode):
            places += each.directives or ()
            places += [each.selection_set] if each.selection_set else []
        else:
            places.append(each)
    names = _Names()
    for place in places:
        visit(place, names)
    return frozenset(names.found)


class _Names(Visitor):
    """Finds the variables that are used within a place."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        """Note a variable."""
        self.found.add(node.name.value)


def _beyond(limit: str, most: int) -> OperationRefused:
    return too_complex(limit, most, WORDS[limit])
