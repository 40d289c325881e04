"""Schemas of graphql-core, made of a specification."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLFloat,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    GraphQLUnionType,
    parse_value,
    value_from_ast,
)

from gateway.engine.natives import native
from tests.conformance.engine.specs import FieldSpec, SchemaSpec, TypeSpec
from tests.conformance.engine.values import (
    Attributes,
    Color,
    Entries,
    World,
    chance,
    edition_of,
    shown,
    will_last,
)


def make_object(world: World, kind: str, seed: int, deep: int, key: int) -> Any:
    """Answer an object: with attributes, or a mapping, or a plain dict."""
    sort = key % 3
    if sort == 0:
        return Entries(world, kind, seed, deep)
    made = Attributes(world, kind, seed, deep)
    if sort == 1 or deep < 3:
        return made
    return {"__typename": kind, "seed": seed, "deep": deep, **_read_all(world, kind, made)}


def _read_all(world: World, kind: str, made: Attributes) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in world.spec.types[kind].fields:
        if "attribute" in each.way or each.way == "method":
            try:
                found[each.name] = getattr(made, each.name)
            except Exception:  # noqa: BLE001
                continue
    return found


def _of(parent: Any, name: str) -> Any:
    if isinstance(parent, dict):
        return parent[name]
    return getattr(parent, name, 0)


def make_schema(spec: SchemaSpec) -> GraphQLSchema:
    """Answer the schema."""
    return _Maker(spec).make()


def _shout(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"cannot shout {value!r}")
    return value.upper()


@native(datetime)
def _told_time(value: Any) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"{value!r} is no time")
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


class _Maker:
    def __init__(self, spec: SchemaSpec) -> None:
        self._spec = spec
        color = GraphQLEnumType("Color", Color)
        wish = GraphQLInputObjectType(
            "Wish",
            lambda: {
                "size": GraphQLInputField(GraphQLNonNull(GraphQLInt)),
                "color": GraphQLInputField(color, default_value=Color.BLUE),
                "more": GraphQLInputField(GraphQLList(wish)),
            },
        )
        choice = GraphQLInputObjectType(
            "Choice",
            lambda: {
                "number": GraphQLInputField(GraphQLInt),
                "wish": GraphQLInputField(wish, out_name="wished"),
                "colors": GraphQLInputField(GraphQLList(GraphQLNonNull(color))),
            },
            is_one_of=True,
        )
        self._types: dict[str, Any] = {
            **{
                each.name: each
                for each in (GraphQLString, GraphQLInt, GraphQLFloat, GraphQLBoolean, GraphQLID)
            },
            "Color": color,
            "Wish": wish,
            "Choice": choice,
            "Yell": GraphQLScalarType("Yell", parse_value=_shout),
            "Shout": GraphQLScalarType("Shout", serialize=_shout),
            "Time": GraphQLScalarType("Time", serialize=_told_time),
            "Anything": GraphQLScalarType("Anything"),
        }

    def make(self) -> GraphQLSchema:
        for each in self._spec.types.values():
            self._types[each.name] = self._named(each)
        objects = [self._types[each.name] for each in self._spec.objects()]
        roots = (self._types[name] for name in ("Query", "Mutation", "Subscription"))
        return GraphQLSchema(*roots, types=objects)

    def _named(self, spec: TypeSpec) -> GraphQLNamedType:
        def fields() -> Any:
            return {each.name: self._field(spec.name, each) for each in spec.fields}

        if spec.sort == "union":
            return GraphQLUnionType(
                spec.name,
                lambda: [self._types[each] for each in spec.members],
                resolve_type=_type_resolver(spec),
            )
        if spec.sort == "interface":
            wider = [self._types[each] for each in spec.interfaces]
            return GraphQLInterfaceType(spec.name, fields, wider, resolve_type=_type_resolver(spec))
        return GraphQLObjectType(
            spec.name,
            fields,
            lambda: [self._types[each] for each in spec.interfaces],
            is_type_of=_type_check(spec),
        )

    def _type(self, kind: str) -> Any:
        if kind.endswith("!"):
            return GraphQLNonNull(self._type(kind[:-1]))
        if kind.startswith("["):
            return GraphQLList(self._type(kind[1:-1]))
        return self._types[kind]

    def _field(self, owner: str, spec: FieldSpec) -> GraphQLField:
        arguments = {}
        for each in spec.arguments:
            kind = self._type(each.kind)
            extra = (
                {"default_value": value_from_ast(parse_value(each.default), kind)}
                if each.default
                else {}
            )
            arguments[each.name] = GraphQLArgument(kind, **extra)
        reason = "old" if spec.is_deprecated else None
        resolve = resolver(owner, spec)
        return GraphQLField(
            self._type(spec.kind), arguments, resolve=resolve, deprecation_reason=reason
        )


def resolver(owner: str, spec: FieldSpec) -> Callable[..., Any] | None:
    """Answer the resolver of a field."""

    def sync(parent: Any, info: Any, **given: Any) -> Any:
        world: World = info.context
        deep = _of(parent, "deep")
        return world.value(owner, spec, _of(parent, "seed"), shown(given, info), deep)

    async def later(parent: Any, info: Any, **given: Any) -> Any:
        for _ in range(chance(_of(parent, "seed"), spec.name) % 4 if spec.way == "slow" else 0):
            await asyncio.sleep(0)
        return sync(parent, info, **given)

    if spec.way in ("attribute", "method"):
        return None
    if spec.way == "event":
        return lambda event, info: event
    if spec.way == "guarded attribute":
        return guarded(None, spec)
    if spec.way == "sync":
        return sync
    if spec.way in ("async", "slow"):
        return later
    made = _batch(owner, spec)
    if spec.way.startswith("guarded"):
        return guarded(made, spec)
    return _wrapped(made) if spec.way == "wrapped batch" else made


def _batch(owner: str, spec: FieldSpec) -> Callable[..., Any]:
    def at_once(parents: list[Any], context: World, **given: Any) -> list[Any]:
        context.calls.append((f"{owner}.{spec.name}", len(parents)))
        values: list[Any] = []
        for parent in parents:
            deep = _of(parent, "deep")
            try:
                values.append(context.value(owner, spec, _of(parent, "seed"), shown(given), deep))
            except Exception as error:  # noqa: BLE001
                values.append(error)
        return values

    async def later(parents: list[Any], context: World, **given: Any) -> list[Any]:
        return at_once(parents, context, **given)

    def plain(parents: list[Any], context: World, **given: Any) -> tuple[Any, ...]:
        return tuple(at_once(parents, context, **given))

    async def single(parent: Any, info: Any, **given: Any) -> Any:
        (value,) = at_once([parent], info.context, **given)
        return value

    single.__dict__["batch"] = plain if spec.way == "plain batch" else later
    single.__dict__.update(told_of(spec))
    return single


def told_of(spec: FieldSpec) -> dict[str, Callable[[Any], Any]]:
    """Answer what an engine is told of a field's values beside its function."""
    if spec.way == "lasting batch":
        return {"lasting": will_last}
    return {"steady": edition_of} if "steady" in spec.way else {}


