"""The engine with one rule broken: each a patch, and what is to find it out."""

import asyncio
from collections.abc import Awaitable, Callable
from copy import copy
from datetime import datetime
from functools import partial
from inspect import iscoroutine
from types import GeneratorType
from typing import Any

import orjson
import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLBoolean,
    GraphQLError,
    GraphQLField,
    GraphQLFloat,
    GraphQLInt,
    InlineFragmentNode,
    OperationDefinitionNode,
    Undefined,
    VariableNode,
    default_field_resolver,
    get_argument_values,
    get_nullable_type,
)
from graphql.pyutils import UndefinedType

from gateway.engine import (
    access,
    arguments,
    beginning,
    calling,
    careful,
    carrying,
    coercing,
    collecting,
    emitting,
    engine,
    keeping,
    known,
    leaf_code,
    leaves,
    looking_up,
    natives,
    places,
    plain,
    reading,
    run,
    several,
    strawberry_fields,
    tree,
    types_of_values,
    value_code,
    variables,
)
from gateway.engine.documents import find_operation
from tests.conformance.engine import test_columns, test_found, test_types
from tests.conformance.engine.test_arguments import all_answered_alike
from tests.conformance.engine.test_leaves import test_every_value_is_written_alike as every_value
from tests.unit.engine import test_events, test_keeping, test_neighbours, test_running

Patch = Callable[[pytest.MonkeyPatch], None]


def _says(name: str) -> Patch:
    """Answer a patch that ignores a directive."""
    usual = collecting.Collector._says

    def says(self: Any, node: Any, asked: str, otherwise: bool) -> bool:
        return otherwise if asked == name else usual(self, node, asked, otherwise)

    return lambda patch: patch.setattr(collecting.Collector, "_says", says)


def _put(target: Any, name: str, value: Any) -> Patch:
    return lambda patch: patch.setattr(target, name, value)


def _new(target: Any, name: str, value: Any) -> Patch:
    return lambda patch: patch.setattr(target, name, value, raising=False)


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
    self._run.record(self._located(error, path), tuple(path.as_list()), self._index)


def _all_recorded(self: Any, error: Any, position: Any, index: int) -> bool:
    self.errors.append(error)
    return True


def _raw(self: Any, given: Any) -> dict[str, Any]:
    return dict(given or {})


_reader_of = variables.reader_of


def _without_null(signatures: Any) -> Any:
    read = _reader_of(signatures)
    return lambda given: read({name: each for name, each in given.items() if each is not None})


_values = get_argument_values


def _without_their_defaults(definition: Any, *given: Any) -> Any:
    args = {name: copy(each) for name, each in definition.args.items()}
    for each in args.values():
        if each.default_value is not Undefined:
            each.type, each.default_value = get_nullable_type(each.type), Undefined
    return _values(GraphQLField(definition.type, args), *given)


class Everything:
    """Holds whatever is asked for."""

    def __init__(self, known: object) -> None: ...

    def __ge__(self, other: object) -> bool:
        return True


_fields = coercing.Coercers._fields


def _any_number(self: Any, kind: Any) -> None:
    is_one_of, kind.is_one_of = kind.is_one_of, False
    _fields(self, kind)
    kind.is_one_of = is_one_of


def _unconverted(self: Any, definition: Any) -> None: ...


def _attributes_first(value: Any) -> Any:
    return lambda name: getattr(value, name, None)


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, GeneratorType) else reading.copied(value)


def _takes_all(*kinds: type) -> Patch:
    """Answer a patch that ignores both directives on some kinds of selections."""
    usual = collecting.Collector.includes

    def includes(self: Any, node: Any) -> bool:
        return isinstance(node, kinds) or usual(self, node)

    return _put(collecting.Collector, "includes", includes)


def _includes_alone(self: Any, node: Any) -> bool:
    named = [each.name.value for each in node.directives or ()]
    is_taken = "include" in named or not self._says(node, "skip", False)
    return bool(self._says(node, "include", is_taken))


def _turned_round(self: Any, node: Any, name: str, otherwise: bool) -> bool:
    for each in node.directives or ():
        value = each.arguments[0].value if each.arguments else None
        if each.name.value == name and isinstance(value, VariableNode):
            return self.decided[value.name.value] is False
    return bool(_says_usually(self, node, name, otherwise))


_says_usually = collecting.Collector._says
_collect = collecting.Collector.collect


def _by_name(self: Any, kind: Any, selected: Any) -> Any:
    return {nodes[0].name.value: nodes for nodes in _collect(self, kind, selected).values()}


_leaf_item = leaf_code.leaf_item
_counted = calling._counted


