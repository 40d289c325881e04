"""How large a document is once its fragments are expanded; counting stops at the first limit."""

from collections import Counter
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    ExecutableDefinitionNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from gateway.graph.refusals import too_complex
from gateway.settings import DocumentLimits

WORDS = {
    "max_characters": "characters; ask for less, and send values as variables",
    "max_tokens": "tokens; ask for less, and send values as variables",
    "max_depth": "fields within fields; ask in several requests",
    "max_selections": "selections with its fragments expanded; ask for less, and let no fragment "
    "spread itself",
    "max_root_fields": "fields at the root of an operation; ask in several requests",
    "max_aliases": "aliases; ask for lists, or in several requests",
    "max_directives": "directives; leave some out",
    "max_overlaps": "pairs of fields or fragments in one place; ask for each field once",
}


def check_shape(document: DocumentNode, limits: DocumentLimits) -> None:
    """Refuse a document that is beyond a limit; raises OperationRefused.

    Takes as many steps as selections are allowed at most, however fragments refer to one another,
    so that nobody has to validate what takes longer than that.
    """
    shape = _Shape(document, limits)
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            shape.count("max_root_fields", shape.take(definition), starts=True)
    for name, fragment in shape.fragments.items():
        if name not in shape.used:
            shape.take(fragment)


@dataclass(slots=True)
class _Place:
    """Fields of one name in one place, and what is selected within all of them together."""

    within: "dict[str, _Place]" = field(default_factory=dict)
    fields: int = 0
    spreads: int = 0


class _Shape:
    def __init__(self, document: DocumentNode, limits: DocumentLimits) -> None:
        self.fragments = {
            each.name.value: each
            for each in document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }
        self.used: set[str] = set()
        self._most: dict[str, int] = limits.model_dump()
        self._counted: Counter[str] = Counter()
        self._waiting: list[tuple[SelectionSetNode, int, _Place]] = []

    def count(self, limit: str, by: int = 1, *, starts: bool = False) -> None:
        """Count what a limit is on, from 0 if it starts; raises OperationRefused beyond it."""
        self._counted[limit] = by if starts else self._counted[limit] + by
        if self._counted[limit] > self._most[limit]:
            raise too_complex(limit, self._most[limit], WORDS[limit])

    def take(self, definition: ExecutableDefinitionNode) -> int:
        """Count a definition with all that it spreads; answer how many fields its root has."""
        root = _Place()
        self._enter(definition, root, 1)
        while self._waiting:
            selected, depth, place = self._waiting.pop()
            for each in selected.selections:
                self._select(each, depth, place)
        return len(root.within)

    def _enter(self, definition: ExecutableDefinitionNode, place: _Place, depth: int) -> None:
        variables = definition.variable_definitions or ()
        marks = [
            *(definition.directives or ()),
            *(m for v in variables for m in v.directives or ()),
        ]
        self.count("max_directives", len(marks))
        self._waiting.append((definition.selection_set, depth, place))

    def _select(self, each: SelectionNode, depth: int, place: _Place) -> None:
        self.count("max_selections")
        self.count("max_directives", len(each.directives or ()))
        if isinstance(each, FieldNode):
            self._meet(each, depth, place)
        elif isinstance(each, InlineFragmentNode):
            self._waiting.append((each.selection_set, depth, place))
        elif isinstance(each, FragmentSpreadNode):
            self._spread(each.name.value, depth, place)

    def _meet(self, each: FieldNode, depth: int, place: _Place) -> None:
        self.count("max_depth", depth, starts=True)
        self.count("max_aliases", 1 if each.alias else 0)
        inner = place.within.setdefault((each.alias or each.name).value, _Place())
        self.count("max_overlaps", inner.fields)
        inner.fields += 1
        if each.selection_set is not None:
            self._waiting.append((each.selection_set, depth + 1, inner))

    def _spread(self, name: str, depth: int, place: _Place) -> None:
        self.count("max_overlaps", place.spreads)
        place.spreads += 1
        fragment = self.fragments.get(name)
        if fragment is not None:
            self.used.add(name)
            self._enter(fragment, place, depth)
