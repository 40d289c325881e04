"""Completes single values step by step: all that generated code does not do, as graphql-core does.

Here are errors with their paths, awaitables within objects and lists, methods, generators, and type
resolvers that have to be waited for. Fields that are steps stand in line as ever.

https://spec.graphql.org/October2021/#CompleteValue()
"""

from collections.abc import AsyncIterable, Awaitable
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLObjectType,
    GraphQLOutputType,
    Undefined,
    default_field_resolver,
    default_type_resolver,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
    located_error,
)
from graphql.pyutils import Path, inspect, is_awaitable, is_iterable

from gateway.engine.arguments import raw_arguments
from gateway.engine.info import info_for
from gateway.engine.places import Place
from gateway.engine.run import Run
from gateway.engine.together import together
from gateway.engine.tree import Field, Hop, Step


async def mend(run: Run, step: Step, failed: list[tuple[Any, Any]]) -> None:
    """Complete the values that generated code did not, and put them into the response."""
    places, field = run.places(step), step.field
    hop = Hop(field.key, field.kind, field.parent.name)
    standing = [
        (value, places[id(out)].inside(out, hop)) for value, out in failed if id(out) in places
    ]
    run.careful += len(standing)
    if len(standing) > run.pace.most_at_once:
        run.is_large = True
        parts = [standing[each] for each in run.pace.slices(standing)]
        await together([_mend_some(run, field, each) for each in parts])
    elif standing:
        await together([_mend_one(run, field, *each) for each in standing])


async def _mend_some(run: Run, field: Field, standing: list[tuple[Any, Place]]) -> None:
    """Complete some of many values, once others had their turn."""
    await run.pace.pass_on()
    await together([_mend_one(run, field, *each) for each in standing])


async def _mend_one(run: Run, field: Field, value: Any, here: Place) -> None:
    careful = _Careful(run, field, int(here.root().key))
    try:
        done = await careful.complete(field.kind, value, here.path())
    except Exception as error:  # noqa: BLE001
        run.fail(here, field, error)
    else:
        here.holder[here.key] = done


