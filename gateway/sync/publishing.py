"""Tells channels what they may sell: a consumer of the positions' own sequence.

Changes are noted as waiting before the place in the sequence moves, and an item as unconfirmed
before its channel is told: a crash anywhere leaves something to do again, never something lost,
and what is told is absolute, so that telling it again changes nothing.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import inf
from typing import Any, NoReturn, TypeAlias

import structlog

from gateway.connect.deadline import Deadline
from gateway.connect.errors import CredentialError, SourceError, Transient, Unsupported
from gateway.connect.records import StockLevel
from gateway.events.horizon import Horizon
from gateway.federation.sources import ConnectedSource
from gateway.federation.stock import StockFederation
from gateway.federation.told_channels import ToldShelf
from gateway.model.time import Clock
from gateway.projection.channel_stock import (
    ItemOutcome,
    Shelf,
    ToldItem,
    begin_telling,
    load_due,
    load_fed_back,
    load_shelf_marks,
    next_due,
    note_all,
    note_changes,
    save_outcomes,
    save_place,
)
from gateway.projection.database import transaction
from gateway.projection.locations import find_group
from gateway.projection.marks import load_marks
from gateway.projection.streams import StreamState, has_unread, load_stream
from gateway.sync.channel_levels import ChannelRules, concerns_all, outcome_of, plan_levels

PUBLISHING = "publishing "
MOST_LEVELS = 500

log = structlog.get_logger("trama.publishing")


@dataclass(frozen=True, slots=True)
class PublishedChannel:
    """A channel that is told what it may sell: where, of which group, and how eagerly.

    No group is the default one; `compare_every` is when all items are looked at again. Nothing is
    told before the stock of the sources in `waits_for` was read whole once.
    """

    code: str
    source: ConnectedSource
    location: str
    group: str | None
    rules: ChannelRules
    debounce: timedelta
    compare_every: timedelta | None
    poll_seconds: float
    waits_for: tuple[str, ...] = ()

    @property
    def stream(self) -> str:
        """Under which name its turn is leased."""
        return PUBLISHING + self.code

    @property
    def shelf(self) -> ToldShelf:
        """How it is shown."""
        return ToldShelf(self.code, self.source.id, self.location, self.stream)


@dataclass(frozen=True, slots=True)
class Told:
    """How many items of a channel ended how in one step."""

    told: int = 0
    unchanged: int = 0
    unknown: int = 0
    failed: int = 0


OnTold: TypeAlias = Callable[[str, Told], None]


def tell_nobody(channel: str, told: Told) -> None:
    """Count nothing."""


class FedBack(Unsupported):
    """The channel would be told of stock that it counts itself."""


class ChannelPublisher:
    """Tells one channel, turn by turn; every note is fenced by the lease's token."""

    def __init__(
        self,
        pool: Any,
        channel: PublishedChannel,
        stock: StockFederation,
        clock: Clock,
        on_told: OnTold = tell_nobody,
    ) -> None:
        self._pool = pool
        self.channel = channel
        self._stock = stock
        self._clock = clock
        self._on_told = on_told
        self._is_fed_back = False
        # The process's tail of the log tells who holds it up, so that nobody has to here.
        self._horizon = Horizon(pool, clock, warning_seconds=inf)

    async def turn(self, state: StreamState) -> float:
        """Note what has changed and tell what is due; answer the seconds until the next turn.

        raises: SourceError where the channel is to be left alone, LeaseLost.
        """
        if await self._is_too_early(state):
            return self.channel.poll_seconds
        shelf = await self._shelf()
        await self._note(state, shelf)
        while await self._tell(state, shelf):
            await self._note(state, shelf)
        due_at = await next_due(self._pool, shelf)
        poll = self.channel.poll_seconds
        if due_at is None:
            return poll
        return min(poll, max(0.0, (due_at - self._clock.now()).total_seconds()))

    async def _is_too_early(self, leased: StreamState) -> bool:
        """Answer whether the channel was told nothing yet, and not all stock has been read."""
        state = await load_stream(self._pool, leased.source_id, leased.stream)
        if state.cursor is not None or not self.channel.waits_for:
            return False
        return await has_unread(self._pool, "stock", self.channel.waits_for)

    async def _shelf(self) -> Shelf:
        """Answer where and of what the channel is told; raises FedBack."""
        channel = self.channel
        group_id = await find_group(self._pool, channel.group)
        shelf = Shelf(channel.source.id, channel.location, group_id)
        own = await load_fed_back(self._pool, shelf)
        if own:
            self._refuse(own)
        self._is_fed_back = False
        return shelf

    def _refuse(self, own: Sequence[str]) -> NoReturn:
        """Say once that the channel counts stock itself that it would be told; raises FedBack."""
        channel = self.channel
        why = (
            f"{channel.source.id} itself counts the stock of {', '.join(own)}: leave it out of "
            f"the group that channel {channel.code} sells, or leave stock out of its streams"
        )
        if not self._is_fed_back:
            log.error("channel.fed_back", channel=channel.code, why=why)
        self._is_fed_back = True
        raise FedBack(why)

    async def _note(self, leased: StreamState, shelf: Shelf) -> None:
        """Let wait what has changed up to the final mark, page by page."""
        state = await load_stream(self._pool, leased.source_id, leased.stream)
        mark = await self._mark(shelf)
        after = _place_in(state.cursor, mark)
        begun_at = self._clock.now() if after is None or self._is_compare_due(state) else None
        place = 0 if after is None or begun_at is not None else after
        upto = (await load_marks(self._pool)).stock
        if upto > place:
            upto = (await self._horizon.final_marks()).stock
        while place < upto or begun_at is not None:
            now, debounce = self._clock.now(), self.channel.debounce
            async with transaction(self._pool) as connection:
                if begun_at is not None:
                    await note_all(connection, leased, shelf, now, debounce)
                place = await note_changes(
                    connection, leased, shelf, after=place, upto=upto, now=now, debounce=debounce
                )
                await save_place(connection, leased, f"{mark} {place}", begun_at)
            begun_at = None

    async def _mark(self, shelf: Shelf) -> str:
        """Answer a mark of all that the numbers follow from beside stock itself.

        Where it is another than it was, every item is looked at again.
        """
        threshold, places = await load_shelf_marks(self._pool, shelf.group_id)
        told = (shelf.location, self.channel.rules.threshold_units, threshold, *map(str, places))
        return hashlib.sha256(repr(told).encode()).hexdigest()[:16]

    def _is_compare_due(self, state: StreamState) -> bool:
        every, last = self.channel.compare_every, state.walked_at
        return every is not None and (last is None or self._clock.now() - last >= every)

    async def _tell(self, leased: StreamState, shelf: Shelf) -> bool:
        """Tell a lot of what is due; answer whether there was any. Raises SourceError, LeaseLost.

        An item is not certain before its channel is told until what came of it is noted.
        """
        channel, now = self.channel, self._clock.now()
        due = await load_due(self._pool, shelf, now, _lot_of(channel.source))
        if not due:
            return False
        skus = list(dict.fromkeys(each.sku for each in due))
        answers = dict(
            zip(skus, await self._stock.as_known(skus, shelf.group_id, now), strict=True)
        )
        plan = plan_levels(due, answers, shelf.location, channel.rules, now)
        async with transaction(self._pool) as connection:
            await save_outcomes(connection, leased, shelf, (*plan.unchanged, *plan.unknown), now)
            await begin_telling(connection, leased, shelf, [item.item for item, _ in plan.told])
        self._on_told(channel.code, Told(unchanged=len(plan.unchanged), unknown=len(plan.unknown)))
        if plan.told:
            await self._settle(leased, shelf, plan.told)
        return True

    async def _settle(
        self, leased: StreamState, shelf: Shelf, told: Sequence[tuple[ToldItem, StockLevel]]
    ) -> None:
        """Tell levels and note what came of each; raises SourceError where all are to wait."""
        failures = await self._publish([level for _, level in told])
        now = self._clock.now()
        ends = [
            outcome_of(item, level, failure, now)
            for (item, level), failure in zip(told, failures, strict=True)
        ]
        async with transaction(self._pool) as connection:
            await save_outcomes(connection, leased, shelf, [e for e in ends if e is not None], now)
        taken = failures.count(None)
        self._on_told(self.channel.code, Told(told=taken, failed=len(failures) - taken))
        self._say([each for each in ends if each is not None and each.failure is not None])
        for failure in failures:
            if failure is not None and concerns_all(failure):
                raise failure

    async def _publish(self, levels: Sequence[StockLevel]) -> "list[SourceError | None]":
        """Answer, per level, why the channel was not told."""
        sink = self.channel.source.stock_sink
        if sink is None:
            return [Unsupported("it takes no stock")] * len(levels)

        async def tell(deadline: Deadline) -> "list[SourceError | None]":
            failures = await sink.publish_stock(levels, deadline=deadline)
            if all(isinstance(each, Transient | CredentialError) for each in failures):
                raise _worst(failures)
            return failures

        try:
            return await self.channel.source.call(tell)
        except SourceError as error:
            return [error] * len(levels)

    def _say(self, failed: Sequence[ItemOutcome]) -> None:
        for each in failed:
            if each.due_at is None:
                log.warning(
                    "channel.refused", channel=self.channel.code, item=each.item, why=each.failure
                )


def _place_in(cursor: str | None, mark: str) -> int | None:
    """Answer how far changes were noted, None where all are to be looked at again."""
    noted, _, place = (cursor or "").partition(" ")
    return int(place) if noted == mark and place.isdigit() else None


def _worst(failures: "Sequence[SourceError | None]") -> SourceError:
    """Answer the failure that says most of what is to be done next."""
    known = [each for each in failures if each is not None]
    return next((each for each in known if concerns_all(each)), known[0])


def _lot_of(source: ConnectedSource) -> int:
    """Answer how many levels are told in one step: what half the time-out has room for."""
    sink, limits = source.manifest.sinks["stock"], source.manifest.limits
    at_once = max(sink.batch_size * limits.concurrency, sink.find_batch_size or 1)
    requests = max(1, int(limits.requests_per_second * source.rules.timeout_seconds / 2))
    return max(1, min(at_once, requests * sink.batch_size, MOST_LEVELS))
