"""How old orders are, one age for each source that takes part: pure."""

from collections.abc import Sequence
from datetime import datetime

from gateway.federation.answers import Dated, OrderAnswer, OrderPart
from gateway.federation.freshness import OnStale, Policy, ServedFrom, is_stale


def ages_of(answer: OrderAnswer, every: Sequence[OrderPart], now: datetime) -> list[Dated]:
    """Answer the ages of an order with these parts."""
    held = Policy(answer.max_age, OnStale.SERVE)
    by_source: dict[str, list[OrderPart]] = {}
    for part in every:
        by_source.setdefault(part.source_id, []).append(part)
    return [_age(answer, source_id, some, held, now) for source_id, some in by_source.items()]


def _age(
    answer: OrderAnswer, source_id: str, some: Sequence[OrderPart], held: Policy, now: datetime
) -> Dated:
    """Answer the age of a source's oldest part; unknown when any of them is."""
    as_of = some[0].as_of
    was_read, stale = True, False
    for part in some:
        if as_of is not None and (part.as_of is None or part.as_of < as_of):
            as_of = part.as_of
        if (source_id, part.stream) not in answer.just_read:
            was_read = False
            stale = stale or is_stale(part.as_of, now, held)
    served = ServedFrom.SOURCE if was_read and as_of is not None else _served(as_of)
    return Dated(as_of, source_id, served, stale)


def _served(as_of: datetime | None) -> ServedFrom | None:
    return None if as_of is None else ServedFrom.PROJECTION
