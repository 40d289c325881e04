"""A large answer is made and written in slices, between which others have their turn."""

import asyncio
import warnings
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import orjson
import pytest
from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    execute,
    parse,
)
from hypothesis import given
from hypothesis import strategies as st

from gateway.engine.encoding import PIECE_BYTES, pieces
from gateway.engine.engine import Engine
from gateway.engine.response import Response

SHELVES, BOXES, MOST = 40, 50, 100
LARGE = "{ shelves { n boxes { label even } } }"
SMALL = "{ shelf { n boxes { label even } } }"
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=30,
)


class Turns:
    """What was made in each turn of the loop."""

    def __init__(self) -> None:
        self.now = 0
        self.made: Counter[int] = Counter()

    def note(self, count: int = 1) -> None:
        """Note that something was made in this turn."""
        self.made[self.now] += count

    @asynccontextmanager
    async def counted(self) -> AsyncIterator[None]:
        """Count the turns that another task has meanwhile."""
        self.now, self.made = 0, Counter()

        async def count() -> None:
            while True:
                self.now += 1
                await asyncio.sleep(0)

        counting = asyncio.create_task(count())
        try:
            yield
        finally:
            counting.cancel()
            with suppress(asyncio.CancelledError):
                await counting


TURNS = Turns()


def _written(value: str) -> str:
    TURNS.note()
    return value


def _boxes(shelf: dict[str, int], info: Any) -> list[dict[str, Any]]:
    TURNS.note(BOXES)
    return [{"n": n, "label": f"{shelf['n']}/{n}"} for n in range(BOXES)]


def _even(box: dict[str, int], info: Any) -> int:
    if box["n"] % 2:
        raise ValueError(f"{box['n']} is odd")
    return box["n"]


async def _later(box: dict[str, int], info: Any) -> int:
    return box["n"]


BOX = GraphQLObjectType(
    "Box",
    {
        "label": GraphQLField(GraphQLScalarType("Label", serialize=_written)),
        "even": GraphQLField(GraphQLInt, resolve=_even),
        "later": GraphQLField(GraphQLInt, resolve=_later),
    },
)
SHELF = GraphQLObjectType(
    "Shelf",
    {"n": GraphQLField(GraphQLInt), "boxes": GraphQLField(GraphQLList(BOX), resolve=_boxes)},
)
WORDS = [{"word": "a" * 4_000, "n": n} for n in range(200)]


def _words(root: Any, info: Any) -> list[dict[str, Any]]:
    return WORDS


def _lasts(word: dict[str, Any]) -> bool:
    TURNS.note(len(word["word"]))
    return True


_words.__dict__["lasting"] = _lasts
WORD = GraphQLObjectType("Word", {"word": GraphQLField(GraphQLString)})
SCHEMA = GraphQLSchema(
    GraphQLObjectType(
        "Query",
        {
            "shelves": GraphQLField(GraphQLList(SHELF)),
            "shelf": GraphQLField(SHELF),
            "words": GraphQLField(GraphQLList(WORD), resolve=_words),
        },
    )
)
ROOT = {"shelves": [{"n": n} for n in range(SHELVES)], "shelf": {"n": 7}}


@pytest.fixture
def engine() -> Engine:
    return Engine(SCHEMA, most_at_once=MOST)


async def ask(engine: Engine, text: str) -> Response:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return await engine.execute(engine.plan(parse(text)), None, None, ROOT)


def show(error: GraphQLError) -> Mapping[str, Any]:
    TURNS.note()
    return {"path": error.path}


async def test_no_turn_of_the_loop_makes_more_than_a_slice(engine: Engine) -> None:
    async with TURNS.counted():
        response = await ask(engine, LARGE)
        assert response.is_large
        await response.pieces(show)
    assert TURNS.made.total() == SHELVES * BOXES * 2 + SHELVES * BOXES // 2
    assert max(TURNS.made.values()) == MOST


async def test_what_is_kept_of_a_large_answer_is_written_in_slices_too(engine: Engine) -> None:
    planned = engine.plan(parse("{ words { word } }"))
    async with TURNS.counted():
        response = await engine.execute(planned)
    assert response.is_large
    assert TURNS.made.total() == 200 * 4_000
    assert max(TURNS.made.values()) <= PIECE_BYTES + 4_000
    again = await engine.execute(planned)
    assert again.body() == response.body()
    assert TURNS.made.total() == 200 * 4_000, "it is kept"


async def test_of_several_large_answers_one_makes_a_slice_in_a_turn(engine: Engine) -> None:
    async with TURNS.counted():
        answers = await asyncio.gather(*(ask(engine, LARGE) for _ in range(5)))
        await asyncio.gather(*(each.pieces(show) for each in answers))
    assert TURNS.made.total() == 5 * (SHELVES * BOXES * 2 + SHELVES * BOXES // 2)
    *others, first = sorted(TURNS.made.values())
    assert first == 5 * MOST, "each has made a slice before it is known to be large"
    # Between two turns of the one who counts lie the end of one turn and the beginning of the next.
    assert others[-1] <= 2 * MOST


async def test_it_is_what_it_would_be_in_one_go(engine: Engine) -> None:
    expected = execute(SCHEMA, parse(LARGE), ROOT)
    assert isinstance(expected, ExecutionResult)
    sliced, whole = await ask(engine, LARGE), await ask(Engine(SCHEMA, most_at_once=10**9), LARGE)
    assert (sliced.is_large, whole.is_large) == (True, False)
    assert orjson.dumps(sliced.data) == orjson.dumps(whole.data) == orjson.dumps(expected.data)
    assert sorted(map(repr, sliced.errors)) == sorted(map(repr, expected.errors or ()))
    assert b"".join(await sliced.pieces()) == sliced.body()


def test_a_small_answer_is_made_without_a_pause(engine: Engine) -> None:
    asking = engine.execute(engine.plan(parse(SMALL.replace("even", ""))), None, None, ROOT)
    with pytest.raises(StopIteration) as ended:
        asking.send(None)
    assert not ended.value.value.is_large


@pytest.mark.parametrize("turns", [1, 10, 30, 50, 70])
async def test_given_up_in_the_middle_nothing_is_left_of_it(engine: Engine, turns: int) -> None:
    asking = asyncio.create_task(ask(engine, "{ shelves { boxes { later label } } }"))
    for _ in range(turns):
        await asyncio.sleep(0)
    assert not asking.done()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert (await ask(engine, "{ shelf { n } }")).data == {"shelf": {"n": 7}}


@given(VALUES)
def test_pieces_are_the_bytes_of_one_piece(value: Any) -> None:
    assert b"".join(pieces(value)) == orjson.dumps(value)


@pytest.mark.parametrize("inner", [1, 7, 400])
def test_pieces_are_of_one_size_about(inner: int) -> None:
    value = {"data": {"a": [[{"n": n, "text": "é" * 9}] * inner for n in range(40_000 // inner)]}}
    made = list(pieces(value))
    assert b"".join(made) == orjson.dumps(value)
    assert max(map(len, made)) < 3 * PIECE_BYTES
    assert min(map(len, made[:-1])) >= PIECE_BYTES


def test_what_cannot_be_written_is_refused_as_in_one_piece() -> None:
    with pytest.raises(TypeError, match="key must be str"):
        list(pieces({"a": {1: 2}}))
