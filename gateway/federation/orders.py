"""Answers what orders are and how far they have come: fresh enough, within reach."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeAlias
from uuid import UUID

from msgspec.structs import replace

from gateway.connect.concurrency import beside
from gateway.connect.deadline import Deadline
from gateway.federation.allowance import Allowance
from gateway.federation.answers import Buyers, Dated, OrderAnswer, OrderPart, Row
from gateway.federation.customers import CustomerFederation
from gateway.federation.fanout import after_requests
from gateway.federation.freshness import REFRESHED, FreshnessAsk, Policy, policy
from gateway.federation.order_again import Again
from gateway.federation.order_ages import ages_of
from gateway.federation.order_keys import OrderKey, find_rows
from gateway.federation.order_memory import OrderMemory
from gateway.federation.order_parts import OrderParts
from gateway.federation.order_refreshing import (
    NOBODY_ASKED,
    Ahead,
    OrderUnavailable,
    Rereading,
    Rereads,
    ask_ahead,
    reserve_of,
)
from gateway.federation.order_shaping import OrderShaping
from gateway.federation.reading import at_once
from gateway.federation.refreshing import Refresher
from gateway.federation.sources import Sources
from gateway.model.principal import Principal, Scope
from gateway.projection.orders import parts, read
from gateway.projection.orders.reach import Within, reading
from gateway.projection.streams import StreamState, load_streams

Prepare: TypeAlias = Callable[[Sequence[OrderAnswer]], None]


def nothing_prepared(_: Sequence[OrderAnswer]) -> None:
    """Have nothing ready."""


class OrderFederation:
    """Orders over the projection, refreshed at the channel and at whoever does the work."""

    def __init__(
        self,
        pool: Any,
        sources: Sources,
        refresher: Refresher,
        shaping: OrderShaping,
        customers: CustomerFederation,
    ) -> None:
        self._pool = pool
        self._parts_of = OrderParts(sources)
        self._refresher = refresher
        self._shaping = shaping
        self._customers = customers
        self._memory = OrderMemory()

    async def by_id(self, ids: Sequence[UUID], principal: Principal) -> list[OrderAnswer | None]:
        """Answer orders as the projection has them, in the asked order; beyond reach is None."""
        async with reading(self._pool, principal.reach) as within:
            found = await read.load_orders(within, ids)
            answers = await self._shaping.of(within, list(found.values()))
        return [answers.get(each) for each in ids]

    async def by_key(
        self, keys: Sequence[OrderKey], principal: Principal
    ) -> list[list[OrderAnswer]]:
        """Answer the order of each key with its parts, as the projection has it; none beyond reach.

        A number that more orders have answers two of them: it is ambiguous.
        """
        ids = [key.id for key in keys if key.id is not None]
        async with reading(self._pool, principal.reach) as within:
            found, known, states = await at_once(
                within,
                [partial(find_rows, within, keys), partial(_told, within, ids),
                 partial(load_streams, within.executor)],
            )  # fmt: skip
            rows = {row["id"]: row for some in found.values() for row in some}
            others = [key for key in rows if key not in known]
            told = known | await _told(within, others)
            answers = await self._shaping.of(within, list(rows.values()))
        every = self._parted(answers, told, states)
        return [[every[row["id"]] for row in found.get(key.name, ())] for key in keys]

    async def fresh(
        self,
        keys: Sequence[OrderKey],
        ask: FreshnessAsk,
        principal: Principal,
        *,
        floor: timedelta,
        now: datetime,
        deadline: Deadline,
        allowance: Allowance | None = None,
        prepare: Prepare = nothing_prepared,
    ) -> list[list[OrderAnswer | OrderUnavailable]]:
        """Answer the orders of each key as fresh as asked, or marked, or why not.

        Each source is asked once, and is waited for until there is just the time left to read
        again what it wrote. A number that more orders have answers two as they are. `prepare` is
        given, while sources are asked, what is known: what they only say again has the same row.
        """
        left = deadline.remaining
        held = policy(ask, self._shaping.rule, floor)
        allowance = allowance or Allowance()
        ahead = self._ask_ahead(keys, held, principal, allowance)
        if ahead:
            await after_requests()
        found = await self.by_key(keys, principal)
        self._memory.keep(keys, found)
        reserve = reserve_of(left - deadline.remaining, left)
        asked = Rereading(held, now, deadline.sooner(reserve), allowance)
        unique = {some[0].row["id"]: some[0] for some in found if len(some) == 1}
        told = await self._freshened(unique, asked, principal, ahead, prepare)
        return [[told.get(each.row["id"], each) for each in some] for some in found]

    def _ask_ahead(
        self, keys: Sequence[OrderKey], held: Policy, principal: Principal, allowance: Allowance
    ) -> Ahead:
        """Ask whoever is remembered, where sources are asked whatever is known, and for anybody."""
        is_certain = held.max_age <= timedelta(0) and held.on_stale in REFRESHED
        if not is_certain or not principal.reach.everything:
            return NOBODY_ASKED
        return ask_ahead(self._refresher, self._memory.parts_of(keys), allowance)

    async def _freshened(
        self,
        known: Mapping[UUID, OrderAnswer],
        asked: Rereading,
        principal: Principal,
        ahead: Ahead,
        prepare: Prepare,
    ) -> dict[UUID, OrderAnswer | OrderUnavailable]:
        """Answer orders whose sources say again what is known, and what was changed read anew.

        It is read anew, too, where the caller's reach decides what is shown, or another source's
        word stands in the header.
        """
        rereads = Rereads([each.parts or () for each in known.values()], asked)
        can_hold = principal.reach.everything and not self._shaping.is_overlaid
        outcomes, buyers = await beside(
            rereads.read(self._refresher, ahead),
            self._meanwhile(
                list(known.values()) if can_hold and rereads.are_waited_for else (),
                principal, prepare,
            ),
        )  # fmt: skip
        answers: dict[UUID, OrderAnswer | OrderUnavailable] = {}
        changed: dict[UUID, Again] = {}
        max_age = asked.held.max_age
        for (key, order), outcome in zip(known.items(), outcomes, strict=True):
            if isinstance(outcome, OrderUnavailable):
                answers[key] = outcome
            elif not outcome.streams:
                answers[key] = outcome.shown(order, max_age)
            elif can_hold and outcome.holds(order):
                answers[key] = outcome.shown(order, max_age, outcome.along(order, buyers))
            else:
                changed[key] = outcome
        anew = await self._anew(changed, principal) if changed else {}
        for key, outcome in changed.items():
            answers[key] = outcome.shown(anew.get(key, known[key]), max_age)
        return answers

    async def _meanwhile(
        self, orders: Sequence[OrderAnswer], principal: Principal, prepare: Prepare
    ) -> Buyers:
        """Have ready, while the sources are asked, what is known; answer who bought."""
        await after_requests()
        prepare(orders)
        bought = (each.row["buyer_id"] for each in orders)
        wanted = list(dict.fromkeys(each for each in bought if each is not None))
        if not wanted or not principal.may(Scope.CUSTOMERS_READ):
            return {}
        found = await self._customers.by_id(wanted, principal, buyers=True)
        return dict(zip(wanted, found, strict=True))

    async def _anew(
        self, changed: Mapping[UUID, Again], principal: Principal
    ) -> dict[UUID, OrderAnswer]:
        """Answer orders read once more, when what was only told again of them is dated."""
        await self._refresher.settled(frozenset().union(*(each.ids for each in changed.values())))
        found = await self.by_key([OrderKey(id=each) for each in changed], principal)
        return {each.row["id"]: each for some in found for each in some}

    async def ages(
        self, answers: Sequence[OrderAnswer], principal: Principal, now: datetime
    ) -> list[list[Dated]]:
        """Answer, per order, how old each source's part is."""
        every = await self._parts(answers, principal)
        return [ages_of(answer, parts, now) for answer, parts in zip(answers, every, strict=True)]

    async def _parts(
        self, answers: Sequence[OrderAnswer], principal: Principal
    ) -> list[Sequence[OrderPart]]:
        """Answer the parts of each order; those that were read along are not read again."""
        unread = [each.row["id"] for each in answers if each.parts is None]
        told: Mapping[UUID, Sequence[Row]] = {}
        states: Sequence[StreamState] = ()
        if unread:
            async with reading(self._pool, principal.reach) as within:
                told, states = await at_once(
                    within,
                    [partial(parts.load_told, within, unread),
                     partial(load_streams, within.executor)],
                )  # fmt: skip
        known = {(each.source_id, each.stream): each for each in states}
        return [
            self._parts_of.of(each.row, told[each.row["id"]], known)
            if each.parts is None
            else each.parts
            for each in answers
        ]

    def _parted(
        self,
        answers: Mapping[UUID, OrderAnswer],
        told: Mapping[UUID, Sequence[Row]],
        states: Sequence[StreamState],
    ) -> dict[UUID, OrderAnswer]:
        known = {(each.source_id, each.stream): each for each in states}
        return {
            key: replace(each, parts=self._parts_of.of(each.row, told[key], known))
            for key, each in answers.items()
        }


async def _told(within: Within, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Row]]:
    return await parts.load_told(within, ids) if ids else {}
