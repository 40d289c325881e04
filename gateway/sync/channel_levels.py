"""What a channel is to be told of its items, and how it stands with each afterwards: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.connect.errors import CredentialError, SourceError, Throttled, Transient
from gateway.connect.records import StockLevel
from gateway.federation.answers import AvailabilityAnswer
from gateway.federation.errors import CircuitOpen
from gateway.model.stock import AvailabilityStatus, PositionRef
from gateway.projection.channel_stock import ItemOutcome, ToldItem

LONGEST_BACKOFF = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class ChannelRules:
    """What the channel is not to sell, and after how long it is told 0 of what is unknown."""

    threshold_units: int = 0
    zero_after_unknown: timedelta | None = None


@dataclass(frozen=True, slots=True)
class ChannelPlan:
    """What is to be told, each with its item, and how it stands with what is not."""

    told: tuple[tuple[ToldItem, StockLevel], ...]
    unchanged: tuple[ItemOutcome, ...]
    unknown: tuple[ItemOutcome, ...]


def plan_levels(
    due: Sequence[ToldItem],
    answers: Mapping[str, AvailabilityAnswer],
    location: str,
    rules: ChannelRules,
    now: datetime,
) -> ChannelPlan:
    """Answer what to tell of the items: only what differs from what the channel was told last.

    Of what is unknown it is told nothing, or 0 once it has been unknown for as long as the rules
    say.
    """
    told: list[tuple[ToldItem, StockLevel]] = []
    unchanged: list[ItemOutcome] = []
    unknown: list[ItemOutcome] = []
    for item in due:
        answer = answers[item.sku]
        quantity = sellable_units(answer, item.units_per, rules)
        since = None if quantity is not None else item.unknown_since or now
        if since is not None and _is_long_unknown(since, rules, now):
            quantity = 0
        if quantity is None:
            unknown.append(
                ItemOutcome(item.item, due_at=_zero_at(since, rules), unknown_since=since)
            )
        elif quantity == item.quantity:
            unchanged.append(ItemOutcome(item.item, unknown_since=since))
        else:
            level = StockLevel(
                PositionRef(item.item, location), quantity, answer.dated.as_of or now
            )
            told.append((replace(item, unknown_since=since), level))
    return ChannelPlan(tuple(told), tuple(unchanged), tuple(unknown))


def sellable_units(answer: AvailabilityAnswer, units_per: int, rules: ChannelRules) -> int | None:
    """Answer how many whole units of the channel's item may be sold; None where it is unknown."""
    if answer.available_to_sell is None or answer.status is AvailabilityStatus.UNKNOWN:
        return None
    return max(0, answer.available_to_sell - rules.threshold_units) // units_per


def outcome_of(
    item: ToldItem, level: StockLevel, failure: SourceError | None, now: datetime
) -> ItemOutcome | None:
    """Answer how it stands with an item that was told; None where the whole channel has to wait.

    What may go well later is tried again, later each time; what the channel refuses is set aside
    until it changes.
    """
    if failure is None:
        return ItemOutcome(item.item, level.quantity, level.as_of, unknown_since=item.unknown_since)
    if concerns_all(failure):
        return None
    why = f"{failure.code}: {failure}"
    if not isinstance(failure, Transient):
        return ItemOutcome(item.item, failure=why, unknown_since=item.unknown_since)
    attempts = item.attempts + 1
    due_at = now + backoff(attempts)
    return ItemOutcome(item.item, None, None, due_at, attempts, why, item.unknown_since)


def concerns_all(failure: SourceError) -> bool:
    """Answer whether the channel as a whole is to be left alone."""
    return isinstance(failure, Throttled | CredentialError | CircuitOpen)


def backoff(attempts: int) -> timedelta:
    """Answer how long an item waits that has failed so often in a row."""
    return min(timedelta(seconds=2.0 ** min(attempts, 20)), LONGEST_BACKOFF)


def _is_long_unknown(since: datetime, rules: ChannelRules, now: datetime) -> bool:
    return rules.zero_after_unknown is not None and now - since >= rules.zero_after_unknown


def _zero_at(since: datetime | None, rules: ChannelRules) -> datetime | None:
    if since is None or rules.zero_after_unknown is None:
        return None
    return since + rules.zero_after_unknown
