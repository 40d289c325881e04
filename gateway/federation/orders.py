"""Answers what orders are and how far they have come: fresh enough, within reach."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from gateway.connect.deadline import Deadline
from gateway.federation.allowance import Allowance
from gateway.federation.answers import Dated, OrderAnswer, OrderPart, Row
from gateway.federation.freshness import (
    FreshnessAsk,
    FreshnessRule,
    OnStale,
    Policy,
    ServedFrom,
    is_stale,
    policy,
)
from gateway.federation.merging import Authority, overlaid
from gateway.federation.order_parts import OrderParts
from gateway.federation.order_refreshing import (
    Again,
    OrderUnavailable,
    Rereading,
    reread,
    reserve_of,
)
from gateway.federation.reading import at_once
from gateway.federation.refreshing import Refresher
from gateway.federation.sources import Sources
from gateway.model.principal import Principal
from gateway.projection.orders import parts, read
from gateway.projection.orders.reach import Within, reading
from gateway.projection.orders.read import OrderPlace, OrderWish
from gateway.projection.streams import StreamState, load_streams


@dataclass(frozen=True, slots=True)
class OrderKey:
    """Which order: by our id, by the channel and its id, or by number."""

    id: UUID | None = None
    channel_ref: tuple[str, str] | None = None
    number: str | None = None


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
        self._parts_of = OrderParts(sources)
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
                [partial(_find, within, keys), partial(_told, within, ids),
                 partial(load_streams, within.executor)],
            )  # fmt: skip
            rows = {row["id"]: row for some in found.values() for row in some}
            others = [key for key in rows if key not in known]
            told = known | await _told(within, others)
            answers = await self._answers(within, list(rows.values()))
        every = self._parted(answers, told, states)
        named = [found.get(key.id or key.channel_ref or key.number, ()) for key in keys]
        return [[every[row["id"]] for row in some] for some in named]

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
    ) -> list[list[OrderAnswer | OrderUnavailable]]:
        """Answer the orders of each key as fresh as asked, or marked, or why not.

        Each source is asked once, and is waited for until there is just the time left to read
        again what it wrote. A number that more orders have answers two as they are.
        """
        left = deadline.remaining
        found = await self.by_key(keys, principal)
        reserve = reserve_of(left - deadline.remaining, left)
        held = policy(ask, self._rule, floor)
        asked = Rereading(held, now, deadline.sooner(reserve), allowance or Allowance())
        unique = {some[0].row["id"]: some[0] for some in found if len(some) == 1}
        told = await self._freshened(unique, asked, principal)
        return [[told.get(each.row["id"], each) for each in some] for some in found]

    async def _freshened(
        self, known: Mapping[UUID, OrderAnswer], asked: Rereading, principal: Principal
    ) -> dict[UUID, OrderAnswer | OrderUnavailable]:
        every = [each.parts or () for each in known.values()]
        outcomes = dict(zip(known, await reread(self._refresher, every, asked), strict=True))
        answers = {
            key: self._dated(known[key], outcome, principal)
            for key, outcome in outcomes.items()
            if isinstance(outcome, Again)
        }
        changed = [OrderKey(id=key) for key, each in answers.items() if each is None]
        found = await self.by_key(changed, principal) if changed else []
        again = {each.row["id"]: each for some in found for each in some}
        return {
            key: outcome
            if isinstance(outcome, OrderUnavailable)
            else replace(
                answers[key] or again.get(key, known[key]),
                max_age=asked.held.max_age, just_read=outcome.streams,
            )
            for key, outcome in outcomes.items()
        }  # fmt: skip

    def _dated(
        self, known: OrderAnswer, outcome: Again, principal: Principal
    ) -> OrderAnswer | None:
        """Answer an order of which its sources only told again what is known.

        None where it is to be read again: something was written, the caller's reach decides what
        is shown, or another source's word stands in its header.
        """
        if not outcome.streams:
            return known
        if not principal.reach.everything or self._authority or not outcome.holds(known):
            return None
        return replace(known, parts=outcome.dated(known.parts or ()))

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


async def _find(within: Within, keys: Sequence[OrderKey]) -> dict[Any, Sequence[Row]]:
    """Answer the rows that each key names, by what it names them by."""
    ids = [key.id for key in keys if key.id is not None]
    refs = [key.channel_ref for key in keys if key.channel_ref is not None]
    numbers = [key.number for key in keys if key.number is not None]
    found: dict[Any, Sequence[Row]] = {}
    if ids:
        found |= _each_alone(await read.load_orders(within, ids))
    if refs:
        found |= _each_alone(await read.find_by_ref(within, refs))
    if numbers:
        found |= dict(await read.find_by_number(within, numbers))
    return found


async def _told(within: Within, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Row]]:
    return await parts.load_told(within, ids) if ids else {}


def _each_alone(rows: Mapping[Any, Row]) -> dict[Any, Sequence[Row]]:
    return {key: (row,) for key, row in rows.items()}


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
