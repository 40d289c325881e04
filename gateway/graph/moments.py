"""What a subscription's source has to tell, and what a subscriber is told of it."""

from collections.abc import AsyncGenerator, AsyncIterator, Hashable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from gateway.graph.context import Context


@dataclass(frozen=True, slots=True)
class LiveAnswer:
    """One answer: a GraphQL response's JSON, and the cursor to go on from after it."""

    body: bytes
    cursor: str | None = None


class Edge(Protocol):
    """A place that a subscriber is told of."""

    @property
    def cursor(self) -> str:
        """Answer where to go on from after it."""


class Moment(Protocol):
    """What a source has to tell at a time."""

    @property
    def key(self) -> Hashable:
        """Answer what is the same for moments that are told in the same words."""

    def edges(self, context: Context) -> Sequence[Edge]:
        """Answer an edge for each answer, in their order."""


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
