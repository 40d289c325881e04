"""What is known of fields by what decides them: their values in a run, and JSON that outlasts it.

JSON outlasts a run where the field is steady (`keeping`): as long as `steady` answers the same, so
does the field, for the same `by`. Who may not read it is refused before any of it is looked at.
"""

from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Texts: TypeAlias = Mapping[Any, str]

# States of what steady fields depend on that are kept, and texts of each.
MOST_STATES, MOST_TEXTS = 4, 4096


@dataclass(slots=True)
class Known:
    """The values of a step by what decides them, and their JSON once it is made."""

    values: Mapping[Any, Any]
    texts: Texts | None = None
    keep: "Callable[[Texts], None] | None" = None

    def told(self, find: "Callable[[Mapping[Any, Any]], Texts]") -> Texts:
        """Answer the JSON; `find` makes it."""
        if self.texts is None:
            self.texts = find(self.values)
            if self.keep is not None:
                self.keep(self.texts)
        return self.texts


@dataclass(frozen=True, slots=True)
class KeptTexts:
    """The JSON of a steady step's values, by what they depend on and by what decides them."""

    _states: dict[Hashable, dict[Any, str]] = field(default_factory=dict)

    def find(self, state: Hashable, keys: Collection[Any]) -> Texts | None:
        """Answer the JSON for keys, and for others, if it is kept for all of them."""
        texts = self._states.get(state)
        return texts if texts is not None and all(map(texts.__contains__, keys)) else None

    def keep(self, state: Hashable, texts: Texts) -> None:
        """Keep JSON; of states and of texts the oldest are let go."""
        known = {**self._states.pop(state, {}), **texts}
        for each in list(known)[:-MOST_TEXTS]:
            del known[each]
        self._states[state] = known
        for old in list(self._states)[:-MOST_STATES]:
            del self._states[old]
