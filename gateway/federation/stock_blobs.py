"""What the cache keeps: the stock of a SKU in a group, and the answers that it has given."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from gateway.federation.composing import Judged, SkuStock, StockView, judge
from gateway.projection.positions import AuthorityCoverage, Dating, Position, SellingGroup

# Callers choose how old an answer may be; the configuration has two such ages.
MOST_AGES = 4
# What Python takes for them, measured with as many answers as two ages give.
BLOB_BYTES, POSITION_BYTES = 1_700, 700


@dataclass(frozen=True, slots=True)
class Standing:
    """What blobs of a group are judged by, as it was at one moment; `key` is theirs in the cache.

    Of every row that changed before that moment, the cache has what it changed to, or nothing.
    """

    key: str
    group: SellingGroup
    dating: Mapping[str, Dating]


class StockBlob:
    """The stock of a SKU in a group; it is dated by a standing only while the cache keeps it."""

    __slots__ = ("_judged", "_standing", "stock")

    def __init__(self, stock: SkuStock) -> None:
        self.stock = stock
        self._standing: Standing | None = None
        self._judged: dict[timedelta, Judged] = {}

    @property
    def size(self) -> int:
        """About how many bytes it takes, with its answers."""
        return BLOB_BYTES + POSITION_BYTES * len(self.stock.positions)

    def stand(self, on: Standing) -> None:
        """Date the rows by the watermarks of a standing; answers hold where none of them moves."""
        if self._standing is on:
            return
        self._standing = on
        dated = dated_by(self.stock, on)
        if dated is not self.stock:
            self.stock = dated
            self._judged.clear()

    def judged(self, view: StockView) -> Judged:
        """Answer the same as `judge`, and the same object as long as it holds."""
        age = view.policy.max_age
        known = self._judged.get(age)
        if known is not None and known.holds(view.now):
            return known
        if known is None and len(self._judged) == MOST_AGES:
            self._judged.clear()
        known = self._judged[age] = judge(self.stock, view)
        return known


def dated_by(stock: SkuStock, standing: Standing) -> SkuStock:
    """Answer the stock as of the watermarks, where these are later; itself where none is: pure."""
    dating = standing.dating
    positions = tuple([_dated(each, dating.get(each.source_id)) for each in stock.positions])
    covered = tuple(map(_covered, stock.coverage, standing.group.coverage))
    if covered == stock.coverage and all(map(_is, positions, stock.positions)):
        return stock
    return replace(stock, positions=positions, coverage=covered)


def _dated(at: Position, by: Dating | None) -> Position:
    if by is None or at.is_quarantined or at.observed_at < by.covered_since:
        return at
    return at if by.watermark <= at.as_of else msgspec.structs.replace(at, as_of=by.watermark)


def _covered(known: AuthorityCoverage, by: AuthorityCoverage) -> AuthorityCoverage:
    """Answer the later of two coverages of the same locations."""
    return by if _later(by.walked_as_of, known.walked_as_of) else known


def _later(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and (other is None or one > other)


def _is(one: object, other: object) -> bool:
    return one is other
