"""What a subscription's source has to tell, and what a subscriber is told of it."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Hashable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from gateway.events.cursor import Log
from gateway.graph.scalars import EventCursor

Place = tuple[Log, int]


@dataclass(frozen=True, slots=True)
class LiveAnswer:
    """One answer: a GraphQL response's JSON, and the cursor to go on from after it."""

    body: bytes
    cursor: str | None = None


class Moment(Protocol):
    """What a source has to tell at a time: one edge or several, each of which is an answer."""

    @property
    def key(self) -> Hashable:
        """Answer what is the same for moments that are told in the same words."""

    @property
    def places(self) -> Sequence[Place]:
        """Answer where to go on from after each edge."""

    def edges(self, cursors: Sequence[EventCursor]) -> Sequence[object]:
        """Answer the edges with their cursors."""


class AtOnce:
    """How a moment is told at once, while whoever reads the source waits for the next one.

    `by` answers whether it did; before it is set, nothing is told so.
    """

    __slots__ = ("by",)

    def __init__(self) -> None:
        self.by: Callable[[Moment], bool] | None = None

    def tell(self, moment: Moment) -> bool:
        """Answer whether the moment is told; then the source does not come to it any more."""
        return self.by is not None and self.by(moment)


@asynccontextmanager
async def closed_at_the_end(entries: AsyncIterator[object]) -> AsyncIterator[None]:
    """Close what is read within the block, however it ends."""
    try:
        yield
    finally:
        await close(entries)


async def close(entries: AsyncIterator[object]) -> None:
    """Close what was read, where it can be."""
    if isinstance(entries, AsyncGenerator):
        await entries.aclose()