def _wrapped(resolve: Callable[..., Any]) -> Callable[..., Any]:
    """Answer a resolver behind something that nobody knows, which must not be left out."""

    async def wrapper(parent: Any, info: Any, **given: Any) -> Any:
        if _of(parent, "seed") % 5 == 0:
            raise GraphQLError("the wrapper refuses", extensions={"code": "REFUSED"})
        return await resolve(parent, info, **given)

    return wrapper


def guarded(resolve: Callable[..., Any] | None, spec: FieldSpec) -> Callable[..., Any]:
    """Answer a resolver behind a guard that an engine may know."""
    from graphql import default_field_resolver

    behind = resolve or default_field_resolver

    def before(context: World) -> None:
        if spec.name in context.refused:
            raise GraphQLError(f"{spec.name} is refused", extensions={"code": "FORBIDDEN"})

    def guard(parent: Any, info: Any, **given: Any) -> Any:
        before(info.context)
        return behind(parent, info, **given)

    guard.__dict__.update(before=before, __wrapped__=behind)
    return guard


def _type_resolver(spec: TypeSpec) -> Any:
    def name(value: Any, info: Any, _: Any) -> Any:
        roll = chance(_of(value, "seed"), info.path.as_list()) if spec.tells == "odd" else 0
        if roll % 11 == 10:
            return ("Nothing", "Query", "String", 5, None)[roll % 5]
        return _kind(value)

    async def later(value: Any, info: Any, kind: Any) -> Any:
        return name(value, info, kind)

    if spec.tells in ("name", "odd"):
        return name
    return later if spec.tells == "async name" else None


def _kind(value: Any) -> Any:
    return value["__typename"] if isinstance(value, dict) else getattr(value, "kind", None)


def _type_check(spec: TypeSpec) -> Any:
    def check(value: Any, info: Any) -> bool:
        return bool(_kind(value) == spec.name)

    async def later(value: Any, info: Any) -> bool:
        return check(value, info)

    if spec.tells == "checked":
        return check
    return later if spec.tells == "checked async" else None
