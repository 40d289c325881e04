"""What Strawberry offers around a resolver is there under the engine too."""

from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import pytest
import strawberry
from graphql import parse, validate
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission

from gateway.engine.engine import COMPILED, Engine
from tests.conformance.engine.comparing import FORGETFUL, Case, difference

T = TypeVar("T")
pytestmark = FORGETFUL


class Shouting(FieldExtension):
    def resolve(self, next_: Any, source: Any, info: strawberry.Info, **given: Any) -> Any:
        return next_(source, info, **given).upper()


class OnlyEven(BasePermission):
    message = "only even ones"

    def has_permission(self, source: Any, info: strawberry.Info, **given: Any) -> bool:
        return bool(source.number % 2 == 0)


@strawberry.input
class Wish:
    size: int = 3
    names: list[str] = strawberry.field(default_factory=lambda: ["a"])
    inner: "Wish | None" = strawberry.UNSET


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Box(Generic[T]):
    held: T


@strawberry.type
class Thing(Named):
    number: int

    @strawberry.field
    def told(self, info: strawberry.Info) -> str:
        selected = [each.name for each in info.selected_fields]
        parts = [info.field_name, info.python_name, selected, info.variable_values, info.path.key]
        path = ".".join(map(str, info.path.as_list()))
        return repr((*parts, path, info.context["who"], info.root_value, info.return_type))

    @strawberry.field(extensions=[Shouting()])
    def shouted(self) -> str:
        return self.name

    @strawberry.field(permission_classes=[OnlyEven])
    def guarded(self) -> int | None:
        return self.number

    @strawberry.field
    def wished(self, wish: Wish, more: list[Wish] | None = None) -> str:
        return repr((wish, more))

    @strawberry.field
    async def by_parent(root: strawberry.Parent[Any]) -> str:  # noqa: N805
        return f"of {root.name}"

    @strawberry.field
    @staticmethod
    def static() -> str:
        return "static"


@strawberry.type
class Other(Named):
    numbers: list[int]

    @classmethod
    def is_type_of(cls, value: Any, info: Any) -> bool:
        return isinstance(value, Other | Alike)


@dataclass
class Alike:
    """What is no Strawberry type, and is returned for one."""

    name: str
    numbers: list[int]


Either = Annotated[Thing | Other, strawberry.union("Either")]


@strawberry.type
class Query:
    @strawberry.field
    def things(self) -> list[Thing]:
        return [Thing(name=f"n{number}", number=number) for number in range(3)]

    @strawberry.field
    def named(self) -> list[Named]:
        return [Thing(name="t", number=1), Other(name="o", numbers=[1]), Alike("a", [2])]

    @strawberry.field
    def either(self) -> list[Either]:
        cast = strawberry.cast(Other, Alike("c", [3]))
        return [Thing(name="t", number=1), Other(name="o", numbers=[]), Alike("a", [2]), cast]

    @strawberry.field
    def wrong(self) -> list[Either | None]:
        return [Thing(name="t", number=1), 5]

    @strawberry.field
    def boxes(self) -> Annotated[Box[int] | Box[str], strawberry.union("Boxed")]:
        return Box(held="text")


SCHEMA = strawberry.Schema(Query, types=[Thing, Other])
GRAPH = SCHEMA._schema
OPERATIONS: list[tuple[str, dict[str, Any]]] = [
    ("query($a: Int!) { things { b: told static byParent wished(wish: {size: $a}) } }", {"a": 5}),
    ("{ things { shouted guarded } }", {}),
    ("query($w: Wish!) { things { a: wished(wish: $w) b: wished(wish: {}, more: [$w, {size: 1}]) "
     "c: wished(wish: {inner: {inner: null}}) } }", {"w": {"names": "one"}}),
    ("query($w: Wish!) { things { a: wished(wish: $w) } }", {"w": {"size": "no", "odd": 1}}),
    ("{ named { __typename name ... on Thing { number } ... on Other { numbers } } }", {}),
    ("{ either { __typename ...T ... on Other { numbers } ... on Named { name } } } "
     "fragment T on Thing { number told }", {}),
    ("{ wrong { ... on Thing { number } } }", {}),
    ("{ boxes { ... on IntBox { number: held } ... on StrBox { text: held } } }", {}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "variables"), OPERATIONS)
async def test_it_is_answered_alike(text: str, variables: dict[str, Any]) -> None:
    document = parse(text)
    assert validate(GRAPH, document) == []
    engine = Engine(GRAPH, executor_class=SCHEMA.execution_context_class)
    contexts = {"who": "me"}, {"who": "me"}
    for _ in range(2):
        case = Case(document, variables, contexts, ("root", "root"), SCHEMA.execution_context_class)
        assert await difference(GRAPH, engine, case) is None
    assert set(engine.counts) <= {COMPILED, "careful"}


async def test_a_permission_is_asked_per_parent() -> None:
    engine = Engine(GRAPH)
    response = await engine.execute(engine.plan(parse("{ things { guarded } }")))
    assert response.data == {"things": [{"guarded": 0}, {"guarded": None}, {"guarded": 2}]}
    assert [(each.path, each.message) for each in response.errors] == [
        (["things", 1, "guarded"], "only even ones")
    ]
