"""Each rule of the engine is held: an engine that breaks one is found out."""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from random import Random
from types import GeneratorType
from typing import Any

import pytest
from graphql import GraphQLBoolean, GraphQLFloat, GraphQLInt, Undefined, default_field_resolver
from graphql.execution.values import VariableValues
from graphql.pyutils import UndefinedType

from gateway.engine import (
    access,
    arguments,
    calling,
    careful,
    carrying,
    collecting,
    emitting,
    engine,
    leaves,
    places,
    plain,
    reading,
    run,
    strawberry_fields,
    tree,
    types_of_values,
    variables,
)
from tests.conformance.engine import core_schemas, strawberry_schemas
from tests.conformance.engine.comparing import FORGETFUL
from tests.conformance.engine.specs import make_spec, without_methods
from tests.conformance.engine.test_differential import compare
from tests.conformance.engine.test_leaves import test_every_value_is_written_alike as every_value
from tests.unit.engine import test_running

MOST_TRIED = 150
pytestmark = FORGETFUL
Patch = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What is forgotten where something fails is found here, and not during another test."""
    yield
    gc.collect()


def _says(name: str) -> Patch:
    """Answer a patch that ignores a directive."""
    usual = collecting.Collector._says

    def says(self: Any, node: Any, asked: str, otherwise: bool) -> bool:
        return otherwise if asked == name else usual(self, node, asked, otherwise)

    return lambda patch: patch.setattr(collecting.Collector, "_says", says)


def _put(target: Any, name: str, value: Any) -> Patch:
    return lambda patch: patch.setattr(target, name, value)


def _entry(target: dict[Any, Any], key: Any, value: Any) -> Patch:
    return lambda patch: patch.setitem(target, key, value)


def _first_only(nodes: Any) -> Any:
    return [each.selection_set for each in nodes[:1] if each.selection_set is not None]


def _never(*kinds: type) -> Patch:
    """Answer a patch that takes values of some classes for plain ones."""
    usual = plain.PlainClasses.holds

    def holds(self: Any, value: Any) -> bool:
        return isinstance(value, kinds) or usual(self, value)

    return _put(plain.PlainClasses, "holds", holds)


def _anything_waits(self: Any, value: Any) -> bool:
    return not isinstance(value, Exception)


def _unguarded(name: str, field: Any, reader: Any = None) -> Any:
    resolve = field.resolve
    while hasattr(resolve, "before"):
        resolve = resolve.__wrapped__
    found = reader(field, resolve) if reader and resolve else None
    return found or access._plain_access(name, resolve or default_field_resolver)


def _unwrapped(self: Any, field: Any, resolve: Any) -> Any:
    definition = field.extensions[strawberry_fields.DEFINITION]
    batch = definition.metadata.get("batch")
    return access.Batch(batch, convert=self._converter(definition)) if batch else None


def _checks_nothing(self: Any, field: Any, selection: Any, known: Any) -> Any:
    return lambda value, run: None


def _recorded(self: Any, kind: Any, error: Exception, path: Any) -> None:
    self._run.record(self._located(error, path), tuple(path.as_list()))


def _all_recorded(self: Any, error: Any, position: Any) -> bool:
    self.errors.append(error)
    return True


def _raw(self: Any, given: Any) -> VariableValues:
    return VariableValues({}, dict(given or {}))


def _without_default(signature: Any) -> Any:
    return lambda: Undefined


def _unconverted(self: Any, definition: Any) -> None: ...


def _attributes_first(value: Any) -> Any:
    return lambda name: getattr(value, name, None)


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, GeneratorType) else reading.copied(value)


def _one_batch(lot: Any, stage: Any, given: Any) -> bool:
    ours, theirs = stage.step.field.access, lot.stages[0].step.field.access
    return getattr(ours, "function", 1) is getattr(theirs, "function", 2)


def _in_order(self: Any, kind: Any, selected: Any) -> Any:
    found = collecting._Found()
    for each in selected:
        self._visit(kind, each, found)
    return dict(sorted(found.fields.items()))


async def _at_once(run: Any) -> None:
    await carrying._advance(run, run.variant.roots)


MUTANTS: dict[str, Patch] = {
    "@skip is ignored": _says("skip"),
    "@include is ignored": _says("include"),
    "a fragment is taken for objects of any type": _put(
        collecting.Collector, "_applies", lambda self, condition, kind: True
    ),
    "fields that are one keep what the first selects": _put(tree, "selections_of", _first_only),
    "fields are answered in the order of their names": _put(
        collecting.Collector, "collect", _in_order
    ),
    "null stays where it may not": _put(places.Place, "nearest_nullable", lambda self: self),
    "null stays where it may not, within a value": _put(careful._Careful, "_failed", _recorded),
    "what is undefined is taken for a value": _never(UndefinedType),
    "an exception is taken for a value": _never(Exception),
    "what has to be waited for is taken for a value": _put(
        plain.PlainClasses, "holds", _anything_waits
    ),
    "guards are left out": _put(tree, "access_of", _unguarded),
    "an unknown wrapper is left out": _put(
        strawberry_fields.StrawberryReader, "__call__", _unwrapped
    ),
    "variables are taken for constants": _put(arguments, "_varying", lambda field: {}),
    "calls are one though their arguments differ": _put(calling, "_is_same_call", _one_batch),
    "an object's own word on its type is not asked for": _put(
        types_of_values.Types, "checker", _checks_nothing
    ),
    "a class stands for a type though it tells nothing": _put(
        types_of_values, "tells_by_class", lambda kind, value: True
    ),
    "defaults of variables are left out": _put(variables, "_default", _without_default),
    "variables are not coerced": _put(variables.Variables, "coerce", _raw),
    "arguments are not converted": _put(
        strawberry_fields.StrawberryReader, "_converter", _unconverted
    ),
    "what a generator failed with is forgotten": _put(emitting, "listed", _listed),
    "a mapping is read by its attributes": _put(emitting, "getter", _attributes_first),
}
# What responses made by chance do not show, or seldom, is held by a test of its own.
HELD: dict[str, tuple[Patch, Callable[[], Awaitable[None]]]] = {
    "large numbers are taken for an Int": (
        _entry(leaves._TESTS, GraphQLInt, "type({0}) is int"),
        partial(every_value, "Int"),
    ),
    "true is taken for an Int": (
        _entry(leaves._TESTS, GraphQLInt, "isinstance({0}, int) and {0} < 9"),
        partial(every_value, "Int"),
    ),
    "no number is taken for a Float": (
        _entry(leaves._TESTS, GraphQLFloat, "type({0}) is float"),
        partial(every_value, "Float"),
    ),
    "one is taken for true": (
        _entry(leaves._TESTS, GraphQLBoolean, "{0} == True or {0} == False"),
        partial(every_value, "Boolean"),
    ),
    "nothing is taken for something that was written": (
        _put(leaves, "_writer", lambda kind, plain: kind.coerce_output_value),
        partial(every_value, "Nothing"),
    ),
    "a place is nulled by several errors": (
        _put(run.Run, "record", _all_recorded),
        test_running.test_a_place_is_nulled_by_one_error_alone,
    ),
    "mutations run at once": (
        _put(engine, "carry_out", _at_once),
        test_running.test_mutations_end_before_the_next_begins,
    ),
    "equal calls are made twice": (
        _put(calling, "_is_same_call", lambda *_: False),
        test_running.test_one_field_with_equal_arguments_at_several_places_is_one_call,
    ),
    "what is below null is asked for": (
        _put(run.Run, "still_standing", lambda self, step: bool(self.parents[step.number])),
        test_running.test_nothing_is_asked_for_below_what_was_nulled_at_once,
    ),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mutant_is_caught(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MUTANTS[mutant](monkeypatch)
    for seed in range(MOST_TRIED):
        rng = Random(seed)
        spec = make_spec(rng)
        make: Any = core_schemas.make_object
        if seed % 2:
            spec = without_methods(spec)
            schema, make = strawberry_schemas.make_schema(spec)
        else:
            schema = core_schemas.make_schema(spec)
        if asyncio.run(compare(rng, spec, schema, make)) is not None:
            return
    pytest.fail(f"nothing was found in {MOST_TRIED} schemas")


@pytest.mark.parametrize("mutant", HELD)
async def test_a_mutant_is_caught_by_the_test_of_its_rule(
    mutant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    patch, test = HELD[mutant]
    patch(monkeypatch)
    test_running.CALLS.clear()
    with pytest.raises(AssertionError):
        await test()
