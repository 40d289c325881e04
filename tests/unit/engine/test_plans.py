"""What is compiled, what is handed over and counted, and what of it is kept."""

from functools import partial
from typing import Any

import pytest
from graphql import (
    GraphQLError,
    GraphQLField,
    GraphQLInt,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    build_schema,
    default_field_resolver,
    parse,
)

from gateway.engine import tree
from gateway.engine.engine import COMPILED, Engine
from gateway.engine.plan import MOST_VARIANTS, describe

SCHEMA = build_schema("type Query { a: Int b: String self: Query } type Subscription { a: Int }")
ROOT = {"a": 1, "b": "two", "self": {"a": 3, "b": "four"}}


async def _run(engine: Engine, text: str, **variables: Any) -> Any:
    return await engine.execute(engine.plan(parse(text)), variables, None, ROOT)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{ a }", COMPILED),
        ("{ __typename self { __typename } }", COMPILED),
        ("subscription { a }", COMPILED),
        ("{ __schema { queryType { name } } }", "introspection"),
        ('{ self { a } ...F } fragment F on Query { __type(name: "Query") { name } }',
         "introspection"),
        ("query @experimental_disableErrorPropagation { a }", "error propagation"),
        ("query(%s) { %s }" % (  # noqa: UP031
            " ".join(f"$c{n}: Boolean!" for n in range(11)),
            " ".join(f"a{n}: a @skip(if: $c{n})" for n in range(11)),
        ), "conditions"),
        ("query($c: Boolean = true) { a @skip(if: $c) }", "condition"),
        ("mutation { a }", "no root"),
    ],
)  # fmt: skip
async def test_what_is_not_compiled_is_handed_over_and_counted(text: str, reason: str) -> None:
    engine = Engine(SCHEMA)
    variables = {f"c{n}": n % 2 == 0 for n in range(11)} | {"c": None}
    response = await _run(engine, text, **variables)
    assert [each for each in engine.counts if engine.counts[each]] == [reason]
    if reason not in ("condition", "no root"):
        assert response.data is not None
    else:
        assert response.data is None
        assert len(response.errors) == 1


async def test_what_is_too_large_is_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MOST_SELECTIONS", 3)
    engine = Engine(SCHEMA)
    deep = "{ self { self { self { self { a } } } } }"
    assert (await _run(engine, deep)).data == {"self": {"self": None}}
    assert (await _run(engine, "{ self { self { self { a } } } }")).data == {"self": {"self": None}}
    assert engine.counts == {"size": 1, COMPILED: 1}


async def test_what_is_too_large_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MOST_SELECTIONS", 3)
    grown: list[Any] = []
    grow = tree.Grower.grow
    monkeypatch.setattr(
        tree.Grower, "grow", lambda self, root: (grown.append(root), grow(self, root))[1]
    )
    engine = Engine(SCHEMA)
    deep = "query($c: Boolean!) { self @skip(if: $c) { self { self { self { a } } } } a }"
    planned = engine.plan(parse(deep))
    for skips in (False, True, False, True, False):
        response = await engine.execute(planned, {"c": skips}, None, ROOT)
        assert response.data == ({"a": 1} if skips else {"self": {"self": None}, "a": 1})
    assert (engine.counts, len(grown)) == ({"size": 3, COMPILED: 2}, 2)


async def test_lists_within_lists_beyond_what_code_can_hold_are_handed_over() -> None:
    kind = "[" * 25 + "Query" + "]" * 25
    engine = Engine(build_schema(f"type Query {{ many: {kind} a: Int }}"))
    assert (await _run(engine, "{ many { a } a }")).data == {"many": None, "a": 1}
    assert engine.counts == {"size": 1}


def test_an_operation_is_planned_once_and_the_last_used_are_kept() -> None:
    engine = Engine(SCHEMA, most_plans=2)
    first, second, third = parse("{ a }"), parse("{ b }"), parse("query A { a } query B { b }")
    plans = engine.plan(first), engine.plan(second)
    assert engine.plan(first) is plans[0]
    assert engine.plan(third, "A") is not engine.plan(third, "B")
    assert engine.plan(second) is not plans[1]


async def test_what_is_prepared_is_compiled_before_it_is_asked_for() -> None:
    engine = Engine(SCHEMA)
    document = parse("query A { a } query B($c: Boolean!) { b @skip(if: $c) }")
    engine.prepare(document)
    sources = [engine.plan(document, name).plan for name in ("A", "B")]
    assert [plan and plan.source.count("def fill_") for plan in sources] == [1, 0]


def test_an_operation_that_is_not_there_has_no_plan() -> None:
    engine = Engine(SCHEMA)
    for name, message in ((None, "Must provide operation name"), ("C", "Unknown operation")):
        with pytest.raises(GraphQLError, match=message):
            engine.plan(parse("query A { a } query B { b }"), name)
    with pytest.raises(GraphQLError, match="Must provide an operation"):
        engine.plan(parse("fragment F on Query { a }"))