def _nullable_item(writer: Any, types: Any, kind: Any, item: str) -> Any:
    return _leaf_item(writer, types, get_nullable_type(kind), item)


def _backwards(access: Any, parents: Any, answer: Any) -> list[Any]:
    return _counted(access, parents, answer)[::-1]


def _all_or_nothing(access: Any, parents: Any, answer: Any) -> list[Any]:
    values = _counted(access, parents, answer)
    failed = [each for each in values if isinstance(each, Exception)]
    return failed[:1] * len(values) if failed else values


def _without_indexes(self: Any) -> tuple[str | int, ...]:
    return tuple(each for each in _keys(self) if isinstance(each, str))


_keys = places.Place.keys
_fail = run.Run.fail


def _without_extensions(self: Any, place: Any, field: Any, error: Exception) -> None:
    _fail(self, place, field, GraphQLError(str(error)))


_make_finder = types_of_values.Types.finder


def _first_type(self: Any, field: Any, kind: Any, complete: Any, known: Any) -> Any:
    def find(value: Any, run: Any) -> Any:
        self.plain.admit(value)
        return next(iter(complete.values()))(value, run)

    return find


_find_operation = find_operation


def _first(document: DocumentNode, name: str | None) -> Any:
    operations = [e for e in document.definitions if isinstance(e, OperationDefinitionNode)]
    kept = tuple(each for each in document.definitions if each not in operations[1:])
    return _find_operation(DocumentNode(definitions=kept), None)


async def _one_by_one(works: Any, behind: Any = ()) -> list[Any]:
    try:
        return [await each for each in works]
    finally:
        for each in (*works, *behind):
            if iscoroutine(each):
                each.close()


async def _left_behind(works: Any, behind: Any = ()) -> list[Any]:
    return list(await asyncio.shield(asyncio.gather(*works)))


async def _swallowing(works: Any, behind: Any = ()) -> list[Any]:
    tasks = [asyncio.ensure_future(each) for each in works]
    try:
        return list(await asyncio.gather(*tasks))
    except BaseException:  # noqa: BLE001
        return [None] * len(tasks)


async def _on_and_on(run: Any) -> None:
    for stage in run.variant.roots:
        await carrying._advanced(run, [stage])


def _in_order(self: Any, kind: Any, selected: Any) -> Any:
    found = collecting._Found()
    for each in selected:
        self._visit(kind, each, found)
    return dict(sorted(found.fields.items()))


def _shown_to_all(self: keeping.Keep, context: Any) -> Any:
    return self.steady(context)


def _kept_for_good(self: keeping.Keep, context: Any) -> Any:
    for each in self.guards:
        each(context)
    return ()


def _kept_anyway(self: run.Run) -> None:
    for place, value, shown in self.made:
        self.plan.setting.keepsakes.keep(place, value, shown)


def _kept_once_met(self: keeping.Keepsakes, place: Any, value: Any, shown: Any) -> int:
    json = natives.encode(shown)
    self._put(place, keeping._Kept(value, len(json)), orjson.Fragment(json))
    return len(json)


async def _at_once(run: Any) -> None:
    await carrying._advanced(run, run.variant.roots)


def _elsewhere(work: Any) -> Any:
    begun = beginning.begin(work)
    if not isinstance(begun, beginning.Unfinished):
        return begun

    async def go_on() -> Any:
        return await begun

    return asyncio.ensure_future(go_on())


async def _one_after_the_other(
    self: Any, planned: Any, variables: Any, context: Any, events: Any
) -> list[Any]:
    return [await self.execute(planned, variables, context, each) for each in events]


