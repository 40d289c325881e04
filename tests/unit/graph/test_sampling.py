"""When the engine and graphql-core differ, and when the data has only changed meanwhile."""

from typing import Any

import pytest
from graphql import GraphQLError

from gateway.connect.errors import Unreachable
from gateway.engine.response import Response
from gateway.graph.sampling import Outcome, Sample, Sampling, differing


def ours(data: Any, *errors: GraphQLError) -> Response:
    return Response(data, errors)


def core(data: Any, *errors: GraphQLError) -> Response:
    return Response(data, list(errors))


def error(*path: str | int, code: str | None = None, cause: Exception | None = None) -> Any:
    extensions = None if code is None else {"code": code}
    return GraphQLError("words", path=path, extensions=extensions, original_error=cause)


@pytest.mark.parametrize(
    ("one", "other", "paths"),
    [
        (core({"a": 1}), ours({"a": 1}), []),
        (core({"a": 1}), ours({"a": 2}), [("a",)]),
        (core({"a": 1}), ours({"a": True}), [("a",)]),
        (core({"a": 1, "b": 2}), ours({"b": 2, "a": 1}), [()]),
        (core({"a": [{"b": 1}, {"b": 2}]}), ours({"a": [{"b": 1}, {"b": 3}]}), [("a", 1, "b")]),
        (core({"a": [1]}), ours({"a": [1, 2]}), [("a",)]),
        (core(None), ours({"a": 1}), [()]),
        (core({"a": None}, error("a", code="X")), ours({"a": None}, error("a", code="X")), []),
        (core({"a": None}, error("a", code="X")), ours({"a": None}), [("a",)]),
        (core({"a": None}, error("a")), ours({"a": None}, error("a", code="BAD_REQUEST")), []),
        (
            core({"a": None}, error("a", cause=ValueError("secret"))),
            ours({"a": None}, error("a", cause=KeyError("other"))),
            [],
        ),
        (
            core({"a": None}, error("a", cause=Unreachable("gone"))),
            ours({"a": None}, error("a", cause=ValueError("gone"))),
            [("a",)],
        ),
        (core({"a": None}, error("a", 0, "b")), ours({"a": None}, error("a", 1, "b")), []),
        (core({"a": 1}), ours({"a": 1}, error("b", "c")), [("b", "c")]),
    ],
)
def test_what_is_shown_and_the_codes_of_errors_are_compared(
    one: Response, other: Response, paths: list[Any]
) -> None:
    assert differing(one, other) == paths


def test_no_more_than_ten_places_are_told() -> None:
    one, other = core({"a": list(range(50))}), ours({"a": list(range(1, 51))})
    assert differing(one, other) == [("a", index) for index in range(10)]


class Again:
    """Answers what it is given, one after another."""

    def __init__(self, *results: Any) -> None:
        self.left = list(results)

    async def __call__(self) -> Any:
        result = self.left.pop(0)
        if isinstance(result, Exception):
            raise result
        return result


A, B, C = {"a": 1}, {"a": 2}, {"a": 3}


@pytest.mark.parametrize(
    ("answered", "by_core", "by_engine", "outcome"),
    [
        (A, [A], [], Outcome.SAME),
        (B, [A, A], [B], Outcome.DIFFERENT),
        (B, [A, A], [C], Outcome.DIFFERENT),
        (B, [A], [A], Outcome.MOVED),
        (B, [A, B], [B], Outcome.MOVED),
        (B, [ValueError("secret")], [], Outcome.FAILED),
        (B, [A], [ValueError("secret")], Outcome.FAILED),
    ],
)
async def test_only_what_stands_between_two_equal_answers_differs(
    answered: Any, by_core: list[Any], by_engine: list[Any], outcome: Outcome
) -> None:
    cores = Again(*(each if isinstance(each, Exception) else core(each) for each in by_core))
    engines = Again(*(each if isinstance(each, Exception) else ours(each) for each in by_engine))
    sampling = Sampling(1.0, lambda: 0.5)
    sampling.take(Sample("{ a }", None, ours(answered), engines, cores))
    (task,) = sampling._tasks
    await task
    assert sampling.counts == {outcome: 1}
    assert (cores.left, engines.left) == ([], [])


@pytest.mark.parametrize(
    ("rate", "drawn"), [(0.0, []), (0.3, [0.0, 0.29]), (1.0, [0.0, 0.29, 0.3])]
)
def test_a_share_is_drawn(rate: float, drawn: list[float]) -> None:
    chances = [0.0, 0.29, 0.3]
    given = iter(chances)
    sampling = Sampling(rate, lambda: next(given))
    assert [each for each in chances if sampling.draws()] == drawn
