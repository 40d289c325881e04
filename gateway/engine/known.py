"""What is known of fields by what decides them: their values in a run, and JSON that outlasts it.

JSON outlasts a run where the field is steady (`keeping`): as long as `steady` answers the same, so
does the field, for the same `by`. Who may not read it is refused before any of it is looked at.
"""

from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Texts: TypeAlias = Mapping[Any, str]

# This may take so many times less than what is kept of values; and what a text takes beside itself.
PART = 8
TEXT_BYTES = 150


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


class KeptTexts:
    """The JSON of steady steps' values by what decides them; a place is a step and its state.

    It is bounded by bytes: where these are too many, it begins anew.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._kept: dict[Hashable, dict[Any, str]] = {}
        self.bytes = 0

    def find(self, place: Hashable, keys: Collection[Any]) -> Texts | None:
        """Answer the JSON for keys, and for others, if it is kept for all of them."""
        texts = self._kept.get(place)
        return texts if texts is not None and all(map(texts.__contains__, keys)) else None

    def keep(self, place: Hashable, texts: Texts) -> None:
        """Keep JSON that is no great part of all."""
        known = self._kept.get(place, {})
        new = {key: text for key, text in texts.items() if key not in known}
        size = sum(len(text) + TEXT_BYTES for text in new.values())
        if size > self._most_bytes // PART:
            return
        if self.bytes + size > self._most_bytes:
            self._kept, self.bytes, known = {}, 0, {}
        self._kept[place] = {**known, **new}
        self.bytes += size
