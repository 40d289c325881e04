"""What types and root fields are called: as in the code, or behind a retailer's prefix.

A supergraph that already has an `Order` and a `Query.order` can take ours as `TramaOrder` and
`Query.tramaOrder`. What the code and its tables speak of is always the plain name.
"""

from copy import copy
from types import MappingProxyType
from typing import Any

from graphql import GraphQLField, GraphQLNamedType
from strawberry.directive import StrawberryDirective
from strawberry.schema.name_converter import NameConverter
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.schema_directive import StrawberrySchemaDirective
from strawberry.tools import create_type
from strawberry.types.base import StrawberryObjectDefinition, get_object_definition
from strawberry.types.field import StrawberryField
from strawberry.types.scalar import ScalarDefinition

ROOTS = ("Query", "Mutation", "Subscription")
_KEPT = (StrawberryDirective, StrawberrySchemaDirective, ScalarDefinition)
_PLAIN = "plain"


class PrefixedNames(NameConverter):
    """Puts a prefix before every type's name but the roots'.

    Scalars keep theirs: a scalar composes with another subgraph's of the same name.
    """

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self._prefix = prefix

    def from_type(self, type_: Any) -> str:
        """Answer the name of a type in the schema."""
        name = super().from_type(type_)
        is_kept = isinstance(type_, _KEPT) or name in ROOTS or name.startswith("_")
        return name if is_kept else self._prefix + name


def root_type(kind: type, prefix: str, *doors: StrawberryField) -> type:
    """Answer a root type with its fields behind the prefix, and more fields as they are."""
    told = get_object_definition(kind, strict=True)
    fields = [_renamed(field, prefix) if prefix else copy(field) for field in told.fields]
    return create_type(told.name, [*fields, *doors], description=told.description)


def plain_type(kind: GraphQLNamedType) -> str:
    """Answer a type's name without the prefix."""
    told = kind.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return told.name if isinstance(told, StrawberryObjectDefinition) else kind.name


def plain_field(name: str, field: GraphQLField) -> str:
    """Answer a field's name without the prefix."""
    told = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return str(told.metadata.get(_PLAIN, name)) if isinstance(told, StrawberryField) else name


def _renamed(field: StrawberryField, prefix: str) -> StrawberryField:
    plain = NameConverter().from_field(field)
    if plain.startswith("_"):
        return copy(field)
    renamed = copy(field)
    renamed.graphql_name = prefix[0].lower() + prefix[1:] + plain[0].upper() + plain[1:]
    renamed.metadata = MappingProxyType({**field.metadata, _PLAIN: plain})
    return renamed
