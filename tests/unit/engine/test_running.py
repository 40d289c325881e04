"""How an operation is carried out: calls per level, at once, in order, and nothing left behind."""

import asyncio
import warnings
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from typing import Any

import orjson
import pytest
from graphql import (
    GraphQLArgument,
    GraphQLError,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    parse,
)

from gateway.engine.engine import Engine
from gateway.engine.response import Response
from gateway.engine.run import Run
from tests.collecting import uncollected

CALLS: list[tuple[str, list[int], dict[str, Any]]] = []
GATES: dict[str, asyncio.Event] = {}
MARK: ContextVar[int] = ContextVar("MARK", default=0)
# More turns of the loop than anything here takes.
TURNS = 100


def _note(name: str, numbers: list[int], given: dict[str, Any]) -> None:
    CALLS.append((name, numbers, given))


async def _called(count: int) -> None:
    """Give everything that can go on its turns; so many calls are made by then."""
    for _ in range(TURNS):
        await asyncio.sleep(0)
    assert len(CALLS) == count


def _batch(name: str, answer: Callable[[Any], Any]) -> Callable[..., Any]:
    async def function(parents: list[Any], context: Any, **given: Any) -> list[Any]:
        _note(name, [each["n"] for each in parents], given)
        gate = GATES.get(name)
        if gate is not None:
            await gate.wait()
        return [answer(each) for each in parents]

    async def resolve(parent: Any, info: Any, **given: Any) -> Any:
        (value,) = await function([parent], info.context, **given)
        if isinstance(value, Exception):
            raise value
        return value

    resolve.__dict__["batch"] = function
    return resolve


def _odd(parent: Any) -> Any:
    return ValueError(f"{parent['n']} is odd") if parent["n"] % 2 else parent["n"]


def _path(parent: Any, info: Any) -> str:
    return "/".join(map(str, info.path.as_list()))


async def _later(parent: Any, info: Any) -> int:
    _note("later", [parent["n"]], {})
    await GATES["later"].wait()
    number: int = parent["n"]
    return number


async def _set(parent: Any, info: Any, n: int) -> dict[str, int]:
    _note("set begins", [n], {})
    await asyncio.sleep(0)
    _note("set ends", [n], {})
    return {"n": n}


async def _marked(parent: Any, info: Any, n: int) -> int:
    """Answer what is marked once others had their turn, and take the mark away again."""
    token = MARK.set(n)
    async with asyncio.timeout(60):
        await asyncio.sleep(0)
    marked = MARK.get()
    MARK.reset(token)
    return marked


async def _waiting(parent: Any, info: Any) -> int:
    _note("waiting begins", [], {})
    try:
        return int(await GATES["waiting"].wait())
    finally:
        _note("waiting ends", [], {})


THING: GraphQLObjectType = GraphQLObjectType(
    "Thing",
    lambda: {
        "n": GraphQLField(GraphQLNonNull(GraphQLInt)),
        "below": GraphQLField(
            GraphQLList(GraphQLNonNull(THING)),
            {"count": GraphQLArgument(GraphQLInt, default_value=2)},
            resolve=_batch("below", lambda p: [{"n": p["n"] * 10 + i} for i in range(2)]),
        ),
        "even": GraphQLField(GraphQLInt, resolve=_batch("even", _odd)),
        "odds": GraphQLField(
            GraphQLList(GraphQLNonNull(THING)),
            resolve=_batch("odds", lambda _: [{"n": 3}, {"n": 5}]),
        ),
        "even_surely": GraphQLField(GraphQLNonNull(GraphQLInt), resolve=_batch("surely", _odd)),
        "path": GraphQLField(GraphQLString, resolve=_path),
        "later": GraphQLField(GraphQLInt, resolve=_later),
        "loose": GraphQLField(GraphQLList(GraphQLNonNull(GraphQLInt))),
    },
)


async def _find(parent: Any, info: Any, n: int) -> dict[str, int]:
    _note("find", [n], {})
    await GATES["find"].wait()
    return {"n": n}


