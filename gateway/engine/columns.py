"""Lists of objects that are told by columns: of those that are only shown, none has to be made.

A table has columns of many objects; a list is some rows of it, one after the other. What reads an
attribute of all its objects takes a column; who wants the objects has them made.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, SupportsIndex, TypeVar, overload

Item = TypeVar("Item")


class Table(ABC, Generic[Item]):
    """Objects in columns; they never change."""

    __slots__ = ()

    @abstractmethod
    def column(self, name: str) -> Sequence[Any]:
        """Answer an attribute of each object, in their order, as each would."""

    @abstractmethod
    def items(self, start: int, stop: int) -> Iterable[Item]:
        """Make the objects from one row up to another."""


class Columns(Sequence[Item]):
    """A list of the objects of a table from one row up to another, each made when it is wanted."""

    __slots__ = ("start", "stop", "table")

    def __init__(self, table: Table[Item], start: int, stop: int) -> None:
        self.table = table
        self.start = start
        self.stop = stop

    def column(self, name: str) -> Sequence[Any]:
        """Answer an attribute of each."""
        return self.table.column(name)[self.start : self.stop]

    def __len__(self) -> int:
        return self.stop - self.start

    def __iter__(self) -> Iterator[Item]:
        return iter(self.table.items(self.start, self.stop))

    @overload
    def __getitem__(self, at: SupportsIndex) -> Item: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Item]: ...

    def __getitem__(self, at: SupportsIndex | slice) -> Item | Sequence[Item]:
        """Answer an object, made now; or some of them."""
        return tuple(self)[at]

    def __eq__(self, other: object) -> bool:
        """Whether another list has equal objects, however it has them."""
        return isinstance(other, Columns | tuple | list) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        """Answer the same for equal objects."""
        return hash(tuple(self))
