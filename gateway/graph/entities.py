"""Entities: what other subgraphs refer to by a key, and how a router asks for them.

Apollo Federation 2, https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/
reference/subgraph-spec (read 2026-11-25).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import strawberry
from graphql import GraphQLError
from strawberry.schema.base import BaseSchema
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from gateway.graph.context import Info
from gateway.graph.customers import Customer
from gateway.graph.inputs import storable
from gateway.graph.locations import Location
from gateway.graph.objects import MOST_OBJECTS, Key, load_objects
from gateway.graph.orders import Order
from gateway.graph.refusals import bad_request
from gateway.graph.scalars import MOST_SKU_CHARACTERS, Representation, Sku
from gateway.graph.stock import MOST_SKUS, InventoryItem
from gateway.model.ids import GlobalId, InvalidGlobalId

# The field that is each entity's key, and how many are resolved at a time.
KEYS = {"Order": "id", "Customer": "id", "Location": "id", "InventoryItem": "sku"}
MOST = {kind: MOST_SKUS if key == "sku" else MOST_OBJECTS for kind, key in KEYS.items()}

Entity = Annotated[
    Order | Customer | Location | InventoryItem,
    strawberry.union(name="_Entity", description="What other subgraphs may refer to."),
]


@strawberry.type(name="_Service", description="This subgraph, as it tells itself to a router.")
class Service:
    sdl: str = strawberry.field(description="The schema, with Federation's directives.")


def service_field(text: str) -> StrawberryField:
    """Answer the field `_service` that tells a text."""

    def tell() -> Service:
        return Service(sdl=text)

    return StrawberryField(
        python_name="_service", graphql_name="_service", description="For routers.",
        base_resolver=StrawberryResolver(tell),
    )  # fmt: skip


async def find_entities(
    info: Info,
    representations: Annotated[
        list[Representation],
        strawberry.argument(description="At most 100 of a type, 200 of items."),
    ],
) -> list[Entity | None]:
    """Answer entities in the asked order, one batch per type; each failure is its own entry's."""
    asked = [_key_or_error(each, info.schema) for each in representations]
    keys = [each for each in asked if not isinstance(each, GraphQLError)]
    _check_counts(keys)
    found = iter(await load_objects(keys, info.context))
    answers: list[Any] = [each if isinstance(each, GraphQLError) else next(found) for each in asked]
    return answers


def _check_counts(keys: Sequence[Key]) -> None:
    for kind, count in Counter(kind for kind, _ in keys).items():
        if count > MOST[kind]:
            raise bad_request(f"at most {MOST[kind]} of {kind} at a time; these are {count}")


def _key_or_error(told: object, schema: BaseSchema) -> Key | GraphQLError:
    try:
        return key_of(told, schema)
    except GraphQLError as error:
        return error


def key_of(told: object, schema: BaseSchema) -> Key:
    """Read a representation; raises a BAD_REQUEST error."""
    if not isinstance(told, Mapping):
        raise bad_request("a representation is an object with __typename and a key")
    kind = _kind(told.get("__typename"), schema)
    text = told.get(KEYS[kind])
    if not isinstance(text, str):
        raise bad_request(f"a representation needs the key `{KEYS[kind]}`, a text")
    if kind == "InventoryItem":
        return kind, _sku(storable(text))
    try:
        return kind, GlobalId.parse(text).uuid(kind)
    except InvalidGlobalId as error:
        raise bad_request(f"id: {error}") from error


def _kind(name: object, schema: BaseSchema) -> str:
    """Answer the plain name of an entity's type; raises a BAD_REQUEST error."""
    found = schema.get_type_by_name(name) if isinstance(name, str) else None
    kind = str(getattr(found, "name", ""))
    if kind not in KEYS:
        raise bad_request("__typename: not an entity of this subgraph")
    return kind


def _sku(text: str) -> Sku:
    if not 1 <= len(text) <= MOST_SKU_CHARACTERS:
        raise bad_request(f"sku: a text of 1 to {MOST_SKU_CHARACTERS} characters")
    return Sku(text)
