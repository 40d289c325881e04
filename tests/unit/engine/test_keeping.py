"""What is kept of values that last: shown again as it was, to whom it may be, and no longer."""

from collections.abc import Sequence
from typing import Any
from weakref import ref

import orjson
import pytest
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    parse,
)

from gateway.engine.engine import Engine
from gateway.engine.keeping import GREATEST_PART, VALUE_TIMES, Keep, Keepsakes


class Book:
    """A thing that counts how often it is read."""

    def __init__(self, name: str | None, *, lasts: bool = True) -> None:
        self._name = name
        self.lasts = lasts
        self.reads = 0

    @property
    def name(self) -> str | None:
        self.reads += 1
        return self._name


class Asking:
    """A request's context: the books, who asks, and what is known of the shelves."""

    def __init__(self, *books: Book | None, may: bool = True, edition: int | None = 1) -> None:
        self.books = list(books)
        self.may = may
        self.edition = edition
        self.asked: list[int] = []


def _batch(function: Any, **told: Any) -> Any:
    def resolve(*_: Any, **__: Any) -> None:
        raise NotImplementedError

    resolve.__dict__.update(batch=function, **told)
    return resolve


def _shelves(parents: Sequence[Book], context: Asking, n: int = 0) -> list[Any]:
    context.asked.append(len(parents))
    return [{"code": f"{n}-{context.edition}"} for _ in parents]


def _failing(parents: Sequence[Book], context: Asking) -> list[Any]:
    return [ValueError("no") for _ in parents]


def _guarded(resolve: Any) -> Any:
    def before(context: Asking) -> None:
        if not context.may:
            raise PermissionError("may not")

    def guarded(*_: Any, **__: Any) -> None:
        raise NotImplementedError

    guarded.__dict__.update(before=before, __wrapped__=resolve)
    return guarded


def _edition(context: Asking) -> int | None:
    return context.edition


def _books(root: Any, info: Any) -> Any:
    return info.context.books


_books.__dict__["lasting"] = lambda book: book.lasts


def _book(root: Any, info: Any) -> Any:
    return info.context.books[0]


_book.__dict__["lasting"] = lambda book: book.lasts
STEADY = _batch(_shelves, steady=_edition)
SHELF = GraphQLObjectType("Shelf", {"code": GraphQLField(GraphQLString)})
NAMED = GraphQLInterfaceType(
    "Named", {"name": GraphQLField(GraphQLString)}, resolve_type=lambda *_: "Book"
)
BOOK: GraphQLObjectType = GraphQLObjectType(
    "Book",
    lambda: {
        "name": GraphQLField(GraphQLString),
        "shelf": GraphQLField(SHELF, {"n": GraphQLArgument(GraphQLInt)}, resolve=STEADY),
        "secret": GraphQLField(SHELF, resolve=_guarded(STEADY)),
        "loose": GraphQLField(SHELF, resolve=_batch(_shelves)),
        "failing": GraphQLField(GraphQLString, resolve=_batch(_failing, steady=_edition)),
        "self": GraphQLField(NAMED, resolve=_batch(lambda books, _: books, steady=_edition)),
    },
    interfaces=[NAMED],
)
SCHEMA = GraphQLSchema(
    GraphQLObjectType(
        "Query",
        {
            "books": GraphQLField(GraphQLList(BOOK), resolve=_books),
            "book": GraphQLField(BOOK, resolve=_book),
            "other": GraphQLField(BOOK, resolve=_batch(_failing)),
        },
    )
)


class Asker:
    """Asks one engine one thing after another."""

    def __init__(self, text: str, **options: Any) -> None:
        self.engine = Engine(SCHEMA, **options)
        self.document = parse(text)

    async def __call__(self, asking: Asking, **variables: Any) -> Any:
        planned = self.engine.plan(self.document)
        response = await self.engine.execute(planned, variables, asking)
        told = orjson.loads(response.body())
        assert told.get("data") == response.data
        return told

    async def data(self, asking: Asking, **variables: Any) -> Any:
        told = await self(asking, **variables)
        assert "errors" not in told
        return told["data"]


