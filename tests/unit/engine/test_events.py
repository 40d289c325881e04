"""Several events told at once: what they fetch is fetched in common, all else is each one's own."""

import asyncio
from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    parse,
)

from gateway.engine.engine import COMPILED, Engine
from gateway.engine.response import Response

CALLS: list[list[int]] = []


async def _load(parents: list[Any], context: Any) -> list[Any]:
    CALLS.append([each["n"] for each in parents])
    await asyncio.sleep(0)
    return [ValueError(f"{each['n']} is odd") if each["n"] % 2 else each for each in parents]


async def _one(parent: Any, info: Any) -> Any:
    raise NotImplementedError


_one.__dict__["batch"] = _load


def _root(parent: Any, info: Any, *, later: bool | None = None) -> Any:
    return f"{info.root_value['n']} at {'/'.join(map(str, info.path.as_list()))}"


def _waited(parent: Any, info: Any) -> Any:
    async def later() -> str:
        return str(_root(parent, info))

    return later()


THING: GraphQLObjectType = GraphQLObjectType(
    "Thing",
    lambda: {
        "n": GraphQLField(GraphQLInt),
        "root": GraphQLField(GraphQLString, resolve=_root),
        "waited": GraphQLField(GraphQLString, resolve=_waited),
        "even": GraphQLField(THING, resolve=_one),
        "surely": GraphQLField(GraphQLNonNull(THING), resolve=_one),
        "things": GraphQLField(GraphQLList(THING)),
        "called": GraphQLField(GraphQLString),
    },
)
SCHEMA = GraphQLSchema(
    GraphQLObjectType("Query", {"a": GraphQLField(GraphQLInt)}),
    subscription=GraphQLObjectType(
        "Subscription",
        {
            "thing": GraphQLField(
                THING, {"x": GraphQLArgument(GraphQLInt)}, resolve=lambda event, info, x=0: event
            ),
            "sure": GraphQLField(GraphQLNonNull(THING), resolve=lambda event, info: event),
        },
    ),
)


def event(n: int) -> dict[str, Any]:
    return {"n": n, "things": [{"n": n + 10}], "called": lambda info: _root(None, info)}


async def told(
    text: str, *numbers: int, engine: Engine | None = None, **variables: Any
) -> list[Response]:
    """Answer what is told of events with these numbers, together."""
    CALLS.clear()
    engine = engine or Engine(SCHEMA)
    planned = engine.plan(parse(text))
    begun = engine.begin_each(planned, variables, None, [event(each) for each in numbers])
    return begun if isinstance(begun, list) else await begun


async def test_what_several_events_fetch_is_fetched_by_one_call() -> None:
    engine = Engine(SCHEMA)
    found = await told("subscription { thing { even { even { n } } } }", 2, 4, 6, engine=engine)
    assert CALLS == [[2, 4, 6], [2, 4, 6]]
    assert [each.data for each in found] == [
        {"thing": {"even": {"even": {"n": n}}}} for n in (2, 4, 6)
    ]
    assert engine.counts == {COMPILED: 3}


async def test_an_error_is_told_with_its_own_event_and_nulls_nothing_of_the_others() -> None:
    found = await told("subscription { sure { n surely { n } } }", 2, 3, 4, 5)
    assert [each.data for each in found] == [
        {"sure": {"n": 2, "surely": {"n": 2}}}, None, {"sure": {"n": 4, "surely": {"n": 4}}}, None,
    ]  # fmt: skip
    assert [[(error.message, error.path) for error in each.errors] for each in found] == [
        [], [("3 is odd", ["sure", "surely"])], [], [("5 is odd", ["sure", "surely"])],
    ]  # fmt: skip


@pytest.mark.parametrize("field", ["root", "waited", "called"])
async def test_resolvers_are_told_of_the_event_that_they_are_asked_for(field: str) -> None:
    found = await told(f"subscription {{ thing {{ even {{ f: {field} }} }} }}", 2, 4)
    assert [each.data for each in found] == [
        {"thing": {"even": {"f": f"{n} at thing/even/f"}}} for n in (2, 4)
    ]


async def test_variables_that_do_not_fit_are_told_of_each_event() -> None:
    text = "subscription($x: Int!) { thing(x: $x) { n } }"
    found = await told(text, 1, 2, x="odd")
    assert [(each.is_executed, each.filled, len(each.errors)) for each in found] == [
        (False, None, 1)
    ] * 2
    assert [each.data for each in await told(text, 1, 2, x=5)] == [
        {"thing": {"n": n}} for n in (1, 2)
    ]


async def test_many_objects_of_few_events_are_made_in_slices() -> None:
    engine = Engine(SCHEMA, most_at_once=1)
    found = await told("subscription { thing { things { n } even { n } } }", 2, 4, engine=engine)
    assert [each.is_large for each in found] == [True, True]
    assert [each.data for each in found] == [
        {"thing": {"things": [{"n": n + 10}], "even": {"n": n}}} for n in (2, 4)
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("subscription @experimental_disableErrorPropagation { thing { n } }", "error propagation"),
        ("subscription($c: Boolean = true) { thing { n @skip(if: $c) } }", "condition"),
    ],
)
async def test_what_is_not_compiled_is_handed_over_event_by_event(text: str, reason: str) -> None:
    engine = Engine(SCHEMA)
    found = await told(text, 1, 2, engine=engine, c=None)
    assert engine.counts == {reason: 2}
    if reason == "condition":
        assert [len(each.errors) for each in found] == [1, 1]
    else:
        assert [each.data for each in found] == [{"thing": {"n": n}} for n in (1, 2)]


async def test_whoever_gives_up_leaves_no_task() -> None:
    before = asyncio.all_tasks()
    waiting = asyncio.ensure_future(told("subscription { thing { even { n } waited } }", 2, 4))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert asyncio.all_tasks() == before
