"""Answers who customers are, within a reach, from the projection."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.federation.answers import CustomerAnswer, Dated, Row
from gateway.federation.freshness import OnStale, Policy, ServedFrom, is_stale
from gateway.model.principal import Principal
from gateway.projection.customers.read import (
    RecordReach,
    Sought,
    find_customers,
    load_customers,
)
from gateway.projection.orders.reach import reading, resolve_reach


class CustomerFederation:
    """Customers as their sources told of them, linked."""

    def __init__(self, pool: Any, max_age: timedelta) -> None:
        self._pool = pool
        self._max_age = max_age

    async def by_id(
        self, ids: Sequence[UUID], principal: Principal, *, buyers: bool = False
    ) -> list[CustomerAnswer | None]:
        """Answer customers by any of their records' ids, in the asked order; beyond reach is None.

        `buyers`: the ids are of records on orders within reach, so each may itself be seen.
        """
        async with reading(self._pool, principal.reach) as within:
            reach = within.reach.records
            if buyers:
                reach = replace(reach, records=(*reach.records, *ids))
            found = await load_customers(within.executor, ids, reach)
        return [self._answer(found.get(each, ())) for each in ids]

    async def search(
        self, sought: Sought, principal: Principal, *, after: UUID | None, limit: int
    ) -> list[CustomerAnswer]:
        """Answer a page of the customers of whom this is known."""
        async with reading(self._pool, principal.reach) as within:
            reach = within.reach.records
            ids = await find_customers(within.executor, sought, reach, after=after, limit=limit)
            found = await load_customers(within.executor, ids, reach)
        answers = [self._answer(found.get(each, ())) for each in ids]
        return [each for each in answers if each is not None]

    async def reach_of(self, principal: Principal) -> RecordReach:
        """Answer the records that the caller may see by themselves."""
        return (await resolve_reach(self._pool, principal.reach)).records

    def ages(self, answer: CustomerAnswer, now: datetime) -> list[Dated]:
        """Answer how old each source's part of a customer is."""
        held = Policy(answer.max_age, OnStale.SERVE)
        oldest: dict[str, datetime] = {}
        for row in answer.records:
            known = oldest.get(row["source_id"])
            oldest[row["source_id"]] = row["as_of"] if known is None else min(known, row["as_of"])
        return [
            Dated(as_of, source_id, ServedFrom.PROJECTION, is_stale(as_of, now, held))
            for source_id, as_of in sorted(oldest.items())
        ]

    def _answer(self, rows: Sequence[Row]) -> CustomerAnswer | None:
        if not rows:
            return None
        newest = sorted(rows, key=lambda row: row["observed_at"], reverse=True)
        return CustomerAnswer(rows[0]["customer_id"], tuple(newest), self._max_age)
