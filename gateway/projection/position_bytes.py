"""How positions are read from the bytes that Postgres sends: those of many SKUs at once."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate, chain, repeat
from operator import sub
from struct import Struct as Packed
from typing import Any
from uuid import UUID

import msgspec
import orjson

from gateway.projection.position_columns import NO_POSITIONS, Age, Positions, PositionTable
from gateway.projection.positions import GroupRead
from gateway.projection.unread import UnreadStock, undated

# Place, source, on hand, committed, safety stock, held, allocated, observed at.
RECORD = Packed(">16sh5iq")
# What stands for a quantity that nobody has told.
NOTHING = -(2**31)
POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class SkuTold(msgspec.Struct, frozen=True):
    """What Postgres tells of a SKU in a group: its positions, packed, in no order.

    `to_come` is JSON, by location, where anything is to come.
    """

    positions: bytes | None
    to_come: str | None
    unread: tuple[UnreadStock, ...] = ()

    @property
    def count(self) -> int:
        """How many positions there are."""
        return 0 if self.positions is None else len(self.positions) // RECORD.size

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return len(self.positions or b"") + len(self.to_come or "")


class SkuRead(msgspec.Struct, frozen=True):
    """The positions of a SKU in the order of their locations' codes, and what cannot be read."""

    positions: Positions
    unread: tuple[UnreadStock, ...]


def read_sku(by: GroupRead, told: SkuTold) -> SkuRead:
    """Read what was told of a SKU."""
    return read_skus(by, [told])[0]


def read_skus(by: GroupRead, told: Sequence[SkuTold]) -> list[SkuRead]:
    """Read what was told of SKUs: all of their positions at once, each column by itself."""
    ends = [*accumulate([each.count for each in told])]
    if not ends or not ends[-1]:
        return [SkuRead(NO_POSITIONS, each.unread) for each in told]
    table = _table(by, told, ends)
    starts = [0, *ends[:-1]]
    return [
        _of_sku(each, table.of(start, end))
        for each, start, end in zip(told, starts, ends, strict=True)
    ]


def _of_sku(told: SkuTold, positions: Positions) -> SkuRead:
    if told.unread:
        positions = Positions.of(undated(each, told.unread) for each in positions)
    return SkuRead(positions, told.unread)


def _table(by: GroupRead, told: Sequence[SkuTold], ends: Sequence[int]) -> PositionTable:
    packed = [each.positions for each in told if each.positions is not None]
    places, *columns = zip(*RECORD.iter_unpack(b"".join(packed)), strict=True)
    # No SKU has a location twice: as many as these are told of all of them.
    if places == by.order * len(packed):
        ids: Sequence[UUID] = by.ids * len(packed)
    else:
        ids, columns = _ranked(by, places, columns, ends)
    sources, on_hand, committed, safety_stock, held, allocated, observed = columns
    incoming, next_on = _to_come(ids, told, ends)
    return PositionTable(
        ids, _known(on_hand), _known(committed), _known(safety_stock), held, allocated,
        incoming, next_on, _ages(by, sources, observed),
    )  # fmt: skip


def _ranked(
    by: GroupRead, places: Sequence[bytes], columns: list[Any], ends: Sequence[int]
) -> tuple[Sequence[UUID], list[Any]]:
    """Answer ids and columns in the order of the locations' codes, SKU by SKU."""
    found = [by.places[each] for each in places]
    ids = tuple([place for _, place in found])
    counts = map(sub, ends, [0, *ends[:-1]])
    skus = chain.from_iterable(repeat(number, count) for number, count in enumerate(counts))
    ranks = [(sku, rank) for sku, (rank, _) in zip(skus, found, strict=True)]
    order = sorted(range(len(ranks)), key=ranks.__getitem__)
    if order == list(range(len(ranks))):
        return ids, columns
    ids, *columns = [tuple([each[at] for at in order]) for each in (ids, *columns)]
    return ids, columns


def _known(told: Sequence[int]) -> Sequence[int | None]:
    """Answer quantities as they are known."""
    unknown = told.count(NOTHING)
    if unknown == len(told):
        return (None,) * unknown
    return tuple([None if each == NOTHING else each for each in told]) if unknown else told


def _ages(by: GroupRead, sources: Sequence[int], observed: Sequence[int]) -> Sequence[Age]:
    """Answer the age of each: those that are as old by the same source have one."""
    if len(set(observed)) == len(set(sources)) == 1:
        return (_age(by, sources[0], observed[0]),) * len(observed)
    told = [*zip(sources, observed, strict=True)]
    ages = {each: _age(by, *each) for each in set(told)}
    return tuple([ages[each] for each in told])


def _age(by: GroupRead, source: int, observed: int) -> Age:
    """Answer when rows of a source were observed, and as of when they are true."""
    source_id = by.sources[source - 1]
    observed_at = POSTGRES_EPOCH + timedelta(microseconds=observed)
    dating = by.dating.get(source_id)
    if dating is None or observed_at < dating.covered_since:
        return Age(source_id, observed_at, False, observed_at)
    return Age(source_id, observed_at, False, max(observed_at, dating.watermark))


def _to_come(
    ids: Sequence[UUID], told: Sequence[SkuTold], ends: Sequence[int]
) -> tuple[Sequence[int], Sequence[date | None]]:
    """Answer how much is to come to each location, and the first day of it."""
    if all(each.to_come is None for each in told):
        return (0,) * len(ids), (None,) * len(ids)
    found: list[tuple[int, date | None]] = []
    for each, end in zip(told, ends, strict=True):
        coming = {} if each.to_come is None else orjson.loads(each.to_come)
        found += [_coming(coming.get(str(place), ())) for place in ids[len(found) : end]]
    return tuple([units for units, _ in found]), tuple([day for _, day in found])


def _coming(told: Sequence[Mapping[str, Any]]) -> tuple[int, date | None]:
    """Answer how much is to come, and the first day of it."""
    days = [
        date.fromisoformat(each["expected_on"])
        for each in told
        if each["expected_on"] is not None and each["quantity"] > 0
    ]
    return sum(each["quantity"] for each in told), min(days, default=None)
