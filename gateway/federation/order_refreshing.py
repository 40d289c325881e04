"""Reads orders' parts again where they are older than asked: many orders at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from gateway.connect.deadline import Deadline
from gateway.federation.allowance import Allowance
from gateway.federation.answers import Dated, OrderPart
from gateway.federation.errors import AnswerTooOld
from gateway.federation.fanout import all_told
from gateway.federation.freshness import Action, OnStale, Policy, ServedFrom, decide, is_stale
from gateway.federation.order_again import Again, Stream
from gateway.federation.refreshing import AskedRecords, Refresher, Told
from gateway.projection.orders.confirming import Confirmation

Outcomes: TypeAlias = "Mapping[Stream, Mapping[str, Told | Exception | None]]"
Ahead: TypeAlias = Mapping[Stream, AskedRecords]
NOBODY_ASKED: Ahead = {}


class OrderUnavailable(Exception):
    """The order could not be had fresh enough; `reason` says why, `dated` how old it is."""

    def __init__(self, reason: Exception, dated: Dated) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.dated = dated


@dataclass(frozen=True, slots=True)
class Rereading:
    """How old parts may be, as of when, and within which bounds sources are asked."""

    held: Policy
    now: datetime
    deadline: Deadline
    allowance: Allowance


# What is left to do once the sources have answered, in reads of the orders: the same read again,
# and what the answer selects of them.
READS_AFTER = 3
MOST_KEPT = 0.1


# What was read again of an order, or why it is not to be served.
Reread: TypeAlias = Again | OrderUnavailable


def reserve_of(read_seconds: float, left_seconds: float) -> float:
    """Answer the seconds to keep back from the sources, as the first read of the orders tells."""
    return min(READS_AFTER * read_seconds, MOST_KEPT * left_seconds)


class Rereads:
    """What is too old of orders' parts, and is to be read again: once per source and stream."""

    def __init__(self, orders: Sequence[Sequence[OrderPart]], asked: Rereading) -> None:
        self._asked = asked
        stale = [
            [each for each in parts if is_stale(each.as_of, asked.now, asked.held)]
            for parts in orders
        ]
        self._refusals = [_refusal(parts, asked) for parts in stale]
        self._wanted = [
            [] if refusal else [part for part in parts if part.refs]
            for refusal, parts in zip(self._refusals, stale, strict=True)
        ]

    @property
    def are_waited_for(self) -> bool:
        """Whether a source is asked, and waited for."""
        return self._asked.held.on_stale is not OnStale.SERVE and any(self._wanted)

    async def read(self, refresher: Refresher, ahead: Ahead = NOBODY_ASKED) -> list[Reread]:
        """Answer what became of each order, in their order; `ahead` was asked for already.

        Where callers are served meanwhile, reads begin and none is waited for.
        """
        asked = [(of, some) for of, some in ahead.items()]
        for of, refs in _refs_of(part for parts in self._wanted for part in parts).items():
            left = [ref for ref in refs if of not in ahead or ref not in ahead[of].refs]
            if left:
                asked.append((of, refresher.ask_records(*of, left, self._asked.allowance)))
        outcomes: dict[Stream, dict[str, Told | Exception | None]] = {}
        if self._asked.held.on_stale is not OnStale.SERVE:
            await all_told([each.asked for _, each in asked], self._asked.deadline)
            for of, each in asked:
                outcomes.setdefault(of, {}).update(each.outcomes)
        return [
            refusal or _result(parts, outcomes, self._asked.held)
            for refusal, parts in zip(self._refusals, self._wanted, strict=True)
        ]


def ask_ahead(refresher: Refresher, known: Iterable[OrderPart], allowance: Allowance) -> Ahead:
    """Ask for parts before it is known whether they are still what is to be asked for."""
    return {
        of: refresher.ask_records(*of, list(refs), allowance)
        for of, refs in _refs_of(known).items()
    }


def _refs_of(parts: Iterable[OrderPart]) -> dict[Stream, dict[str, None]]:
    refs: dict[Stream, dict[str, None]] = {}
    for part in parts:
        refs.setdefault((part.source_id, part.stream), {}).update(dict.fromkeys(part.refs))
    return refs


def _refusal(stale: Sequence[OrderPart], asked: Rereading) -> OrderUnavailable | None:
    """Answer why an order is refused without asking anybody, None where it is not."""
    for part in stale:
        action = decide(part.as_of, asked.now, asked.held, can_refresh=bool(part.refs))
        if action is Action.FAIL:
            served = None if part.as_of is None else ServedFrom.PROJECTION
            dated = Dated(part.as_of, part.source_id, served, is_stale=True)
            return OrderUnavailable(AnswerTooOld("the order is older than allowed"), dated)
    return None


def _result(parts: Sequence[OrderPart], outcomes: Outcomes, held: Policy) -> Reread:
    was_read: list[Stream] = []
    again: dict[Stream, tuple[Confirmation, ...]] = {}
    for part in parts:
        of = (part.source_id, part.stream)
        found = outcomes.get(of)
        if found is None:
            continue
        told = [found[ref] for ref in part.refs]
        unread = [each for each in told if each is not True and not isinstance(each, tuple)]
        if not unread:
            was_read.append(of)
            records = [one for each in told if isinstance(each, tuple) for one in each]
            if len(records) == part.known and True not in told:
                again[of] = tuple(records)
        elif held.on_stale is OnStale.REFRESH_OR_FAIL:
            failure = unread[0]
            reason = failure if isinstance(failure, Exception) else AnswerTooOld("not found")
            return OrderUnavailable(reason, Dated(None, part.source_id, None, is_stale=True))
    return Again(frozenset(was_read), again)
