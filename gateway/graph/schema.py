"""The whole schema, and its text."""

from collections.abc import Callable

import strawberry
from graphql import GraphQLError
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
from gateway.graph.mutations import IdempotencyKeyReused, Mutation, UnknownSourceStream
from gateway.graph.orders import Order
from gateway.graph.query import Query
from gateway.graph.scalars import SCALARS

DOCUMENTS_KEPT = 512


class TramaSchema(strawberry.Schema):
    """The schema; what callers do wrong is told to them and not to the log."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Leave errors to whoever shows them: faults of ours are logged there."""


def make_schema(*, introspection: bool = True) -> strawberry.Schema:
    """Answer the schema; without `introspection` it answers no questions about itself."""
    extensions: list[Callable[[], SchemaExtension]] = [
        lambda: ParserCache(maxsize=DOCUMENTS_KEPT),
        lambda: ValidationCache(maxsize=DOCUMENTS_KEPT),
    ]
    if not introspection:
        extensions.append(DisableIntrospection)
    return TramaSchema(
        query=Query,
        mutation=Mutation,
        types=[
            Order, Customer, Location, FulfillmentOrder, UnknownSourceStream, IdempotencyKeyReused,
        ],
        config=StrawberryConfig(scalar_map=SCALARS),
        extensions=extensions,
    )  # fmt: skip


def schema_text() -> str:
    """Answer the schema in its own language, as `schema.graphql` has it."""
    head = "# Generated from the code by `make schema`: do not edit.\n\n"
    return head + make_schema().as_str() + "\n"