async def test_what_lasts_is_read_once() -> None:
    ask, books = Asker("{ books { name again: name shelf { code } } }"), [Book("a"), Book("b")]
    first, second = Asking(*books), Asking(*books)
    shown = await ask.data(first)
    assert shown == {
        "books": [{"name": n, "again": n, "shelf": {"code": "0-1"}} for n in ("a", "b")]
    }
    assert await ask.data(second) == shown
    assert [each.reads for each in books] == [2, 2]
    assert (first.asked, second.asked) == ([2], [])


async def test_what_is_met_for_the_first_time_stands_beside_what_is_kept() -> None:
    ask, known, new = Asker("{ books { name shelf { code } } }"), Book("a"), Book("b")
    await ask.data(Asking(known))
    asking = Asking(new, None, known, new)
    told = (await ask.data(asking))["books"]
    assert [each and each["name"] for each in told] == ["b", None, "a", "b"]
    assert (asking.asked, known.reads) == ([2], 1)


async def test_one_value_by_itself_is_kept_as_those_of_a_list() -> None:
    ask, book = Asker("{ book { name } }"), Book("a")
    assert await ask.data(Asking(book)) == await ask.data(Asking(book)) == {"book": {"name": "a"}}
    assert await ask.data(Asking(None)) == {"book": None}
    assert book.reads == 1


async def test_what_does_not_last_is_read_each_time() -> None:
    ask, book = Asker("{ books { name } }"), Book("a", lasts=False)
    await ask.data(Asking(book))
    await ask.data(Asking(book))
    assert book.reads == 2
    book.lasts = True
    await ask.data(Asking(book))
    await ask.data(Asking(book))
    assert book.reads == 3


async def test_an_equal_value_is_another_value() -> None:
    ask = Asker("{ books { name } }")
    for _ in range(3):
        book = Book("a")
        await ask.data(Asking(book))
        assert book.reads == 1


async def test_what_is_kept_ends_with_what_a_field_below_depends_on() -> None:
    ask, book = Asker("{ books { shelf { code } } }"), Book("a")
    for edition, asked in ((1, [1]), (1, []), (2, [1]), (2, []), (None, [1]), (None, [1])):
        asking = Asking(book, edition=edition)
        told = await ask.data(asking)
        assert told == {"books": [{"shelf": {"code": f"0-{edition}"}}]}
        assert asking.asked == asked


async def test_who_may_not_read_it_is_not_shown_what_is_kept() -> None:
    ask, book = Asker("{ books { name secret { code } } }"), Book("a")
    assert await ask.data(Asking(book)) == {"books": [{"name": "a", "secret": {"code": "0-1"}}]}
    refused = await ask(Asking(book, may=False))
    assert refused["data"] == {"books": [{"name": "a", "secret": None}]}
    assert [each["path"] for each in refused["errors"]] == [["books", 0, "secret"]]
    asking = Asking(book)
    assert (await ask.data(asking))["books"][0]["secret"] == {"code": "0-1"}
    assert asking.asked == []


async def test_who_may_read_it_is_not_shown_what_another_was_refused() -> None:
    ask, book = Asker("{ books { name secret { code } } }"), Book("a")
    for _ in range(2):
        assert "errors" in await ask(Asking(book, may=False))
    assert await ask.data(Asking(book)) == {"books": [{"name": "a", "secret": {"code": "0-1"}}]}


async def test_nothing_is_kept_above_a_field_that_is_not_steady() -> None:
    ask, book = Asker("{ books { loose { code } } }"), Book("a")
    for edition in (1, 2):
        told = await ask.data(Asking(book, edition=edition))
        assert told == {"books": [{"loose": {"code": f"0-{edition}"}}]}


async def test_nothing_is_kept_above_arguments_that_are_variables() -> None:
    ask, book = Asker("query($n: Int) { books { shelf(n: $n) { code } } }"), Book("a")
    for n in (1, 2):
        assert await ask.data(Asking(book), n=n) == {"books": [{"shelf": {"code": f"{n}-1"}}]}
    fixed = Asker("{ books { shelf(n: 3) { code } } }")
    for asked in ([1], []):
        asking = Asking(book)
        assert await fixed.data(asking) == {"books": [{"shelf": {"code": "3-1"}}]}
        assert asking.asked == asked