def _begun_in_place(usual: Any, *given: Any, is_alone: bool) -> Any:
    return usual(*given, is_alone=True)


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
    "calls are one though their arguments differ": _put(
        calling, "_is_same_call", lambda lot, arguments: True
    ),
    "an object's own word on its type is not asked for": _put(
        types_of_values.Types, "checker", _checks_nothing
    ),
    "a class stands for a type though it tells nothing": _put(
        types_of_values, "tells_by_class", lambda kind, value: True
    ),
    "defaults of variables are left out": _put(
        variables, "_default", lambda told: variables.nothing
    ),
    "a variable that is left out is null": _put(variables, "_default", lambda told: lambda: None),
    "directives on fields are ignored": _takes_all(FieldNode),
    "directives on inline fragments are ignored": _takes_all(InlineFragmentNode),
    "directives on spreads are ignored": _takes_all(FragmentSpreadNode),
    "including goes before skipping": _put(collecting.Collector, "includes", _includes_alone),
    "conditions are turned round": _put(collecting.Collector, "_says", _turned_round),
    "aliases are left out": _put(collecting.Collector, "collect", _by_name),
    "values go to the wrong parents": _put(calling, "_counted", _backwards),
    "errors do not say which item": _put(places.Place, "keys", _without_indexes),
    "errors lose their extensions": _put(run.Run, "fail", _without_extensions),
    "any object is of the first type that may be": _put(
        types_of_values.Types, "finder", _first_type
    ),
    "the first operation is executed whatever is named": _put(engine, "find_operation", _first),
    "enums go out as what they stand for": _put(leaves, "_names", lambda kind: lambda value: value),
    "scalars go out as they are": _put(leaves, "_writer", lambda kind, plain: lambda value: value),
    "variables are not coerced": _put(variables.Variables, "coerce", _raw),
    "arguments are not converted": _put(
        strawberry_fields.StrawberryReader, "_converter", _unconverted
    ),
    "what a generator failed with is forgotten": _put(value_code, "listed", _listed),
    "a mapping is read by its attributes": _put(value_code, "getter", _attributes_first),
}
# What is wrong with the coercion of variables is held by its own comparison.
COERCED: dict[str, Patch] = {
    "enums come in by their names": _put(
        coercing, "_names", lambda kind: {name: name for name in kind.values}
    ),
    "scalars come in as they are": _put(coercing, "_parser", lambda kind: lambda value: value),
    "scalars that mostly come in as they are always do": _put(
        coercing.Coercers,
        "_fits",
        lambda self, kind: "({0} or True)" if hasattr(kind.parse_value, "fits") else None,
    ),
    "any number of a one-of is let through": _put(coercing.Coercers, "_fields", _any_number),
    "unknown fields of inputs are let through": _new(coercing, "frozenset", Everything),
    "defaults of inputs are left out": _put(
        coercing, "coerce_default_value", lambda field: Undefined
    ),
    "one value is no list of itself": _put(coercing, "_listed", lambda value: []),
    "large numbers are taken for an Int": _entry(coercing._TESTS, GraphQLInt, "type({0}) is int"),
    "true is taken for an Int": _entry(coercing._TESTS, GraphQLInt, "isinstance({0}, int)"),
    "no number is taken for a Float": _entry(coercing._TESTS, GraphQLFloat, "type({0}) is float"),
    "null is let through where it may not be": _put(
        coercing, "is_non_null_type", lambda kind: False
    ),
    "defaults of variables are left out": _put(
        variables, "_default", lambda signature: variables.nothing
    ),
    "a variable that is null is left out": _put(variables, "reader_of", _without_null),
    "what is left out is null": _put(variables, "_default", lambda signature: lambda: None),
}


_record = run.Run.record


def _of_one(self: Any, error: Any, position: Any, index: int) -> bool:
    return _record(self, error, position, 0)


def _in_the_first(self: run.Run, step: Any) -> Any:
    root = places.Place(None, self.wholes, 0, self.variant.tree.root.kind)
    return places.find_places([root], step.route)


# What is wrong with several events at once is held by their own comparison.
EVENTS: dict[str, Patch] = {
    "all errors are told with each event": _put(
        several.Several, "errors_of", lambda self, index: self.errors
    ),
    "a place that is null for one event is null for all": _put(run.Run, "record", _of_one),
    "only what stands in the first response is mended": _put(run.Run, "places", _in_the_first),
}


# What responses made by chance do not show, or seldom, is held by a test of its own.
def _too_soon(self: Any, field: Any, given: str, depth: int) -> str:
    last, done = self._writer.variable(), self._writer.variable()
    self.neighbours.append(last)
    with self._writer.block(f"if {given} is not {last}:"):
        self._writer.line(f"{last} = {given}")
        self.value(field.kind, field, given, done, depth)
    return str(done)


def _of_any_state(self: Any, place: Any, keys: Any) -> Any:
    return next(iter(self._kept.values()), None)


