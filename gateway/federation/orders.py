"""Answers what orders are and how far they have come: fresh enough, within reach."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.connect.deadline import Deadline
from gateway.federation.allowance import Allowance
from gateway.federation.answers import Dated, OrderAnswer, Row
from gateway.federation.errors import AnswerTooOld
from gateway.federation.freshness import (
    Action,
    FreshnessAsk,
    FreshnessRule,
    OnStale,
    Policy,
    ServedFrom,
    decide,
    is_stale,
    policy,
)
from gateway.federation.merging import Authority, overlaid
from gateway.federation.order_parts import OrderPart, OrderRows, parts_of
from gateway.federation.refreshing import Refresher
from gateway.federation.sources import Sources
from gateway.model.principal import Principal
from gateway.projection.orders import parts, read
from gateway.projection.orders.reach import Within, reading
from gateway.projection.orders.read import OrderPlace, OrderWish
from gateway.projection.streams import load_streams


class OrderUnavailable(Exception):
    """The order could not be had fresh enough; `reason` says why, `dated` how old it is."""

    def __init__(self, reason: Exception, dated: Dated) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.dated = dated


class OrderFederation:
    """Orders over the projection, refreshed at the channel and at whoever does the work."""

    def __init__(
        self,
        pool: Any,
        sources: Sources,
        refresher: Refresher,
        rule: FreshnessRule,
        channels: Mapping[str, str],
        authority: Authority | None = None,
    ) -> None:
        self._pool = pool
        self._sources = sources
        self._refresher = refresher
        self._rule = rule
        self._channels = channels
        self._authority: Authority = authority or {}

    async def by_id(self, ids: Sequence[UUID], principal: Principal) -> list[OrderAnswer | None]:
        """Answer orders as the projection has them, in the asked order; beyond reach is None."""
        async with reading(self._pool, principal.reach) as within:
            found = await read.load_orders(within, ids)
            answers = await self._answers(within, list(found.values()))
        return [answers.get(each) for each in ids]

    async def by_channel_ref(
        self, channel: str, ref: str, principal: Principal
    ) -> OrderAnswer | None:
        """Answer the order that a channel knows by this id."""
        async with reading(self._pool, principal.reach) as within:
            found = await read.find_by_ref(within, [(channel, ref)])
            answers = await self._answers(within, list(found.values()))
        return next(iter(answers.values()), None)

    async def by_number(self, number: str, principal: Principal) -> list[OrderAnswer]:
        """Answer at most two orders with this number: more than one is ambiguous."""
        async with reading(self._pool, principal.reach) as within:
            rows = await read.find_by_number(within, number)
            return list((await self._answers(within, rows)).values())

    async def freshened(
        self,
        answer: OrderAnswer,
        ask: FreshnessAsk,
        principal: Principal,
        *,
        floor: timedelta,
        now: datetime,
        deadline: Deadline,
        allowance: Allowance | None = None,
    ) -> OrderAnswer:
        """Answer the order as fresh as asked, or marked; raises OrderUnavailable."""
        held = policy(ask, self._rule, floor)
        answer = replace(answer, max_age=held.max_age)
        (parts,) = await self._parts([answer], principal)
        stale = [part for part in parts if is_stale(part.as_of, now, held)]
        for part in stale:
            action = decide(part.as_of, now, held, can_refresh=bool(part.refs))
            if action is Action.FAIL:
                dated = Dated(part.as_of, part.source_id, _served(part.as_of), is_stale=True)
                raise OrderUnavailable(AnswerTooOld("the order is older than allowed"), dated)
        wanted = [part for part in stale if part.refs]
        allowed = allowance or Allowance()
        if held.on_stale is OnStale.SERVE:
            for each in wanted:
                self._refresher.read_records_behind(
                    each.source_id, each.stream, list(each.refs), allowed
                )
            return answer
        return await self._refreshed(answer, wanted, held, principal, deadline, allowed)

    async def _refreshed(
        self,
        answer: OrderAnswer,
        wanted: Sequence[OrderPart],
        held: Policy,
        principal: Principal,
        deadline: Deadline,
        allowance: Allowance,
    ) -> OrderAnswer:
        if not wanted:
            return answer
        outcomes = await asyncio.gather(
            *(
                self._refresher.read_records(
                    each.source_id, each.stream, each.refs, deadline, allowance
                )
                for each in wanted
            )
        )
        just_read: set[tuple[str, str]] = set()
        for part, outcome in zip(wanted, outcomes, strict=True):
            unread = [outcome[ref] for ref in part.refs if outcome[ref] is not True]
            if not unread:
                just_read.add((part.source_id, part.stream))
            elif held.on_stale is OnStale.REFRESH_OR_FAIL:
                failure = unread[0]
                reason = failure if isinstance(failure, Exception) else AnswerTooOld("not found")
                raise OrderUnavailable(reason, Dated(None, part.source_id, None, is_stale=True))
        (again,) = await self.by_id([answer.row["id"]], principal)
        fresh = again or answer
        return replace(fresh, max_age=held.max_age, just_read=frozenset(just_read))

    async def page(
        self,
        wish: OrderWish,
        principal: Principal,
        *,
        after: OrderPlace | None,
        before: OrderPlace | None,
        limit: int,
        newest_first: bool,
        from_end: bool,
    ) -> list[OrderAnswer]:
        """Answer a page of the projection; no list goes live row by row."""
        async with reading(self._pool, principal.reach) as within:
            rows = await read.page_orders(
                within, wish, after=after, before=before, limit=limit,
                newest_first=newest_first, from_end=from_end,
            )  # fmt: skip
            return list((await self._answers(within, rows)).values())

    async def pages_of(
        self,
        customer_ids: Sequence[UUID],
        principal: Principal,
        *,
        after: OrderPlace | None,
        limit: int,
    ) -> list[list[OrderAnswer]]:
        """Answer a page of each customer's orders, the newest first, in the asked order."""
        async with reading(self._pool, principal.reach) as within:
            pages = await read.page_orders_of(within, customer_ids, after=after, limit=limit)
            rows = [row for page in pages.values() for row in page]
            answers = await self._answers(within, rows)
        return [[answers[row["id"]] for row in pages[each]] for each in customer_ids]

    async def counts(self, wishes: Sequence[OrderWish], principal: Principal) -> list[int]:
        """Answer how many orders within reach are wished for, in the asked order.

        Those that are a customer's, whoever's and whichever, are counted at once.
        """
        known: dict[OrderWish, int] = {}
        people = [
            key
            for each in wishes
            if (key := each.customer_id) is not None and each == OrderWish(customer_id=key)
        ]
        async with reading(self._pool, principal.reach) as within:
            if people:
                found = await read.count_orders_of(within, people)
                known = {OrderWish(customer_id=key): count for key, count in found.items()}
            for wish in dict.fromkeys(wishes):
                if wish not in known:
                    known[wish] = await read.count_orders(within, wish)
        return [known[each] for each in wishes]

    async def ages(
        self, answers: Sequence[OrderAnswer], principal: Principal, now: datetime
    ) -> list[list[Dated]]:
        """Answer, per order, how old each source's part is."""
        every = await self._parts(answers, principal)
        return [_ages(answer, parts, now) for answer, parts in zip(answers, every, strict=True)]

    async def _parts(
        self, answers: Sequence[OrderAnswer], principal: Principal
    ) -> list[list[OrderPart]]:
        states = {(s.source_id, s.stream): s for s in await load_streams(self._pool)}
        ids = [each.row["id"] for each in answers]
        async with reading(self._pool, principal.reach) as within:
            work = await parts.load_work(within, ids)
            copies = await parts.load_copies(within, ids)
            invoices = await parts.load_invoices(within, ids)
        return [
            parts_of(
                each.row,
                OrderRows(work[each.row["id"]], copies[each.row["id"]], invoices[each.row["id"]]),
                self._sources,
                states,
            )
            for each in answers
        ]

    async def _answers(self, within: Within, rows: Sequence[Row]) -> dict[UUID, OrderAnswer]:
        """Answer orders by id, in the rows' order, each field from the source that wins it."""
        copies: dict[UUID, Any] = {}
        if self._authority:
            copies = await parts.load_copies(within, [row["id"] for row in rows])
        return {
            row["id"]: OrderAnswer(
                overlaid(row, copies.get(row["id"], ()), self._authority),
                self._channels.get(row["channel"], row["channel"]),
                self._rule.max_age,
            )
            for row in rows
        }


def _ages(answer: OrderAnswer, every: Sequence[OrderPart], now: datetime) -> list[Dated]:
    held = Policy(answer.max_age, OnStale.SERVE)
    by_source: dict[str, list[OrderPart]] = {}
    for part in every:
        by_source.setdefault(part.source_id, []).append(part)
    return [_age(answer, source_id, some, held, now) for source_id, some in by_source.items()]


def _age(
    answer: OrderAnswer, source_id: str, some: Sequence[OrderPart], held: Policy, now: datetime
) -> Dated:
    """Answer the age of a source's oldest part; unknown when any of them is."""
    times = [part.as_of for part in some]
    known = [time for time in times if time is not None]
    as_of = min(known) if len(known) == len(times) else None
    was_read = all((part.source_id, part.stream) in answer.just_read for part in some)
    stale = any(
        is_stale(part.as_of, now, held)
        for part in some
        if (part.source_id, part.stream) not in answer.just_read
    )
    served = ServedFrom.SOURCE if was_read and as_of is not None else _served(as_of)
    return Dated(as_of, source_id, served, stale)


def _served(as_of: datetime | None) -> ServedFrom | None:
    return None if as_of is None else ServedFrom.PROJECTION