async def test_nothing_is_kept_where_a_type_has_to_be_asked_for() -> None:
    ask, book = Asker("{ books { self { name } } }"), Book("a")
    await ask.data(Asking(book))
    await ask.data(Asking(book))
    assert book.reads == 2


async def test_nothing_is_kept_of_a_response_with_errors() -> None:
    ask, book = (
        Asker("query($o: Boolean!) { books { name } other @include(if: $o) { name } }"),
        Book("a"),
    )
    for _ in range(2):
        assert "errors" in await ask(Asking(book), o=True)
    assert book.reads == 2
    failing, other = Asker("{ books { name failing } }"), Book("b")
    for _ in range(2):
        told = await failing(Asking(other))
        assert told["data"] == {"books": [{"name": "b", "failing": None}]}
        assert len(told["errors"]) == 1


async def test_what_one_call_gives_to_several_parents_is_read_once() -> None:
    shared, other = Book("shared"), Book("other")
    given = [shared, other, shared, None, shared]
    friend = _batch(lambda books, _: given)
    named = {"name": GraphQLField(GraphQLString), "friend": GraphQLField(BOOK, resolve=friend)}
    books = GraphQLField(GraphQLList(GraphQLObjectType("Reader", named)), resolve=_books)
    schema = GraphQLSchema(GraphQLObjectType("Query", {"books": books}))
    asker = Asker("{ books { name friend { name } } }")
    asker.engine = Engine(schema)
    told = await asker.data(Asking(*(Book(str(n), lasts=False) for n in range(5))))
    assert told["books"] == [
        {"name": str(n), "friend": each and {"name": each._name}} for n, each in enumerate(given)
    ]
    assert (shared.reads, other.reads) == (1, 1)


async def test_each_outcome_of_conditions_keeps_its_own() -> None:
    ask, book = (
        Asker("query($o: Boolean!) { books { name shelf @include(if: $o) { code } } }"),
        Book("a"),
    )
    for _ in range(2):
        assert await ask.data(Asking(book), o=False) == {"books": [{"name": "a"}]}
        assert await ask.data(Asking(book), o=True) == {
            "books": [{"name": "a", "shelf": {"code": "0-1"}}]
        }
    assert book.reads == 2


async def test_what_was_not_asked_for_lately_is_dropped() -> None:
    ask = Asker("{ books { name } }", most_kept_bytes=GREATEST_PART * 16 * (1 + VALUE_TIMES))
    first = Book("first")
    await ask.data(Asking(first))
    for number in range(10):
        await ask.data(Asking(*(Book(f"{number} {each}") for each in range(10))))
        await ask.data(Asking(first))
    assert first.reads == 1
    for number in range(10):
        await ask.data(Asking(*(Book(f"{number} {each}") for each in range(10))))
    await ask.data(Asking(first))
    assert first.reads == 2


async def test_what_is_a_great_part_of_all_is_not_kept() -> None:
    ask, large = (
        Asker("{ books { name } }", most_kept_bytes=GREATEST_PART * 2_000),
        Book("a" * 1_000),
    )
    await ask.data(Asking(large))
    await ask.data(Asking(large))
    assert large.reads == 2


@pytest.mark.parametrize("books", [0, 1, 3])
async def test_the_bytes_are_the_same_from_what_is_kept(books: int) -> None:
    ask, some = (
        Asker("{ books { name shelf { code } } }"),
        [Book(f'"é\u2028{n}') for n in range(books)],
    )
    planned = ask.engine.plan(ask.document)
    bodies = [(await ask.engine.execute(planned, {}, Asking(*some))).body() for _ in range(3)]
    assert bodies[0] == bodies[1] == bodies[2]


def test_what_is_looked_for_stays_alive_though_it_is_dropped_meanwhile() -> None:
    keepsakes = Keepsakes(most_bytes=GREATEST_PART * 200)
    place = Keep(lambda _: True, lambda _: (), ()), ()
    book = Book("a")
    keepsakes.keep(place, book, {"name": "a"})
    known, find = keepsakes.finders(place)
    key, alive = id(book), ref(book)
    del book
    for number in range(1_000):
        keepsakes.keep(place, Book(str(number)), {"name": "another"})
    assert keepsakes.finders(place)[0](key) is None
    assert known(key) is not None
    assert alive() is not None
    del known, find
    assert alive() is None