class _Careful:
    """Completes values of one field; each of its entries has one of its own.

    `index` is the number of the response that they are in.
    """

    def __init__(self, run: Run, field: Field, index: int) -> None:
        self._run = run
        self._field = field
        self._index = index

    async def complete(self, kind: GraphQLOutputType, value: Any, path: Path) -> Any:
        """Answer a value as the response shows it; raises where it cannot be shown."""
        if isinstance(value, Exception):
            raise value
        if is_non_null_type(kind):
            done = await self.complete(kind.of_type, value, path)
            if done is None:
                raise TypeError(f"Cannot return null for non-nullable field {self._name}.")
            return done
        if value is None or value is Undefined:
            return None
        if is_list_type(kind):
            return await self._list(kind.of_type, value, path)
        if is_leaf_type(kind):
            return _written(kind, value)
        return await self._object(await self._type_of(kind, value, path), value, path)

    @property
    def _name(self) -> str:
        return f"{self._field.parent.name}.{self._field.name}"

    async def _list(self, kind: GraphQLOutputType, value: Any, path: Path) -> list[Any]:
        if isinstance(value, AsyncIterable):
            given = await self._drained(value, path)
        elif is_iterable(value):
            given = list(value)
        else:
            raise GraphQLError(f"Expected Iterable, but did not find one for field '{self._name}'.")
        items = [self._item(kind, item, path.add_key(index)) for index, item in enumerate(given)]
        return await together(items, given) if items else []

    async def _drained(self, value: AsyncIterable[Any], path: Path) -> list[Any]:
        try:
            return [item async for item in value]
        except Exception as error:
            raise self._located(error, path) from error

    async def _item(self, kind: GraphQLOutputType, item: Any, path: Path) -> Any:
        try:
            value = await item if is_awaitable(item) else item
            return await self.complete(kind, value, path)
        except Exception as error:  # noqa: BLE001
            self._failed(kind, error, path)
            return None

    def _failed(self, kind: GraphQLOutputType, error: Exception, path: Path) -> None:
        """Keep an error where null may stand; raises it where it may not."""
        located = self._located(error, path)
        if is_non_null_type(kind):
            raise located
        self._run.record(located, tuple(path.as_list()), self._index)

    def _located(self, error: Exception, path: Path) -> GraphQLError:
        return located_error(error, self._field.nodes, path.as_list())

    async def _type_of(self, kind: GraphQLOutputType, value: Any, path: Path) -> GraphQLObjectType:
        info = info_for(self._run.info_of(self._field), path=_of_field(path), index=self._index)
        found: Any = kind
        if is_abstract_type(kind):
            name = (kind.resolve_type or default_type_resolver)(value, info, kind)
            found = self._named(kind, await name if is_awaitable(name) else name, value)
        assert is_object_type(found)
        if found.is_type_of is not None:
            answer = found.is_type_of(value, info)
            if not (await answer if is_awaitable(answer) else answer):
                message = f"Expected value of type '{found}' but got: {inspect(value)}."
                raise GraphQLError(message, self._field.nodes)
        return found

    def _named(self, kind: Any, name: Any, value: Any) -> Any:
        """Answer the type that a resolver of types named; raises GraphQLError if it may not."""
        schema = self._run.schema
        named = schema.get_type(name) if isinstance(name, str) else None
        if is_object_type(named) and schema.is_sub_type(kind, named):
            return named
        must = f"Abstract type '{kind}' must resolve to an Object type at runtime"
        if name is None:
            message = (
                f"{must} for field '{self._name}'. Either the '{kind}' type should provide a "
                "'resolve_type' function or each possible type should provide an 'is_type_of' "
                "function."
            )
        elif not isinstance(name, str):
            message = (
                f"{must} for field '{self._name}' with value {inspect(value)}, received "
                f"'{inspect(name)}', which is not a valid Object type name."
            )
        elif named is None:
            message = (
                f"Abstract type '{kind}' was resolved to a type '{name}' that does not exist "
                "inside the schema."
            )
        elif not is_object_type(named):
            message = f"Abstract type '{kind}' was resolved to a non-object type '{name}'."
        else:
            message = f"Runtime Object type '{named}' is not a possible type for '{kind}'."
        raise GraphQLError(message, self._field.nodes)

    async def _object(self, kind: GraphQLObjectType, value: Any, path: Path) -> dict[str, Any]:
        done: dict[str, Any] = {}
        waiting: list[Awaitable[None]] = []
        for key, each in self._field.below[kind.name].fields.items():
            done[key] = kind.name if each is None else None
            if each is None:
                continue
            if each.step is not None:
                self._run.parents[each.step.number].append(value)
                self._run.outs[each.step.number].append(done)
            else:
                inner = path.add_key(key, kind.name)
                careful = _Careful(self._run, each, self._index)
                waiting.append(careful.read(value, done, inner))
        if waiting:
            await together(waiting)
        return done

    async def read(self, parent: Any, out: dict[str, Any], path: Path) -> None:
        """Read an attribute of a parent and put it into the parent's object."""
        run, field = self._run, self._field
        info = info_for(run.info_of(field), path=path, index=self._index)
        resolve = field.resolve or default_field_resolver
        try:
            arguments = raw_arguments(field, run.variables, run.hide_suggestions)
            value = resolve(parent, info, **arguments)
            done = await self.complete(
                field.kind, await value if is_awaitable(value) else value, path
            )
        except Exception as error:  # noqa: BLE001
            self._failed(field.kind, error, path)
            done = None
        out[field.key] = done


def _of_field(path: Path) -> Path:
    """Answer the path of the field that an item of a list is of: who tells types is told that."""
    while isinstance(path.key, int):
        assert path.prev is not None
        path = path.prev
    return path


def _written(kind: Any, value: Any) -> Any:
    written = kind.coerce_output_value(value)
    if written is None or written is Undefined:
        raise TypeError(
            f"Expected `{inspect(kind)}.coerce_output_value({inspect(value)})` to return "
            f"non-nullable value, returned: {inspect(written)}"
        )
    return written
