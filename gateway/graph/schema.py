"""The whole schema, and its text."""

from dataclasses import dataclass

import strawberry
from graphql import GraphQLSchema
from strawberry.schema.config import StrawberryConfig
from strawberry.types.field import StrawberryField

from gateway.graph.customers import Customer
from gateway.graph.entities import service_field
from gateway.graph.fulfillments import FulfillmentOrder
from gateway.graph.locations import Location
from gateway.graph.mutations import Mutation
from gateway.graph.naming import PrefixedNames, root_type
from gateway.graph.orders import Order
from gateway.graph.permissions import guard
from gateway.graph.query import Query
from gateway.graph.refusing import REFUSALS
from gateway.graph.scalars import SCALARS
from gateway.graph.sdl import text_for_people, text_for_routers
from gateway.graph.subscriptions import Subscription
from gateway.graph.weights import check_weights
from gateway.model.principal import Principal, Scope


class TramaSchema(strawberry.Schema):
    """The schema, declared by Strawberry and executed by graphql-core."""

    @property
    def executable(self) -> GraphQLSchema:
        """The schema as graphql-core executes it."""
        return self._schema


@dataclass(frozen=True, slots=True)
class Schemas:
    """The schema as callers know it, and as routers do: with `_service`, which tells `subgraph`."""

    callers: TramaSchema
    routers: TramaSchema
    subgraph: str

    def of(self, principal: Principal) -> TramaSchema:
        """Answer the schema that a caller is shown."""
        return self.routers if principal.may(Scope.SCHEMA_READ) else self.callers


def make_schemas(*, prefix: str = "", router_enforces_scopes: bool = False) -> Schemas:
    """Answer the schema, with a guard before each field that asks for a scope.

    raises: LookupError where a type has no permission, or a list no size.
    """
    callers = _make_schema(prefix)
    check_weights(callers.executable)
    text = text_for_routers(
        callers.executable, callers.as_str(), router_enforces_scopes=router_enforces_scopes
    )
    routers = _make_schema(prefix, service_field(text))
    guard(callers.executable)
    guard(routers.executable, held_by_all=frozenset({Scope.SCHEMA_READ}))
    return Schemas(callers, routers, text)


def make_callers(prefix: str = "") -> TramaSchema:
    """Answer the schema as callers know it, by itself."""
    callers = _make_schema(prefix)
    guard(callers.executable)
    return callers


def _make_schema(prefix: str, *doors: StrawberryField) -> TramaSchema:
    return TramaSchema(
        query=root_type(Query, prefix, *doors),
        mutation=root_type(Mutation, prefix),
        subscription=root_type(Subscription, prefix),
        types=[Order, Customer, Location, FulfillmentOrder, *REFUSALS],
        config=StrawberryConfig(scalar_map=SCALARS, name_converter=PrefixedNames(prefix)),
    )


def schema_text() -> str:
    """Answer the schema in its own language, as `schema.graphql` has it."""
    head = "# Generated from the code by `make schema`: do not edit.\n\n"
    schema = make_schemas().callers
    return head + text_for_people(schema.executable, schema.as_str())
