"""Which orders a caller may see, as a condition of every query: decided here and nowhere else.

Whoever does not see everything also reads in the role `trama_reader`, under row-level security
that knows the same reach: the second wall, should a condition be forgotten.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from gateway.model.principal import Reach
from gateway.projection.conditions import Conditions
from gateway.projection.customers.read import RecordReach, find_records

if TYPE_CHECKING:
    from gateway.projection.database import Connection, Executor, Pool

READER = "trama_reader"


@dataclass(frozen=True, slots=True)
class ReachIds:
    """A reach in our own ids; `customers` are the records that the caller's claims prove."""

    everything: bool
    channels: tuple[str, ...] = ()
    locations: tuple[UUID, ...] = ()
    customers: tuple[UUID, ...] = ()

    @property
    def records(self) -> RecordReach:
        """The customers' records that the caller may see by themselves."""
        return RecordReach(self.everything, self.customers)


@dataclass(frozen=True, slots=True)
class Within:
    """What to read with, and how far: every query of orders and customers takes it."""

    executor: "Executor"
    reach: ReachIds

    @property
    def is_shared(self) -> bool:
        """Whether several may read with it at once: a reach that is bounded binds a connection."""
        return self.reach.everything


@asynccontextmanager
async def reading(pool: "Pool", reach: Reach) -> AsyncIterator[Within]:
    """Answer what a caller reads with, for as long as the block lasts."""
    ids = await resolve_reach(pool, reach)
    if ids.everything:
        yield Within(pool, ids)
        return
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await _enter(connection, ids)
        yield Within(connection, ids)


async def resolve_reach(executor: "Executor", reach: Reach) -> ReachIds:
    """Answer a caller's reach in our ids."""
    if reach.everything:
        return ReachIds(everything=True)
    locations: list[UUID] = []
    if reach.locations or reach.owners:
        rows = await executor.fetch(
            "SELECT id FROM location WHERE code = ANY($1::text[]) OR owner = ANY($2::text[])",
            list(reach.locations), list(reach.owners),
        )  # fmt: skip
        locations = [row["id"] for row in rows]
    records: list[UUID] = []
    if reach.customer_refs or reach.verified_emails:
        records = await find_records(
            executor, sorted(reach.customer_refs), sorted(reach.verified_emails)
        )
    return ReachIds(False, tuple(sorted(reach.channels)), tuple(locations), tuple(records))


def orders_within(reach: ReachIds, conditions: Conditions) -> None:
    """Add the condition that an order `o` is within reach; no reach at all is no order."""
    if reach.everything:
        return
    ways: list[str] = []
    for text, values in (
        ("o.channel = ANY({}::text[])", reach.channels),
        (
            "EXISTS (SELECT FROM fulfillment w WHERE w.order_id = o.id"
            " AND w.gone_at IS NULL AND w.location_id = ANY({}::uuid[]))",
            reach.locations,
        ),
        ("o.buyer_id = ANY({}::uuid[])", reach.customers),
    ):
        if values:
            conditions.values.append(list(values))
            ways.append(text.format(f"${len(conditions.values)}"))
    conditions.texts.append(f"({' OR '.join(ways)})" if ways else "false")


async def _enter(connection: "Connection", ids: ReachIds) -> None:
    await connection.execute(
        """SELECT set_config('trama.channels', $1::text[]::text, true),
               set_config('trama.locations', $2::uuid[]::text, true),
               set_config('trama.customers', $3::uuid[]::text, true),
               set_config('role', $4, true)""",
        list(ids.channels), list(ids.locations), list(ids.customers), READER,
    )  # fmt: skip