async def test_conditions_are_decided_once_per_request_by_variants_that_are_bounded() -> None:
    engine = Engine(SCHEMA)
    names = [f"c{n}" for n in range(6)]
    declared = " ".join(f"${name}: Boolean!" for name in names)
    fields = " ".join(f"f{name}: a @include(if: ${name})" for name in names)
    document = parse(f"query({declared}) {{ {fields} }}")
    planned = engine.plan(document)
    for number in range(2**6):
        values = {name: bool(number >> bit & 1) for bit, name in enumerate(names)}
        response = await engine.execute(planned, values, None, ROOT)
        assert response.data == {f"f{name}": 1 for name in names if values[name]}
    assert planned.plan is not None
    assert planned.plan.source.count("# operation") == MOST_VARIANTS


async def test_no_more_code_is_kept_than_memory_is_given() -> None:
    engine = Engine(SCHEMA, most_code=5_000)
    planned = [engine.plan(parse(f"query Q{n} {{ a b self {{ a }} }}")) for n in range(20)]
    for each in (*planned, *planned):
        response = await engine.execute(each, None, None, ROOT)
        assert response.data == {"a": 1, "b": "two", "self": {"a": 3}}
        sources = [each.plan.source for each in planned if each.plan is not None]
        assert sum(map(len, sources)) < 5_000 + 20 * len("# Q10\n")
        assert each.plan is not None
        assert each.plan.source in sources, "what was made last is kept"
    assert sum(map(bool, sources)) > 1
    small = Engine(SCHEMA, most_code=1)
    assert (await _run(small, "{ a }")).data == {"a": 1}


async def test_the_code_of_a_plan_can_be_read_and_its_steps_listed() -> None:
    engine = Engine(SCHEMA)
    planned = engine.plan(parse("query Both { b self { a } }"))
    await engine.execute(planned, None, None, ROOT)
    assert planned.plan is not None
    assert planned.plan.source.startswith("# Both\n\ndef start(root):\n")
    (start, first, second) = planned.plan.source.split("(values, outs, run, failed):\n")
    assert start.endswith("return data, [[root], [root]], [[data], [data]]\n\ndef fill_0")
    assert first.endswith("def fill_1")
    assert ("{'a': " in first, "{'a': " in second) == (False, True)
    variant = planned.plan.variant({}, None)
    assert variant is not None
    assert describe(variant) == ["Query.b: an attribute", "Query.self: an attribute"]


class _Guarded:
    """A schema with a guarded attribute below the root, and what its guard was asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.refuses = False

        def before(context: Any) -> None:
            self.asked.append(context)
            if self.refuses:
                raise GraphQLError("refused")

        def guarded(parent: Any, info: Any) -> Any:
            before(info.context)
            return default_field_resolver(parent, info)

        guarded.__dict__.update(before=before, __wrapped__=default_field_resolver)
        inner = GraphQLObjectType(
            "Inner",
            {"a": GraphQLField(GraphQLInt, resolve=guarded), "b": GraphQLField(GraphQLString)},
        )
        self.engine = Engine(
            GraphQLSchema(GraphQLObjectType("Query", {"self": GraphQLField(inner)}))
        )
        self.planned = self.engine.plan(parse("{ self { a b } }"))


async def test_a_guard_that_lets_pass_is_asked_once_and_its_attribute_read_in_place() -> None:
    guarded = _Guarded()
    response = await guarded.engine.execute(guarded.planned, None, "me", ROOT)
    assert response.data == {"self": {"a": 3, "b": "four"}}
    assert guarded.asked == ["me"]
    assert guarded.planned.plan is not None
    assert guarded.planned.plan.source.count("def fill_") == 1


async def test_a_guard_that_refuses_fails_its_field_for_every_parent() -> None:
    guarded = _Guarded()
    guarded.refuses = True
    response = await guarded.engine.execute(guarded.planned, None, "me", ROOT)
    assert response.data == {"self": {"a": None, "b": "four"}}
    assert [(each.path, each.message) for each in response.errors] == [(["self", "a"], "refused")]


async def test_bad_variables_execute_nothing() -> None:
    engine = Engine(build_schema("type Query { a(n: Int!): Int }"))
    response = await _run(engine, "query($n: Int!) { a(n: $n) }", n="no")
    assert not response.is_executed
    assert response.body().startswith(b'{"errors":[{"message":"Variable \'$n\' has invalid value: ')
    assert engine.counts[COMPILED] == 0


def test_a_batch_function_without_a_name_is_listed_too() -> None:
    def resolve(parent: Any, info: Any) -> Any:
        raise AssertionError("the batch function is called")

    resolve.__dict__["batch"] = partial(lambda number, parents, context: [number], 5)
    schema = GraphQLSchema(
        GraphQLObjectType("Query", {"a": GraphQLField(GraphQLInt, resolve=resolve)})
    )
    planned = Engine(schema).plan(parse("{ a }"))
    assert planned.plan is not None
    variant = planned.plan.variant({}, None)
    assert variant is not None
    assert describe(variant) == ["Query.a: one call of a batch function"]
