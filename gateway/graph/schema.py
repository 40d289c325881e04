"""The whole schema, and its text."""

from collections.abc import Callable

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

from gateway.graph.customers import Customer
from gateway.graph.fulfillments import FulfillmentOrder
from gateway.graph.locations import Location
from gateway.graph.mutations import Mutation
from gateway.graph.orders import Order
from gateway.graph.permissions import guard
from gateway.graph.query import Query
from gateway.graph.refusing import REFUSALS
from gateway.graph.scalars import SCALARS

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


def make_schema(*, introspection: bool = True) -> TramaSchema:
    """Answer the schema; without `introspection` it answers no questions about itself."""
    extensions: list[Callable[[], SchemaExtension]] = [
        lambda: ParserCache(maxsize=DOCUMENTS_KEPT),
        lambda: ValidationCache(maxsize=DOCUMENTS_KEPT),
    ]
    if not introspection:
        extensions.append(DisableIntrospection)
    schema = TramaSchema(
        query=Query,
        mutation=Mutation,
        types=[Order, Customer, Location, FulfillmentOrder, *REFUSALS],
        config=StrawberryConfig(scalar_map=SCALARS),
        extensions=extensions,
    )
    guard(schema.executable)
    return schema


def schema_text() -> str:
    """Answer the schema in its own language, as `schema.graphql` has it."""
    head = "# Generated from the code by `make schema`: do not edit.\n\n"
    return head + make_schema().as_str() + "\n"
