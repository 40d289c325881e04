"""Where Strawberry finds an object's type by its class alone, so that it is asked once per class.

An object that was cast (`strawberry.cast`) is not among them, and is asked for each time.
"""

from collections.abc import Callable
from typing import Any

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLUnionType

from gateway.engine.strawberry_fields import DEFINITION

_MODULE = "strawberry.schema.schema_converter"
_INTERFACE = "GraphQLCoreConverter.from_interface.<locals>._get_resolve_type.<locals>.resolve_type"
_UNION = "StrawberryUnion.get_type_resolver.<locals>._resolve_union_type"
_OBJECT = "GraphQLCoreConverter.from_object.<locals>._get_is_type_of.<locals>.is_type_of"


def tells_by_class(kind: GraphQLInterfaceType | GraphQLUnionType, value: Any) -> bool:
    """Whether all objects of this value's class are of the same type."""
    name = getattr(kind.resolve_type, "__qualname__", None)
    definition = getattr(type(value), "__strawberry_definition__", None)
    if definition is None or definition.is_graphql_generic:
        return False
    if name == _INTERFACE:
        origin = getattr(kind.extensions.get(DEFINITION), "origin", None)
        return isinstance(origin, type) and isinstance(value, origin)
    return name == _UNION


def checks_by_class(kind: GraphQLObjectType) -> bool:
    """Whether an object is of this type for its class alone."""
    return kind.is_type_of is None or _is(kind.is_type_of, _MODULE, _OBJECT)


def _is(function: Callable[..., Any], module: str, name: str) -> bool:
    return function.__module__ == module and function.__qualname__ == name
