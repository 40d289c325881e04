"""Schemas of Strawberry, made of a specification."""

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Sequence
from inspect import Parameter, Signature
from typing import Annotated, Any, NewType

import strawberry
from graphql import GraphQLError, GraphQLSchema
from strawberry.schema.config import StrawberryConfig

from gateway.graph.batches import batch_field
from tests.conformance.engine.core_schemas import _shout, _told_time, guarded, told_of
from tests.conformance.engine.specs import ArgumentSpec, FieldSpec, SchemaSpec, TypeSpec
from tests.conformance.engine.values import Color, Odd, World, chance, read, shown

Shout = NewType("Shout", str)
Anything = NewType("Anything", object)
Yell = NewType("Yell", str)
Time = NewType("Time", object)
StrawberryColor: Any = strawberry.enum(Color, name="Color")


@strawberry.input
class Wish:
    size: int
    color: StrawberryColor | None = Color.BLUE
    more: "list[Wish | None] | None" = strawberry.UNSET


@strawberry.input(one_of=True)
class Choice:
    number: strawberry.Maybe[int]
    wish: strawberry.Maybe[Wish]
    colors: strawberry.Maybe[list[StrawberryColor]]


PLAIN: dict[str, Any] = {
    "String": str, "Int": int, "Float": float, "Boolean": bool, "ID": strawberry.ID,
    "Color": StrawberryColor, "Shout": Shout, "Anything": Anything, "Wish": Wish,
    "Choice": Choice, "Yell": Yell, "Time": Time,
}  # fmt: skip
# Strawberry wants a resolver's defaults to be hashable.
DEFAULTS: dict[str, Any] = {
    "String": "dft", "Int": 7, "Color": Color.GREEN, "Int!": 4, "Color!": Color.BLUE,
}  # fmt: skip
SCALARS: dict[object, Any] = {
    Shout: strawberry.scalar(name="Shout", serialize=_shout, parse_value=str),
    Time: strawberry.scalar(name="Time", serialize=_told_time),
    Anything: strawberry.scalar(name="Anything", serialize=lambda value: value),
    Yell: strawberry.scalar(name="Yell", serialize=str, parse_value=_shout),
}


def make_schema(spec: SchemaSpec) -> tuple[GraphQLSchema, Callable[..., Any]]:
    """Answer the schema, and what makes the objects of its types."""
    maker = _Maker(spec)
    return maker.make(), maker.make_object


