"""Every way into every type of the schema, as queries."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

Step = tuple[str, str]  # the type that is stood on, and the field that is taken


@dataclass(frozen=True)
class Door:
    """A way into a type: the steps from the root, and the fields to be read behind it."""

    steps: tuple[Step, ...]
    target: str
    leaves: tuple[str, ...]

    @property
    def name(self) -> str:
        return ".".join(field for _, field in self.steps)

    def query(self, arguments: Mapping[Step, str]) -> str:
        """Answer the query that goes through the door and reads every leaf."""
        text = " ".join(("__typename", *self.leaves))
        inner = f"{{ ... on {self.target} {{ {text} }} }}"
        for step in reversed(self.steps):
            inner = f"{{ ... on {step[0]} {{ {step[1]}{arguments.get(step, '')} {inner} }} }}"
        return f"query {inner}"


def doors_of(schema: GraphQLSchema) -> Iterator[Door]:
    """Answer one door per (type, field) that leads to an object, by the shortest way there."""
    ways: dict[str, tuple[Step, ...]] = {"Query": ()}
    waiting = ["Query"]
    while waiting:
        name = waiting.pop(0)
        for field_name, field in _fields(schema, name).items():
            for target in _targets(schema, field):
                steps = (*ways[name], (name, field_name))
                yield Door(steps, target, _leaves(schema, target))
                if target not in ways:
                    ways[target] = steps
                    waiting.append(target)


def _fields(schema: GraphQLSchema, name: str) -> dict[str, GraphQLField]:
    kind = schema.type_map[name]
    return kind.fields if isinstance(kind, GraphQLObjectType) else {}


def _targets(schema: GraphQLSchema, field: GraphQLField) -> list[str]:
    kind = get_named_type(field.type)
    if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
        return sorted(each.name for each in schema.get_possible_types(kind))
    return [kind.name] if isinstance(kind, GraphQLObjectType) else []


def _leaves(schema: GraphQLSchema, name: str) -> tuple[str, ...]:
    return tuple(
        field_name
        for field_name, field in _fields(schema, name).items()
        if is_leaf_type(get_named_type(field.type))
        and not any(map(is_required_argument, field.args.values()))
    )