QUERY = GraphQLObjectType(
    "Query",
    {
        "thing": GraphQLField(THING),
        "other": GraphQLField(THING),
        "marked": GraphQLField(
            GraphQLInt, {"n": GraphQLArgument(GraphQLNonNull(GraphQLInt))}, resolve=_marked
        ),
        "waiting": GraphQLField(GraphQLInt, resolve=_waiting),
        "find": GraphQLField(
            THING, {"n": GraphQLArgument(GraphQLNonNull(GraphQLInt))}, resolve=_find
        ),
    },
)
MUTATION = GraphQLObjectType(
    "Mutation",
    {
        "set": GraphQLField(
            GraphQLNonNull(THING), {"n": GraphQLArgument(GraphQLNonNull(GraphQLInt))}, resolve=_set
        )
    },
)
SCHEMA = GraphQLSchema(QUERY, MUTATION)
ROOT = {"thing": {"n": 1, "loose": [1, 2]}, "other": {"n": 2}}


@pytest.fixture(autouse=True)
def afresh() -> None:
    CALLS.clear()
    GATES.clear()


async def run(text: str, root: Any = ROOT, **variables: Any) -> Response:
    engine = Engine(SCHEMA)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return await engine.execute(engine.plan(parse(text)), variables, None, root)


def data(response: Response) -> Any:
    return orjson.loads(response.body())["data"]


def failures(response: Response) -> list[tuple[Any, str]]:
    return sorted(((each.path, each.message) for each in response.errors), key=repr)


async def test_what_waits_for_nothing_is_answered_without_being_awaited() -> None:
    engine = Engine(SCHEMA)
    planned = engine.plan(parse("{ thing { below { below { n } } } }"))
    response = engine.begin(planned, None, None, ROOT)
    assert isinstance(response, Response)
    inner = [{"below": [{"n": 10 * n}, {"n": 10 * n + 1}]} for n in (10, 11)]
    assert response.data == {"thing": {"below": inner}}


async def test_what_is_alone_goes_on_in_the_task_that_began_it() -> None:
    response = await run("{ marked(n: 5) }")
    assert failures(response) == []
    assert response.data == {"marked": 5}


async def test_siblings_go_on_each_in_a_task_of_its_own() -> None:
    response = await run("{ a: marked(n: 1) b: marked(n: 2) c: marked(n: 3) }")
    assert failures(response) == []
    assert response.data == {"a": 1, "b": 2, "c": 3}


async def test_cancelling_ends_what_is_alone() -> None:
    GATES["waiting"] = asyncio.Event()
    running = asyncio.create_task(run("{ waiting }"))
    await _called(1)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert [name for name, *_ in CALLS] == ["waiting begins", "waiting ends"]


async def test_a_level_is_one_call_with_all_its_parents_in_order() -> None:
    response = await run("{ thing { below { below { n } } } }")
    assert CALLS == [("below", [1], {"count": 2}), ("below", [10, 11], {"count": 2})]
    assert data(response) == {
        "thing": {
            "below": [
                {"below": [{"n": 100}, {"n": 101}]},
                {"below": [{"n": 110}, {"n": 111}]},
            ]
        }
    }


async def test_one_field_with_equal_arguments_at_several_places_is_one_call() -> None:
    response = await run(
        "{ thing { a: below { n } b: below(count: 2) { n } c: below(count: 3) { n } } "
        "other { below { n } } }"
    )
    assert CALLS == [("below", [1, 1, 2], {"count": 2}), ("below", [1], {"count": 3})]
    assert data(response)["other"] == {"below": [{"n": 20}, {"n": 21}]}


async def test_aliases_of_one_field_that_are_answered_at_once_go_on_as_one_level() -> None:
    GATES["find"] = asyncio.Event()
    running = asyncio.create_task(
        run("{ a: find(n: 1) { below { even } } b: find(n: 2) { below { even } } thing { n } }")
    )
    await _called(2)
    GATES["find"].set()
    response = await running
    assert CALLS[2:] == [("below", [1, 2], {"count": 2}), ("even", [10, 11, 20, 21], {})]
    assert response.data == {
        "a": {"below": [{"even": 10}, {"even": None}]},
        "b": {"below": [{"even": 20}, {"even": None}]},
        "thing": {"n": 1},
    }


