"""Who asks."""

from collections.abc import Sequence
from typing import Any

import strawberry

from gateway.graph.batches import batch_field
from gateway.graph.context import Context
from gateway.graph.customers import Customer
from gateway.graph.enums import PrincipalKind
from gateway.model.principal import Principal


async def load_viewer_customers(
    parents: Sequence["Viewer"], context: Context
) -> list[list[Customer]]:
    """Answer the customers that the caller's token proves to be its own."""
    if context.principal.kind is not PrincipalKind.CUSTOMER:
        return [[] for _ in parents]
    reach = await context.services.customers.reach_of(context.principal)
    answers = await context.services.customers.by_id(reach.records, context.principal)
    mine = {each.id: Customer.of(each) for each in answers if each is not None}
    return [list(mine.values()) for _ in parents]


@strawberry.type(description="Who asks, and what may be asked.")
class Viewer:
    kind: PrincipalKind = strawberry.field(description="What kind of caller.")
    name: str = strawberry.field(description="The key's name, or the token's subject.")
    scopes: list[str] = strawberry.field(description="What may be done.")
    channels: list[str] = strawberry.field(description="Channels whose orders are within reach.")
    reaches_everything: bool = strawberry.field(description="Whether every order is within reach.")
    customers: list[Customer] | None = batch_field(
        load_viewer_customers, "The customers that the caller's token proves it to be."
    )

    @classmethod
    def of(cls, principal: Principal) -> "Viewer":
        """Answer the caller as the graph shows it."""
        values: dict[str, Any] = {
            "kind": principal.kind,
            "name": principal.id,
            "scopes": sorted(scope.value for scope in principal.scopes),
            "channels": sorted(principal.reach.channels),
            "reaches_everything": principal.reach.everything,
        }
        return cls(**values)
