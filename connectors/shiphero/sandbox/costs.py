"""What an operation may cost, and what the account has left.

ShipHero tells the rule in words and examples: 101 credits for a list of 100, 10,001 for 100 with
100 each, credited back for what does not come. What an operation costs in the end is assumed here
to be a credit for itself and one for every row that came.
"""

import math
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

from gateway.connect.testing.traffic import Bucket
from gateway.model.time import Clock

MOST = 4004
PER_SECOND = 60
DEFAULT_FIRST = 100
WINDOW_SECONDS = 300.0
REQUESTS = 7000

_LISTS = frozenset({"data", "line_items"})
_FREE = frozenset({"user_quota"})


class Quota:
    """Credits that grow back, and requests by windows of five minutes."""

    def __init__(self, clock: Clock, speed: float) -> None:
        self.credits = Bucket(PER_SECOND, MOST, clock, speed)
        self.rate = PER_SECOND * speed
        self._clock = clock
        self._window = WINDOW_SECONDS / speed
        self._began = clock.monotonic()
        self.requests = 0

    def take_request(self) -> bool:
        """Count a request and answer whether it is allowed."""
        now = self._clock.monotonic()
        if now - self._began >= self._window:
            self._began = now
            self.requests = 0
        self.requests += 1
        return self.requests <= REQUESTS

    def give_back(self, amount: float) -> None:
        """Credit what did not come."""
        self.credits.take(-amount)

    @property
    def remaining(self) -> int:
        """What is left, in whole credits."""
        return math.floor(self.credits.left)


@dataclass(frozen=True, slots=True)
class Costing:
    """The highest cost of one operation of a document."""

    document: DocumentNode
    variables: dict[str, Any]

    def of(self, operation: OperationDefinitionNode) -> int:
        """Answer the credits that must be there before it runs."""
        fields = self._fields(operation.selection_set)
        return sum(1 + self._rows(field) for field in fields if field.name.value not in _FREE)

    def roots(self, operation: OperationDefinitionNode) -> list[str]:
        """Answer the names of the operation's own fields."""
        return [field.name.value for field in self._fields(operation.selection_set)]

    def _rows(self, field: FieldNode) -> int:
        nested = sum(map(self._rows, self._fields(field.selection_set)))
        if not self._is_list(field):
            return nested
        return self._first(field) * max(1, nested)

    def _is_list(self, field: FieldNode) -> bool:
        names = {part.name.value for part in self._fields(field.selection_set)}
        return field.name.value in _LISTS and bool(names & {"edges", "pageInfo"})

    def _first(self, field: FieldNode) -> int:
        for argument in field.arguments or ():
            if argument.name.value != "first":
                continue
            if isinstance(argument.value, IntValueNode):
                return int(argument.value.value)
            if isinstance(argument.value, VariableNode):
                return int(self.variables.get(argument.value.name.value) or DEFAULT_FIRST)
        return DEFAULT_FIRST

    def _fields(self, selected: SelectionSetNode | None) -> list[FieldNode]:
        found: list[FieldNode] = []
        for selection in selected.selections if selected else ():
            if isinstance(selection, FieldNode):
                found.append(selection)
            elif isinstance(selection, InlineFragmentNode):
                found += self._fields(selection.selection_set)
            elif isinstance(selection, FragmentSpreadNode):
                found += self._fields(self._fragment(selection.name.value))
        return found

    def _fragment(self, name: str) -> SelectionSetNode | None:
        for definition in self.document.definitions:
            if isinstance(definition, FragmentDefinitionNode) and definition.name.value == name:
                return definition.selection_set
        return None
