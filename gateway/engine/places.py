"""Where objects stand in the response: found by walking it, only when an error or a path asks."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLOutputType, is_non_null_type
from graphql.pyutils import Path

from gateway.engine.tree import Hop


@dataclass(slots=True, eq=False)
class Place:
    """An entry of an object or a list of the response, and the entry that this one is in."""

    within: "Place | None"
    holder: Any
    key: str | int
    kind: GraphQLOutputType
    typename: str | None = None

    def path(self) -> Path:
        """Answer the path as resolvers are shown it; the root has none."""
        above = self.within
        outer = None if above is None or above.within is None else above.path()
        return Path(outer, self.key, self.typename)

    def keys(self) -> tuple[str | int, ...]:
        """Answer the path as an error shows it."""
        return () if self.within is None else (*self.within.keys(), self.key)

    def root(self) -> "Place":
        """Answer the place of the whole response."""
        place = self
        while place.within is not None:
            place = place.within
        return place

    def nearest_nullable(self) -> "Place":
        """Answer the place that becomes null where this one cannot be."""
        place = self
        while place.within is not None and is_non_null_type(place.kind):
            place = place.within
        return place

    def inside(self, out: Any, hop: Hop) -> "Place":
        """Answer the place of a key of `out`, the object that stands here."""
        return Place(self, out, hop.key, hop.kind, hop.holder)


def find_places(roots: list[Place], route: tuple[Hop, ...]) -> dict[int, Place]:
    """Answer the places of all objects that a route leads to, by the identity of the object."""
    places = roots
    for hop in route:
        places = [
            found
            for place in places
            if _is_object(place) and hop.key in place.holder[place.key]
            for found in _objects(place.inside(place.holder[place.key], hop))
        ]
    return {id(each.holder[each.key]): each for each in places if _is_object(each)}


def _objects(place: Place) -> Iterator[Place]:
    """Answer the places of the objects that stand at a place, in lists or not."""
    value = place.holder[place.key]
    if isinstance(value, list):
        kind: Any = place.kind.of_type if is_non_null_type(place.kind) else place.kind
        for index in range(len(value)):
            yield from _objects(Place(place, value, index, getattr(kind, "of_type", kind)))
    elif isinstance(value, dict):
        yield place


def _is_object(place: Place) -> bool:
    return isinstance(place.holder[place.key], dict)
