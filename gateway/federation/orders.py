"""Answers what orders are and how far they have come: fresh enough, within reach."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.connect.deadline import Deadline
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
from gateway.federation.line_quantities import WorkedUnits, with_quantities
from gateway.federation.refreshing import Refresher
from gateway.federation.sources import Sources
from gateway.model.order import OrderStatus
from gateway.model.principal import Principal
from gateway.projection.orders import read
from gateway.projection.orders.reach import ReachIds, resolve_reach
from gateway.projection.orders.read import OrderPlace, OrderWish
from gateway.projection.streams import StreamState, load_streams

Part = tuple[str, str]


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
    ) -> None:
        self._pool = pool
        self._sources = sources
        self._refresher = refresher
        self._rule = rule
        self._channels = channels

    async def reach_of(self, principal: Principal) -> ReachIds:
        """Answer a caller's reach in our ids."""
        return await resolve_reach(self._pool, principal.reach)

    async def by_id(self, ids: Sequence[UUID], principal: Principal) -> list[OrderAnswer | None]:
        """Answer orders as the projection has them, in the asked order; beyond reach is None."""
        found = await read.load_orders(self._pool, ids, await self.reach_of(principal))
        return [self._answer(found[each]) if each in found else None for each in ids]

    async def by_channel_ref(
        self, channel: str, ref: str, principal: Principal
    ) -> OrderAnswer | None:
        """Answer the order that a channel knows by this id."""
        reach = await self.reach_of(principal)
        found = await read.find_by_ref(self._pool, [(channel, ref)], reach)
        row = found.get((channel, ref))
        return None if row is None else self._answer(row)

    async def by_number(self, number: str, principal: Principal) -> list[OrderAnswer]:
        """Answer at most two orders with this number: more than one is ambiguous."""
        rows = await read.find_by_number(self._pool, number, await self.reach_of(principal))
        return [self._answer(row) for row in rows]

    async def freshened(
        self,
        answer: OrderAnswer,
        ask: FreshnessAsk,
        principal: Principal,
        *,
        floor: timedelta,
        now: datetime,
        deadline: Deadline,
    ) -> OrderAnswer:
        """Answer the order as fresh as asked, or marked; raises OrderUnavailable."""
        held = policy(ask, self._rule, floor)
        answer = replace(answer, max_age=held.max_age)
        (parts,) = await self.ages([answer], now)
        stale = [part for part in parts if part.is_stale]
        if not stale:
            return answer
        names = self._parts(answer.row)
        for part in stale:
            action = decide(part.as_of, now, held, can_refresh=part.source_id in names)
            if action is Action.FAIL:
                raise OrderUnavailable(AnswerTooOld("the order is older than allowed"), part)
        wanted = [(part.source_id, names[part.source_id]) for part in stale
                  if part.source_id is not None and part.source_id in names]  # fmt: skip
        if held.on_stale is OnStale.SERVE:
            for each in wanted:
                self._refresher.read_records_behind(*each, [answer.row["ref"]])
            return answer
        return await self._refreshed(answer, wanted, held, principal, deadline)

    async def _refreshed(
        self,
        answer: OrderAnswer,
        wanted: Sequence[Part],
        held: Policy,
        principal: Principal,
        deadline: Deadline,
    ) -> OrderAnswer:
        ref, just_read = answer.row["ref"], set()
        outcomes = await asyncio.gather(
            *(self._refresher.read_records(*part, [ref], deadline) for part in wanted)
        )
        for (source_id, _), outcome in zip(wanted, outcomes, strict=True):
            if outcome[ref] is True:
                just_read.add(source_id)
            elif held.on_stale is OnStale.REFRESH_OR_FAIL:
                failure = outcome[ref]
                reason = failure if isinstance(failure, Exception) else AnswerTooOld("not found")
                raise OrderUnavailable(reason, Dated(None, source_id, None, is_stale=True))
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
        rows = await read.page_orders(
            self._pool, wish, await self.reach_of(principal),
            after=after, before=before, limit=limit,
            newest_first=newest_first, from_end=from_end,
        )  # fmt: skip
        return [self._answer(row) for row in rows]

    async def count(self, wish: OrderWish, principal: Principal) -> int:
        """Answer how many orders are wished for and within reach."""
        return await read.count_orders(self._pool, wish, await self.reach_of(principal))

    async def ages(self, answers: Sequence[OrderAnswer], now: datetime) -> list[list[Dated]]:
        """Answer, per order, how old each source's part is."""
        states = {(s.source_id, s.stream): s for s in await load_streams(self._pool)}
        work = await read.load_work(self._pool, [each.row["id"] for each in answers])
        return [self._ages(each, work[each.row["id"]], states, now) for each in answers]

    async def lines(self, ids: Sequence[UUID]) -> list[list[dict[str, Any]]]:
        """Answer the lines of orders with their units by state, in the asked order."""
        lines = await read.load_lines(self._pool, ids)
        worked = await read.load_worked_units(self._pool, ids)
        return [
            with_quantities(
                lines[each],
                [WorkedUnits(u["sku"], u["line_ref"], u["quantity"], u["state"])
                 for u in worked[each]],
                is_cancelled=any(
                    line["order_status"] == OrderStatus.CANCELLED.value for line in lines[each]
                ),
            )
            for each in ids
        ]  # fmt: skip

    async def refs(self, ids: Sequence[UUID]) -> list[list[Row]]:
        """Answer what sources call orders, in the asked order."""
        found = await read.load_refs(self._pool, ids)
        return [list(found[each]) for each in ids]

    async def work(self, ids: Sequence[UUID]) -> list[list[Row]]:
        """Answer the work of locations for orders, in the asked order."""
        found = await read.load_work(self._pool, ids)
        return [list(found[each]) for each in ids]

    async def work_by_id(self, ids: Sequence[UUID], principal: Principal) -> list[Row | None]:
        """Answer work by id, in the asked order; that of an order beyond reach is None."""
        found = await read.load_work_by_id(self._pool, ids)
        reach = await self.reach_of(principal)
        orders = await read.load_orders(
            self._pool, [row["order_id"] for row in found.values()], reach
        )
        return [
            found[each] if each in found and found[each]["order_id"] in orders else None
            for each in ids
        ]

    async def work_lines(self, ids: Sequence[UUID]) -> list[list[Row]]:
        """Answer the lines of work, in the asked order."""
        found = await read.load_work_lines(self._pool, ids)
        return [list(found[each]) for each in ids]

    async def shipments(self, ids: Sequence[UUID]) -> list[list[Row]]:
        """Answer the parcels of work, in the asked order."""
        found = await read.load_shipments(self._pool, ids)
        return [list(found[each]) for each in ids]

    async def shipment_lines(self, ids: Sequence[UUID]) -> list[list[Row]]:
        """Answer the lines of parcels, in the asked order."""
        found = await read.load_shipment_lines(self._pool, ids)
        return [list(found[each]) for each in ids]

    def _answer(self, row: Row) -> OrderAnswer:
        channel = row["channel"]
        return OrderAnswer(row, self._channels.get(channel, channel), self._rule.max_age)

    def _parts(self, row: Row) -> dict[str, str]:
        """Answer the stream by which each source takes part in an order."""
        parts = {
            source.id: "fulfillments" for source in self._sources if source.fulfillments is not None
        }
        channel = self._sources.get(row["source_id"])
        if channel is not None and channel.orders is not None:
            parts[channel.id] = "orders"
        return parts

    def _ages(
        self,
        answer: OrderAnswer,
        work: Sequence[Row],
        states: Mapping[Part, StreamState],
        now: datetime,
    ) -> list[Dated]:
        row, held = answer.row, Policy(answer.max_age, OnStale.SERVE)
        times: dict[str, datetime | None] = {row["source_id"]: row["as_of"]}
        for source_id, stream in self._parts(row).items():
            if source_id != row["source_id"]:
                told = [each["as_of"] for each in work if each["source_id"] == source_id]
                times[source_id] = (
                    min(told) if told else _told_none(states.get((source_id, stream)))
                )
        return [
            Dated(
                as_of,
                source_id,
                None if as_of is None else _served(source_id in answer.just_read),
                is_stale(as_of, now, held) and source_id not in answer.just_read,
            )
            for source_id, as_of in times.items()
        ]


def _served(was_read: bool) -> ServedFrom:
    return ServedFrom.SOURCE if was_read else ServedFrom.PROJECTION


def _told_none(state: StreamState | None) -> datetime | None:
    """As of when a source is known to have no work for an order: it was read whole, and told
    of changes since."""
    if state is None or state.backfilled_at is None:
        return None
    if state.covered_since is not None and state.watermark is not None:
        return max(state.watermark, state.walked_at or state.watermark)
    return state.walked_at
