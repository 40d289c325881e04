"""Which records are of one customer: a pure function of their keys and of people's decisions.

Links of one reason are made together, the strongest reason first. Two records with different tax
ids never meet, two that a person has parted never do, and a reason that would make a customer of
more than `cap` records makes none there.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from uuid import UUID

from gateway.model.identity import LinkKey, LinkReason

CAP = 20


@dataclass(frozen=True, slots=True)
class Identity:
    """A record, its name at its source, and what it may be linked by."""

    record: UUID
    name: str
    keys: frozenset[LinkKey]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person said of two records: of one customer, or not."""

    first: UUID
    second: UUID
    are_one: bool


@dataclass(frozen=True, slots=True)
class Cluster:
    """One customer: its records, each with why it is here; None for one that is alone."""

    id: UUID
    members: Mapping[UUID, LinkReason | None]


def plan_links(
    identities: Sequence[Identity], decisions: Iterable[Decision], cap: int = CAP
) -> list[Cluster]:
    """Answer the customers that these records are; the same facts in any order, the same answer."""
    known = sorted(identities, key=lambda each: each.name)
    clusters = _Clusters(known, decisions, cap)
    for reason in LinkReason:
        clusters.link(reason, _pairs(known, reason, cap))
    return clusters.found()


def _pairs(
    identities: Sequence[Identity], reason: LinkReason, cap: int
) -> Iterator[tuple[UUID, UUID]]:
    """Answer the pairs that share a value; one that more than `cap` records have proves nothing."""
    holders: dict[str, list[UUID]] = defaultdict(list)
    for each in identities:
        for key in each.keys:
            if key.reason is reason:
                holders[key.value].append(each.record)
    for value in sorted(holders):
        if len(holders[value]) <= cap:
            yield from combinations(holders[value], 2)


class _Clusters:
    """Disjoint sets of records."""

    def __init__(
        self, identities: Sequence[Identity], decisions: Iterable[Decision], cap: int
    ) -> None:
        self._order = [each.record for each in identities]
        self._set = {each.record: {each.record} for each in identities}
        self._reason: dict[UUID, LinkReason] = {}
        self._tax_ids = {
            each.record: {key.value for key in each.keys if key.reason is LinkReason.TAX_ID}
            for each in identities
        }
        told = [each for each in decisions if {each.first, each.second} <= set(self._set)]
        self._joined = sorted({(d.first, d.second) for d in told if d.are_one})
        self._parted = {frozenset((d.first, d.second)) for d in told if not d.are_one}
        self._cap = cap

    def link(self, reason: LinkReason, pairs: Iterable[tuple[UUID, UUID]]) -> None:
        """Join what the pairs say, but for sets that would be too large by them."""
        wanted = self._joined if reason is LinkReason.OPERATOR else list(pairs)
        kept = dict(self._set)
        kept_reasons = dict(self._reason)
        for first, second in wanted:
            self._join(first, second, reason)
        if reason is LinkReason.OPERATOR:
            return
        for members in {id(each): each for each in self._set.values()}.values():
            if len(members) > self._cap:
                for record in members:
                    self._set[record] = kept[record]
                    self._reason.pop(record, None)
                    if record in kept_reasons:
                        self._reason[record] = kept_reasons[record]

    def _join(self, first: UUID, second: UUID, reason: LinkReason) -> None:
        one, other = self._set[first], self._set[second]
        if one is other or not self._may_meet(one, other, reason):
            return
        united = one | other
        self._set.update(dict.fromkeys(united, united))
        for record in (first, second):
            self._reason.setdefault(record, reason)

    def _may_meet(self, one: set[UUID], other: set[UUID], reason: LinkReason) -> bool:
        pairs = ((a, b) for a in one for b in other)
        if any(frozenset(pair) in self._parted for pair in pairs):
            return False
        if reason is LinkReason.OPERATOR:
            return True
        here, there = self._taxed(one), self._taxed(other)
        return not here or not there or bool(here & there)

    def _taxed(self, records: set[UUID]) -> set[str]:
        return {value for record in records for value in self._tax_ids[record]}

    def found(self) -> list[Cluster]:
        """Answer the sets; a customer goes by its oldest record's id."""
        sets = {id(each): each for each in (self._set[record] for record in self._order)}
        return [
            Cluster(
                min(members),
                {r: self._reason.get(r) for r in sorted(members)}
                if len(members) > 1
                else dict.fromkeys(members),
            )
            for members in sets.values()
        ]
