"""What the cache keeps: the stock of a SKU in a group, and the answers that it has given."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import is_

import msgspec

from gateway.federation.composing import Judged, Judging
from gateway.federation.stock_ages import SkuStock, StockView
from gateway.projection.position_columns import Age
from gateway.projection.positions import AuthorityCoverage, Dating, SellingGroup

# Callers choose how old an answer may be; the configuration has two such ages.
MOST_AGES = 4
# What Python takes for them, measured with as many answers as two ages give.
BLOB_BYTES, POSITION_BYTES = 3_400, 350


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

    def keep_apart(self) -> None:
        """Let go what was read together with it: it is kept by itself."""
        positions = self.stock.positions.apart()
        if positions is not self.stock.positions:
            self.stock = msgspec.structs.replace(self.stock, positions=positions)

    def judged(self, view: StockView, judging: Judging | None = None) -> Judged:
        """Answer the same as `judge`, and the same object as long as it holds.

        What else is judged by the same view may be judged by the same `judging`.
        """
        age = view.policy.max_age
        known = self._judged.get(age)
        if known is not None and known.holds(view.now):
            return known
        if known is None and len(self._judged) == MOST_AGES:
            self._judged.clear()
        known = self._judged[age] = (judging or Judging(view)).judge(self.stock)
        return known


def dated_by(stock: SkuStock, standing: Standing) -> SkuStock:
    """Answer the stock as of the watermarks, where these are later; itself where none is: pure."""
    dating = standing.dating
    ages = [_dated(each, dating.get(each.source_id)) for each in stock.positions.ages]
    is_same = all(map(is_, ages, stock.positions.ages))
    positions = stock.positions if is_same else stock.positions.aged(ages)
    covered = tuple(map(_covered, stock.coverage, standing.group.coverage))
    if is_same and covered == stock.coverage:
        return stock
    return msgspec.structs.replace(stock, positions=positions, coverage=covered)


def _dated(at: Age, by: Dating | None) -> Age:
    if by is None or at.is_quarantined or at.observed_at < by.covered_since:
        return at
    return at if by.watermark <= at.as_of else msgspec.structs.replace(at, as_of=by.watermark)


def _covered(known: AuthorityCoverage, by: AuthorityCoverage) -> AuthorityCoverage:
    """Answer the later of two coverages of the same locations."""
    return by if _later(by.walked_as_of, known.walked_as_of) else known


def _later(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and (other is None or one > other)
