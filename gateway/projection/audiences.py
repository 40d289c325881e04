"""Whom an entry is for, in the words of a caller's reach: looked up when the entry is read.

So a reader's reach is what its claims, the locations' owners and the customers' records say by
then, without asking anything of each reader. `orders/reach.py` says the same in SQL.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

from gateway.model.events import Audience
from gateway.model.principal import Reach

if TYPE_CHECKING:
    from gateway.projection.database import Executor

Name: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NamedAudience:
    """An audience by every name that a reach may have for it."""

    channel: str | None
    names: frozenset[Name]


def names_of(reach: Reach) -> frozenset[Name]:
    """Answer the names by which a reach that is not everything meets an audience."""
    return frozenset(
        [
            *(("channel", each) for each in reach.channels),
            *(("location", each) for each in reach.locations),
            *(("owner", each) for each in reach.owners),
            *(("customer", *each) for each in reach.customer_refs),
            *(("email", each.casefold()) for each in reach.verified_emails),
        ]
    )


async def name_audiences(
    executor: "Executor", audiences: Iterable[Audience]
) -> dict[Audience, NamedAudience]:
    """Answer the names of each audience as they are now."""
    asked = set(audiences)
    locations = await _names_of_locations(executor, {x for each in asked for x in each.locations})
    buyers = await _names_of_buyers(executor, {x.buyer for x in asked if x.buyer is not None})
    return {each: _named(each, locations, buyers) for each in asked}


def _named(
    audience: Audience, locations: dict[UUID, list[Name]], buyers: dict[UUID, list[Name]]
) -> NamedAudience:
    names = [name for each in audience.locations for name in locations.get(each, ())]
    if audience.channel is not None:
        names.append(("channel", audience.channel))
    if audience.buyer is not None:
        names += buyers.get(audience.buyer, ())
    return NamedAudience(audience.channel, frozenset(names))


async def _names_of_locations(executor: "Executor", ids: set[UUID]) -> dict[UUID, list[Name]]:
    if not ids:
        return {}
    rows = await executor.fetch(
        "SELECT id, code, owner FROM location WHERE id = ANY($1::uuid[])", list(ids)
    )
    owned = {row["id"]: [("owner", row["owner"])] if row["owner"] else [] for row in rows}
    return {row["id"]: [("location", row["code"]), *owned[row["id"]]] for row in rows}


async def _names_of_buyers(executor: "Executor", ids: set[UUID]) -> dict[UUID, list[Name]]:
    if not ids:
        return {}
    rows = await executor.fetch(
        "SELECT id, source_id, ref, emails FROM customer_record WHERE id = ANY($1::uuid[])",
        list(ids),
    )
    return {
        row["id"]: [
            ("customer", row["source_id"], row["ref"]),
            *(("email", email) for email in row["emails"]),
        ]
        for row in rows
    }