async def test_aliases_that_are_cancelled_while_they_meet_leave_no_task() -> None:
    GATES.update({name: asyncio.Event() for name in ("find", "below")})
    before = asyncio.all_tasks()
    running = asyncio.create_task(
        run("{ a: find(n: 1) { below { n } } b: find(n: 2) { below { n } } }")
    )
    await _called(2)
    GATES["find"].set()
    await _called(3)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert asyncio.all_tasks() == before


async def test_siblings_wait_at_once() -> None:
    GATES.update({name: asyncio.Event() for name in ("below", "even", "later")})
    running = asyncio.create_task(run("{ thing { below { n } even later } }"))
    await _called(3)
    for gate in GATES.values():
        gate.set()
    response = await running
    assert data(response) == {"thing": {"below": [{"n": 10}, {"n": 11}], "even": None, "later": 1}}


async def test_what_is_below_one_field_does_not_wait_for_its_sibling() -> None:
    GATES["later"] = asyncio.Event()
    running = asyncio.create_task(run("{ thing { later below { even } } }"))
    await _called(3)
    assert CALLS[2] == ("even", [10, 11], {})
    GATES["later"].set()
    assert failures(await running) == [(["thing", "below", 1, "even"], "11 is odd")]


async def test_cancelling_leaves_no_task() -> None:
    GATES.update({name: asyncio.Event() for name in ("below", "even", "later")})
    before = asyncio.all_tasks()
    running = asyncio.create_task(run("{ thing { below { n } even later } other { later } }"))
    await _called(4)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert asyncio.all_tasks() == before


async def test_a_deadline_ends_it() -> None:
    GATES["later"] = asyncio.Event()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await run("{ thing { later } other { later } }")


async def test_a_value_that_is_an_exception_fails_its_own_parent_only() -> None:
    response = await run("{ thing { below { even } } }")
    assert data(response) == {"thing": {"below": [{"even": 10}, {"even": None}]}}
    assert failures(response) == [(["thing", "below", 1, "even"], "11 is odd")]


async def test_null_rises_to_what_may_be_null_and_nothing_below_is_asked_for() -> None:
    response = await run("{ thing { below { n even_surely below { n } } } other { n } }")
    assert data(response) == {"thing": {"below": None}, "other": {"n": 2}}
    assert failures(response) == [(["thing", "below", 1, "even_surely"], "11 is odd")]


async def test_a_place_is_nulled_by_one_error_alone() -> None:
    response = await run("{ thing { odds { even_surely } } }")
    assert data(response) == {"thing": {"odds": None}}
    assert failures(response) == [(["thing", "odds", 0, "even_surely"], "3 is odd")]


async def test_nothing_is_asked_for_below_what_was_nulled_at_once() -> None:
    root = {"thing": {"n": 1, "loose": [1, None]}, "other": {"n": None, "loose": []}}
    response = await run("{ thing { loose even } other { n even } }", root)
    assert data(response) == {"thing": {"loose": None, "even": None}, "other": None}
    assert [call[1] for call in CALLS] == [[1]]
    assert [path for path, _ in failures(response)] == [
        ["other", "n"], ["thing", "even"], ["thing", "loose", 1],
    ]  # fmt: skip


async def test_an_attribute_that_cannot_be_shown_is_read_again_but_nothing_is_asked_twice() -> None:
    root = {"thing": {"n": 1, "loose": "no list"}}
    response = await run("{ thing { loose below { n } } }", root)
    assert CALLS == [("below", [1], {"count": 2})]
    assert data(response) == {"thing": {"loose": None, "below": [{"n": 10}, {"n": 11}]}}
    assert failures(response) == [
        (["thing", "loose"], "Expected Iterable, but did not find one for field 'Thing.loose'.")
    ]