class _Maker:
    def __init__(self, spec: SchemaSpec) -> None:
        self._spec = spec
        self._types: dict[str, Any] = dict(PLAIN)
        self._annotations: dict[str, dict[str, Any]] = {}

    def make(self) -> GraphQLSchema:
        scope: dict[str, Any] = self._types
        ordered = sorted(self._spec.types.values(), key=lambda each: each.sort != "interface")
        for each in ordered:
            if each.sort != "union":
                self._types[each.name] = _bare(each, self._types)
        for each in ordered:
            if each.sort == "union":
                members = [self._types[name] for name in each.members]
                kind: Any = functools.reduce(lambda a, b: a | b, members)
                self._types[each.name] = Annotated[kind, strawberry.union(each.name)]
        for each in ordered:
            if each.sort != "union":
                self._fill(each, scope)
        objects = [self._types[each.name] for each in self._spec.objects()]
        made = strawberry.Schema(
            query=self._types["Query"],
            mutation=self._types["Mutation"],
            subscription=self._types["Subscription"],
            types=objects,
            config=StrawberryConfig(scalar_map=SCALARS, auto_camel_case=False),
        )
        schema: GraphQLSchema = made._schema
        for each in self._spec.objects():
            for field in each.fields:
                if field.way.startswith("guarded"):
                    known = schema.type_map[each.name].fields[field.name]  # type: ignore[attr-defined]
                    known.resolve = guarded(known.resolve, field)
                elif field.way == "wrapped batch":
                    known = schema.type_map[each.name].fields[field.name]  # type: ignore[attr-defined]
                    known.resolve = _wrapped(known.resolve)
        return schema

    def make_object(self, world: World, kind: str, seed: int, deep: int, key: int) -> Any:
        """Answer an object of a type."""
        made = object.__new__(self._types[kind])
        made.__dict__.update(world=world, kind=kind, seed=seed, deep=deep)
        return made

    def _fill(self, spec: TypeSpec, scope: dict[str, Any]) -> None:
        cls = self._types[spec.name]
        for each in spec.fields:
            cls.__annotations__[each.name] = self._type(each.kind)
            made = self._field(spec.name, each)
            if made is not None:
                setattr(cls, each.name, made)
        decorate = strawberry.interface if spec.sort == "interface" else strawberry.type
        extra: dict[str, Any] = {}
        decorate(cls, name=spec.name, **extra)
        cls.__getattr__ = _getattr

    def _type(self, kind: str) -> Any:
        if kind.endswith("!"):
            return self._present(kind[:-1])
        return self._present(kind) | None

    def _present(self, kind: str) -> Any:
        return list[self._type(kind[1:-1])] if kind.startswith("[") else self._types[kind]

    def _field(self, owner: str, spec: FieldSpec) -> Any:
        if "attribute" in spec.way:
            return None
        if spec.way == "event":
            return strawberry.subscription(resolver=_follow, graphql_type=self._type(spec.kind))
        if "batch" in spec.way:
            return batch_field(self._batch(owner, spec), "", **told_of(spec))
        reason = "old" if spec.is_deprecated else None
        return strawberry.field(resolver=self._resolver(owner, spec), deprecation_reason=reason)

    def _parameters(self, specs: Sequence[ArgumentSpec]) -> list[Parameter]:
        return [
            Parameter(
                each.name,
                Parameter.KEYWORD_ONLY,
                default=_default(each),
                annotation=self._type(each.kind),
            )
            for each in specs
        ]  # fmt: skip

    def _batch(self, owner: str, spec: FieldSpec) -> Any:
        async def function(parents: Sequence[Any], context: World, **given: Any) -> list[Any]:
            context.calls.append((f"{owner}.{spec.name}", len(parents)))
            values: list[Any] = []
            for parent in parents:
                try:
                    values.append(_value(context, owner, spec, parent, given))
                except Exception as error:  # noqa: BLE001
                    values.append(error)
            return values

        first = [
            Parameter("parents", Parameter.POSITIONAL_OR_KEYWORD),
            Parameter("context", Parameter.POSITIONAL_OR_KEYWORD),
        ]
        _sign(function, [*first, *self._parameters(spec.arguments)], Any)
        return function

    def _resolver(self, owner: str, spec: FieldSpec) -> Any:
        def sync(root: Any, info: Any, **given: Any) -> Any:
            return _value(info.context, owner, spec, root, given, info._raw_info)

        async def later(root: Any, info: Any, **given: Any) -> Any:
            turns = chance(getattr(root, "seed", 0), spec.name) % 4 if spec.way == "slow" else 0
            for _ in range(turns):
                await asyncio.sleep(0)
            return _value(info.context, owner, spec, root, given, info._raw_info)

        made = sync if spec.way == "sync" else later
        first = [
            Parameter("root", Parameter.POSITIONAL_OR_KEYWORD),
            Parameter("info", Parameter.POSITIONAL_OR_KEYWORD, annotation=strawberry.Info),
        ]
        _sign(made, [*first, *self._parameters(spec.arguments)], self._type(spec.kind))
        return made


async def _follow() -> AsyncIterator[Any]:
    """Stand for the source of a subscription; its events are made by the tests."""
    yield None


def _default(spec: ArgumentSpec) -> Any:
    if spec.default is not None and spec.kind in DEFAULTS:
        return DEFAULTS[spec.kind]
    return Parameter.empty if spec.kind.endswith("!") else None


def _value(
    world: World, owner: str, spec: FieldSpec, parent: Any, given: Any, info: Any = None
) -> Any:
    seed, deep = getattr(parent, "seed", 0), getattr(parent, "deep", 0)
    return world.value(owner, spec, seed, shown(given, info), deep)


def _sign(function: Any, parameters: list[Parameter], answer: Any) -> None:
    function.__signature__ = Signature(parameters)
    function.__annotations__ = {
        each.name: each.annotation for each in parameters if each.annotation is not Parameter.empty
    } | {"return": answer}


def _bare(spec: TypeSpec, types: dict[str, Any]) -> Any:
    bases = tuple(types[each] for each in spec.interfaces)
    return type(spec.name, bases, {"__annotations__": {}, "__module__": __name__})


def _getattr(self: Any, name: str) -> Any:
    if name in ("world", "kind", "seed", "deep") or name.startswith("_"):
        raise AttributeError(name)
    made = read(self.world, self.kind, name, self.seed, self.deep)
    self.__dict__[name] = made
    return made


def _wrapped(resolve: Callable[..., Any]) -> Callable[..., Any]:
    """Answer a resolver behind something that nobody knows, which must not be left out."""

    def wrapper(parent: Any, info: Any, **given: Any) -> Any:
        if getattr(parent, "seed", 0) % 5 == 0:
            raise GraphQLError("the wrapper refuses", extensions={"code": "REFUSED"})
        return resolve(parent, info, **given)

    return wrapper


__all__ = ["Odd", "make_schema"]
