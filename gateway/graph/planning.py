"""How the engine would carry an operation out, as people read it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import SimpleNamespace
from typing import Any

from graphql import BooleanValueNode, DocumentNode, GraphQLError, GraphQLSchema

from gateway.engine.access import Attribute, Batch, is_itself
from gateway.engine.engine import Engine
from gateway.engine.plan import Plan
from gateway.engine.tree import Field, Selection, TooLarge
from gateway.model.principal import Scope

# Whom no guard refuses.
_ANYBODY = SimpleNamespace(principal=SimpleNamespace(scopes=frozenset(Scope)))


class How(StrEnum):
    """How a field gets its values."""

    READ = "READ"  # from its parent
    BATCH = "BATCH"  # by one call for all parents
    EACH = "EACH"  # by a call per parent


@dataclass(frozen=True, slots=True)
class Planned:
    """A field; `level` is how many calls follow one another until it is there.

    `of` is the field by its type, which is `on` where its parent may be of several; `function`
    answers it.
    """

    key: str
    of: str
    on: str | None
    how: How
    level: int
    function: str | None
    within: "tuple[Planned, ...]"

    @property
    def deepest(self) -> int:
        """The level of the last call within."""
        return max((each.deepest for each in self.within), default=self.level)

    @property
    def calls(self) -> int:
        """How many fields are fetched, this one included."""
        return (self.how is not How.READ) + sum(each.calls for each in self.within)


@dataclass(frozen=True, slots=True)
class Planning:
    """The fields of an operation, or why they are left to graphql-core.

    `conditions` are the variables that decide what is selected, as they were taken; `errors` say
    what is wrong with the variables that were given.
    """

    fields: tuple[Planned, ...] = ()
    left: str | None = None
    conditions: Mapping[str, bool] | None = None
    errors: tuple[GraphQLError, ...] = ()

    @property
    def levels(self) -> int:
        """How many calls follow one another at most."""
        return max((each.deepest for each in self.fields), default=0)

    @property
    def calls(self) -> int:
        """How many fields are fetched."""
        return sum(each.calls for each in self.fields)


def plan_of(
    schema: GraphQLSchema,
    document: DocumentNode,
    name: str | None,
    variables: Mapping[str, Any] | None,
) -> Planning:
    """Answer the plan of an operation of a valid document, with its variables if they are given."""
    planned = Engine(schema).plan(document, name)
    if planned.plan is None:
        return Planning(left=planned.reason)
    if variables is not None:
        coerced = planned.plan.variables.coerce(variables)
        if isinstance(coerced, list):
            return Planning(errors=tuple(coerced))
    conditions = _conditions(planned.plan, variables or {})
    try:
        variant = planned.plan.variant(conditions, _ANYBODY)
    except TooLarge:
        return Planning(left="size")
    if variant is None:
        return Planning(left="condition")
    return Planning(tuple(_fields(variant.tree.root, 0)), None, conditions)


def _conditions(plan: Plan, variables: Mapping[str, Any]) -> dict[str, bool]:
    """Answer the conditions: as given, by default, or true."""
    declared = plan.setting.operation.node.variable_definitions or ()
    usual = {
        each.variable.name.value: each.default_value.value
        for each in declared
        if isinstance(each.default_value, BooleanValueNode)
    }
    return {name: variables.get(name, usual.get(name, True)) for name in plan.conditions}


def _fields(selection: Selection, level: int, on: str | None = None) -> Iterator[Planned]:
    for key, field in selection.fields.items():
        if field is not None:
            yield _planned(key, field, level, on)


def _planned(key: str, field: Field, level: int, on: str | None) -> Planned:
    how, function = _how(field)
    here = level if how is How.READ else level + 1
    several = len(field.below) > 1
    within = tuple(
        each
        for name, selection in field.below.items()
        for each in _fields(selection, here, name if several else None)
    )
    of = f"{field.parent.name}.{field.name}"
    return Planned(key, of, on, how, here, function, within)


def _is_fetched(field: Field) -> bool:
    """Whether a field is called for; lists that may be in columns are a step, and only read."""
    access = field.access
    is_read = isinstance(access, Attribute) and access.in_columns and not access.guards
    return field.step is not None and not is_read


def _how(field: Field) -> tuple[How, str | None]:
    if not _is_fetched(field) or is_itself(field.access):
        return How.READ, None
    if isinstance(field.access, Batch):
        return How.BATCH, field.access.function.__name__
    return How.EACH, None