async def test_a_resolver_is_told_its_path_and_a_list_its_index() -> None:
    response = await run("{ thing { path below { p: path } } }")
    assert data(response) == {
        "thing": {
            "path": "thing/path",
            "below": [{"p": "thing/below/0/p"}, {"p": "thing/below/1/p"}],
        }
    }


async def test_mutations_end_before_the_next_begins() -> None:
    response = await run("mutation { a: set(n: 1) { even } b: set(n: 2) { even } }")
    assert [call[:2] for call in CALLS] == [
        ("set begins", [1]), ("set ends", [1]), ("even", [1]),
        ("set begins", [2]), ("set ends", [2]), ("even", [2]),
    ]  # fmt: skip
    assert data(response) == {"a": {"even": None}, "b": {"even": 2}}


async def test_a_mutation_that_nulls_everything_is_the_last() -> None:
    response = await run("mutation { a: set(n: 1) { even_surely } b: set(n: 2) { even } }")
    assert data(response) is None
    assert [call[:2] for call in CALLS][-1] == ("surely", [1])


async def test_errors_are_shown_as_the_caller_says_and_extensions_come_last() -> None:
    engine = Engine(SCHEMA)

    def show(error: GraphQLError) -> dict[str, Any]:
        return {"message": "masked", "path": error.path}

    response = await engine.execute(engine.plan(parse("{ thing { even } }")), None, None, ROOT)
    assert response.body(show, {"now": 5}) == (
        b'{"data":{"thing":{"even":null}},"errors":[{"message":"masked","path":["thing","even"]}],'
        b'"extensions":{"now":5}}'
    )


def _raising(parents: list[Any], context: Any) -> list[Any]:
    raise ValueError("not now")


async def _raising_later(parents: list[Any], context: Any) -> list[Any]:
    return _raising(parents, context)


async def _short(parents: list[Any], context: Any) -> list[Any]:
    return []


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (_short, "_short answered 0 of 1"),
        (partial(_short), "a batch function answered 0 of 1"),
        (_raising, "not now"),
        (_raising_later, "not now"),
        (lambda parents, context: ValueError("for all"), "for all"),
        (lambda parents, context: 5, "'int' object is not iterable"),
    ],
)
async def test_a_batch_that_does_not_answer_each_parent_fails_all(
    function: Any, message: str
) -> None:
    def resolve(parent: Any, info: Any) -> None: ...

    resolve.__dict__["batch"] = function
    schema = GraphQLSchema(
        GraphQLObjectType("Query", {"a": GraphQLField(GraphQLInt, resolve=resolve)})
    )
    engine = Engine(schema)
    response = await engine.execute(engine.plan(parse("{ a }")))
    assert failures(response) == [(["a"], message)]


async def test_a_batch_may_answer_whatever_can_be_walked_through() -> None:
    def resolve(parent: Any, info: Any) -> None: ...

    resolve.__dict__["batch"] = lambda parents, context: (each for each in (5,))
    schema = GraphQLSchema(
        GraphQLObjectType("Query", {"a": GraphQLField(GraphQLInt, resolve=resolve)})
    )
    engine = Engine(schema)
    assert data(await engine.execute(engine.plan(parse("{ a }")))) == {"a": 5}


@pytest.mark.parametrize(
    "text",
    [
        "{ thing { path below { n path below { n } } } }",
        "{ a: find(n: 1) { below { n } } b: find(n: 2) { n } }",
        "mutation { set(n: 2) { n path } }",
    ],
)
async def test_nothing_of_a_request_waits_for_a_collection(text: str) -> None:
    GATES["find"] = asyncio.Event()
    GATES["find"].set()
    with uncollected(Run) as left:
        response = await run(text)
        assert not response.errors
        del response
        assert left() == []


async def test_nothing_of_a_request_that_was_given_up_waits_for_a_collection() -> None:
    GATES["find"] = asyncio.Event()
    with uncollected(Run) as left:
        running = asyncio.create_task(run("{ find(n: 1) { n } thing { path } }"))
        await _called(1)
        running.cancel()
        await asyncio.wait({running})
        del running
        assert left() == []
