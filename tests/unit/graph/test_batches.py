"""One call per field, arguments and level, whatever the shape of the query."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, NewType

import strawberry
from strawberry.schema.config import StrawberryConfig

from gateway.graph.batches import Batches, batch_field

Anything = NewType("Anything", object)
CALLS: list[tuple[str, list[int], dict[str, Any]]] = []


async def load_children(
    parents: Sequence["Thing"], context: Any, *, count: int = 2
) -> list[list["Thing"]]:
    CALLS.append(("children", [p.number for p in parents], {"count": count}))
    return [[Thing(number=p.number * 10 + i) for i in range(count)] for p in parents]


async def load_square(parents: Sequence["Thing"], context: Any) -> list[Any]:
    CALLS.append(("square", [p.number for p in parents], {}))
    return [ValueError("odd") if p.number == 11 else p.number**2 for p in parents]


async def load_short(parents: Sequence["Thing"], context: Any) -> list[int]:
    return []


async def load_shown(
    parents: Sequence["Thing"], context: Any, *, told: Anything | None = None
) -> list[str]:
    return [repr(told) for _ in parents]


@strawberry.type
class Thing:
    number: int
    shown: str | None = batch_field(load_shown, "The argument as it came.")
    children: list["Thing"] | None = batch_field(load_children, "Things below.")
    square: int | None = batch_field(load_square, "Its square.")
    short: int | None = batch_field(load_short, "A function that forgets its parents.")


@strawberry.type
class Query:
    @strawberry.field
    def thing(self) -> Thing:
        return Thing(number=1)


SCALARS: dict[object, Any] = {Anything: strawberry.scalar(name="Anything")}
SCHEMA = strawberry.Schema(Query, config=StrawberryConfig(scalar_map=SCALARS))


async def _run(query: str) -> Any:
    CALLS.clear()
    context = SimpleNamespace(batches=Batches())
    result = await SCHEMA.execute(query, context_value=context)
    await context.batches.close()
    return result


async def test_a_level_is_one_call_with_all_its_parents_in_order() -> None:
    result = await _run("{ thing { children { children { number } } } }")
    assert result.errors is None
    assert CALLS == [("children", [1], {"count": 2}), ("children", [10, 11], {"count": 2})]
    assert [[c["number"] for c in t["children"]] for t in result.data["thing"]["children"]] == [
        [100, 101], [110, 111],
    ]  # fmt: skip


async def test_equal_arguments_share_a_call_and_others_do_not() -> None:
    await _run("{ thing { a: children { number } b: children(count: 2) { number } "
               "c: children(count: 1) { number } } }")  # fmt: skip
    assert CALLS == [("children", [1, 1], {"count": 2}), ("children", [1], {"count": 1})]


async def test_one_parents_failure_is_its_own() -> None:
    result = await _run("{ thing { children { square } } }")
    assert result.data == {"thing": {"children": [{"square": 100}, {"square": None}]}}
    (error,) = result.errors
    assert (error.path, error.message) == (["thing", "children", 1, "square"], "odd")


async def test_a_function_that_forgets_a_parent_fails_them_all() -> None:
    result = await _run("{ thing { short } }")
    assert result.data == {"thing": {"short": None}}
    assert "answered 0 of 1" in result.errors[0].message


def test_the_function_is_found_in_the_fields_metadata() -> None:
    definition = Thing.__strawberry_definition__  # type: ignore[attr-defined]
    found = {field.python_name: field.metadata.get("batch") for field in definition.fields}
    assert found == {
        "number": None, "children": load_children, "square": load_square, "short": load_short,
        "shown": load_shown,
    }  # fmt: skip


async def test_arguments_are_equal_only_with_their_types_and_may_be_maps() -> None:
    result = await _run(
        "{ thing { a: shown(told: 1) b: shown(told: 1.0) c: shown(told: true) "
        "d: shown(told: {a: [1]}) e: shown(told: {a: [2]}) } }"
    )
    assert result.errors is None
    assert list(result.data["thing"].values()) == ["1", "1.0", "True", "{'a': [1]}", "{'a': [2]}"]
