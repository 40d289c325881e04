"""The whole schema, and its text."""

from collections.abc import Callable
from dataclasses import dataclass

import strawberry
from graphql import GraphQLError, GraphQLSchema
from strawberry.extensions import (
    DisableIntrospection,
    ParserCache,
    SchemaExtension,
    ValidationCache,
)
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext
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
from gateway.model.principal import Principal, Scope

DOCUMENTS_KEPT = 512


class TramaSchema(strawberry.Schema):
    """The schema; what callers do wrong is told to them and not to the log."""

    @property
    def executable(self) -> GraphQLSchema:
        """The schema as graphql-core executes it."""
        return self._schema

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Leave errors to whoever shows them: faults of ours are logged there."""


@dataclass(frozen=True, slots=True)
class Schemas:
    """The schema as callers know it, and as routers do: with `_service`, which tells `subgraph`."""

    callers: TramaSchema
    routers: TramaSchema
    subgraph: str

    def of(self, principal: Principal) -> TramaSchema:
        """Answer the schema that a caller is shown."""
        return self.routers if principal.may(Scope.SCHEMA_READ) else self.callers


def make_schemas(
    *, introspection: bool = True, prefix: str = "", router_enforces_scopes: bool = False
) -> Schemas:
    """Answer the schema; without `introspection` callers are told nothing about it."""
    callers = _make_schema(prefix, introspection=introspection)
    text = text_for_routers(
        callers.executable, callers.as_str(), router_enforces_scopes=router_enforces_scopes
    )
    routers = _make_schema(prefix, service_field(text), introspection=introspection)
    guard(callers.executable)
    guard(routers.executable, held_by_all=frozenset({Scope.SCHEMA_READ}))
    return Schemas(callers, routers, text)


def _make_schema(prefix: str, *doors: StrawberryField, introspection: bool) -> TramaSchema:
    extensions: list[Callable[[], SchemaExtension]] = [
        lambda: ParserCache(maxsize=DOCUMENTS_KEPT),
        lambda: ValidationCache(maxsize=DOCUMENTS_KEPT),
    ]
    if not introspection:
        extensions.append(DisableIntrospection)
    return TramaSchema(
        query=root_type(Query, prefix, *doors),
        mutation=root_type(Mutation, prefix),
        types=[Order, Customer, Location, FulfillmentOrder, *REFUSALS],
        config=StrawberryConfig(scalar_map=SCALARS, name_converter=PrefixedNames(prefix)),
        extensions=extensions,
    )


def schema_text() -> str:
    """Answer the schema in its own language, as `schema.graphql` has it."""
    head = "# Generated from the code by `make schema`: do not edit.\n\n"
    schema = make_schemas().callers
    return head + text_for_people(schema.executable, schema.as_str())
