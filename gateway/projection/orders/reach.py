"""Which orders a caller may see, as a condition of every query: decided here and nowhere else."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from gateway.model.principal import Reach
from gateway.projection.customers import find_customers

if TYPE_CHECKING:
    from gateway.projection.database import Executor


@dataclass(frozen=True, slots=True)
class ReachIds:
    """A reach in our own ids."""

    everything: bool
    channels: tuple[str, ...] = ()
    locations: tuple[UUID, ...] = ()
    customers: tuple[UUID, ...] = ()


@dataclass(slots=True)
class Conditions:
    """SQL conditions, joined by AND, and the values of their parameters."""

    texts: list[str]
    values: list[object]

    def add(self, text: str, value: object) -> None:
        """Add a condition; `{}` in it stands for the value."""
        self.values.append(value)
        self.texts.append(text.format(f"${len(self.values)}"))

    @property
    def sql(self) -> str:
        """The whole condition."""
        return " AND ".join(self.texts) or "true"


async def resolve_reach(executor: "Executor", reach: Reach) -> ReachIds:
    """Answer a caller's reach in our ids."""
    if reach.everything:
        return ReachIds(everything=True)
    locations = await executor.fetch(
        "SELECT id FROM location WHERE code = ANY($1::text[]) OR owner = ANY($2::text[])",
        list(reach.locations), list(reach.owners),
    )  # fmt: skip
    customers = await find_customers(
        executor, sorted(reach.customer_refs), sorted(reach.verified_emails)
    )
    return ReachIds(
        False, tuple(sorted(reach.channels)), tuple(row["id"] for row in locations),
        tuple(customers),
    )  # fmt: skip


def orders_within(reach: ReachIds, conditions: Conditions) -> None:
    """Add the condition that an order `o` is within reach; no reach at all is no order."""
    if reach.everything:
        return
    ways: list[str] = []
    for text, values in (
        ("o.channel = ANY({}::text[])", reach.channels),
        (
            "EXISTS (SELECT FROM fulfillment f WHERE f.order_id = o.id"
            " AND f.location_id = ANY({}::uuid[]))",
            reach.locations,
        ),
        ("o.customer_id = ANY({}::uuid[])", reach.customers),
    ):
        if values:
            conditions.values.append(list(values))
            ways.append(text.format(f"${len(conditions.values)}"))
    conditions.texts.append(f"({' OR '.join(ways)})" if ways else "false")
