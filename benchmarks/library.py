"""A schema that is not ours: shelves of books, all in memory, in words that we do not use."""

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry

BOOKS_PER_SHELF = 10
QUERY = """query($codes: [String!]!) { shelves(codes: $codes) {
  code room isOpen state { asOf source isStale }
  books { author { id code name } copies lent state { asOf source isStale } }
} }"""


@strawberry.type
class State:
    as_of: str
    source: str
    is_stale: bool


@strawberry.type
class Author:
    id: strawberry.ID
    code: str
    name: str


AUTHORS = [
    Author(id=strawberry.ID(str(n)), code=f"A{n}", name=f"Author {n}")
    for n in range(BOOKS_PER_SHELF)
]


async def load_authors(parents: Sequence["Book"], context: object) -> list[Author]:
    """Answer the author of each book."""
    return [AUTHORS[each.number] for each in parents]


async def _author(root: strawberry.Parent[Any], info: strawberry.Info) -> Author:
    return (await load_authors([root], info.context))[0]


@strawberry.type
class Book:
    number: strawberry.Private[int]
    copies: int | None
    lent: int | None
    state: State
    author: Author = strawberry.field(resolver=_author, metadata={"batch": load_authors})


@strawberry.type
class Shelf:
    code: str
    room: str | None
    is_open: bool
    state: State
    books: list[Book]


STATE = State(as_of="2026-01-01T00:00:00Z", source="catalogue", is_stale=False)
BOOKS = [Book(number=n, copies=n, lent=n // 2, state=STATE) for n in range(BOOKS_PER_SHELF)]


async def _shelves(codes: Annotated[list[str], strawberry.argument()]) -> list[Shelf]:
    return [Shelf(code=c, room="east", is_open=True, state=STATE, books=BOOKS) for c in codes]


@strawberry.type
class Query:
    shelves: list[Shelf] = strawberry.field(resolver=_shelves)


SCHEMA = strawberry.Schema(Query)