HELD: dict[str, tuple[Patch, Callable[[], Awaitable[None]]]] = {
    "what was begun goes on in a task of its own": (
        _put(calling, "begin", _elsewhere),
        test_running.test_what_is_alone_goes_on_in_the_task_that_began_it,
    ),
    "all that stand side by side are begun in place": (
        _put(carrying, "called", partial(_begun_in_place, looking_up.called)),
        test_running.test_siblings_go_on_each_in_a_task_of_its_own,
    ),
    "what is begun in place waits for a task": (
        _put(calling, "begin", lambda work: work),
        test_running.test_what_waits_for_nothing_is_answered_without_being_awaited,
    ),
    "siblings wait for one another": (
        _put(carrying, "together", _one_by_one),
        test_running.test_siblings_wait_at_once,
    ),
    "what was begun goes on when the caller is gone": (
        _put(carrying, "together", _left_behind),
        test_running.test_cancelling_leaves_no_task,
    ),
    "a time that is over is taken for an answer": (
        _put(carrying, "together", _swallowing),
        test_running.test_a_deadline_ends_it,
    ),
    "null stays in a list of what may not be null": (
        _put(value_code, "leaf_item", _nullable_item),
        partial(every_value, "Int"),
    ),
    "one failure fails all parents": (
        _put(calling, "_counted", _all_or_nothing),
        test_running.test_a_value_that_is_an_exception_fails_its_own_parent_only,
    ),
    "defaults of arguments are left out": (
        _put(arguments, "get_argument_values", _without_their_defaults),
        all_answered_alike,
    ),
    "null is let through where an argument may not be null": (
        _put(arguments, "is_non_null_type", lambda kind: False),
        all_answered_alike,
    ),
    "a mutation goes on when all is null": (
        _put(engine, "carry_out", _on_and_on),
        test_running.test_a_mutation_that_nulls_everything_is_the_last,
    ),
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
    "a time elsewhere is taken for one in UTC": (
        _entry(natives._TESTS, datetime, "type({0}) is datetime"),
        partial(every_value, "Times"),
    ),
    "what is kept is shown to who may not read it": (
        _put(keeping.Keep, "key", _shown_to_all),
        test_keeping.test_who_may_not_read_it_is_not_shown_what_is_kept,
    ),
    "what is kept outlives what it depends on": (
        _put(keeping.Keep, "key", _kept_for_good),
        test_keeping.test_what_is_kept_ends_with_what_a_field_below_depends_on,
    ),
    "an object is taken for shown before it is": (
        _put(value_code.ValueCode, "_neighbour", _too_soon),
        test_neighbours.test_an_object_that_could_not_be_shown_is_not_taken_for_the_one_before,
    ),
    "every field is taken for steady": (
        _put(keeping._Found, "_is_steady", lambda self, field: True),
        test_keeping.test_nothing_is_kept_above_a_field_that_is_not_steady,
    ),
    "variables are no part of what is kept": (
        _put(keeping, "has_variables", lambda node: False),
        test_keeping.test_nothing_is_kept_above_arguments_that_are_variables,
    ),
    "what is read in place is read whatever its arguments are": (
        _put(tree, "has_variables", lambda node: False),
        test_found.test_arguments_of_what_is_read_in_place_are_looked_at,
    ),
    "who tells types is told which item of a list it is": (
        _put(careful, "_of_field", lambda path: path),
        test_types.test_a_resolver_of_types_is_told_the_path_of_the_field,
    ),
    "a type that has to be asked for is taken for known": (
        _put(keeping, "is_abstract_type", lambda kind: False),
        test_keeping.test_nothing_is_kept_where_a_type_has_to_be_asked_for,
    ),
    "a response with errors is kept": (
        _put(run.Run, "keep", _kept_anyway),
        test_keeping.test_nothing_is_kept_of_a_response_with_errors,
    ),
    "what does not last is kept": (
        _put(keeping.Keepsakes, "keep", _kept_once_met),
        test_keeping.test_what_does_not_last_is_read_each_time,
    ),
    "resolvers are told of the first event alone": (
        _put(several.Several, "root_value_for", run.Run.root_value_for),
        partial(test_events.test_resolvers_are_told_of_the_event_that_they_are_asked_for, "root"),
    ),
    "each event is told by itself": (
        _put(engine.Engine, "begin_each", _one_after_the_other),
        test_events.test_what_several_events_fetch_is_fetched_by_one_call,
    ),
    "lists by columns are made of objects": (
        _put(emitting, "told_by_columns", lambda *_: None),
        test_columns.test_no_object_is_made_and_each_place_is_asked_for_once,
    ),
    "what was looked up for columns is asked for again": (
        _put(looking_up, "_known_of", lambda *_: None),
        test_columns.test_who_has_its_objects_made_asks_for_nothing_again,
    ),
    "what is kept for columns outlives its state": (
        _put(known.KeptTexts, "find", _of_any_state),
        test_columns.test_json_of_what_is_steady_outlasts_a_request_until_its_state_is_another,
    ),
    "what is below null is asked for": (
        _put(run.Run, "still_standing", lambda self, step: bool(self.parents[step.number])),
        test_running.test_nothing_is_asked_for_below_what_was_nulled_at_once,
    ),
}
