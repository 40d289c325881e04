"""Positions and what dates them, and how they are read from the bytes that Postgres sends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from struct import Struct as Packed
from typing import Any
from uuid import UUID

import msgspec
import orjson
from asyncpg.pgproto import pgproto

from gateway.projection.unread import UnreadStock, undated

# Place, source, on hand, committed, safety stock, held, allocated, observed at.
RECORD = Packed(">16sh5iq")
PLACE_BYTES = 16
# What stands for a quantity that nobody has told.
NOTHING = -(2**31)
POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class Position(msgspec.Struct, frozen=True, gc=False):
    """What is known of a SKU at a location, in whole stock units, and of when it is true.

    `incoming` is the sum of what is to come, `next_on` the first day of it. There may be 40,000 in
    an answer, so it is one of the structs that are made fastest.
    """

    location_id: UUID
    source_id: str
    on_hand: int | None
    committed: int | None
    safety_stock: int | None
    held: int
    allocated: int
    incoming: int
    next_on: date | None
    observed_at: datetime
    is_quarantined: bool
    as_of: datetime


@dataclass(frozen=True, slots=True)
class AuthorityCoverage:
    """How many of a group's locations a source owns, and as of when it lists none means 0."""

    source_id: str | None
    locations: int
    walked_as_of: datetime | None


@dataclass(frozen=True, slots=True)
class SellingGroup:
    """A group as its answers depend on it.

    Two are alike only where `shape` is equal: the threshold, the members with their authorities,
    and the database as it runs (another one may have lost what this one told).
    """

    id: UUID
    threshold: int
    shape: str
    coverage: tuple[AuthorityCoverage, ...]


@dataclass(frozen=True, slots=True)
class Dating:
    """Rows of a source that were observed since then are as of its stock stream's watermark."""

    covered_since: datetime
    watermark: datetime


@dataclass(frozen=True, slots=True)
class GroupRead:
    """A group, and what its positions are read by.

    `places` are the members by their packed ids: the rank of each by its code, and its id.
    `written` is another whenever anything is said of one of them.
    """

    group: SellingGroup
    sources: tuple[str, ...]
    dating: Mapping[str, Dating]
    places: Mapping[bytes, tuple[int, UUID]]
    written: str


@dataclass(frozen=True, slots=True)
class SkuTold:
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


@dataclass(frozen=True, slots=True)
class SkuRead:
    """The positions of a SKU in the order of their locations' codes, and what cannot be read."""

    positions: tuple[Position, ...]
    unread: tuple[UnreadStock, ...]


class _Head(msgspec.Struct, array_like=True):
    """The group as LOAD_STOCK tells it."""

    id: UUID
    threshold: int
    shape: str
    authorities: list[str | None]
    locations: list[int | None]
    walks: list[datetime | None]
    sources: list[str] | None
    covered_since: list[datetime | None] | None
    watermarks: list[datetime | None] | None
    written: str | None


def coverage_of(
    authorities: Sequence[str | None],
    locations: Sequence[int | None],
    walks: Sequence[datetime | None],
) -> tuple[AuthorityCoverage, ...]:
    """Answer who covers a group; one without members has no coverage."""
    told = zip(authorities, locations, walks, strict=True)
    return tuple(
        AuthorityCoverage(source, count, walked)
        for source, count, walked in told
        if count is not None
    )


def datings_of(
    sources: Sequence[str],
    covered_since: Sequence[datetime | None],
    watermarks: Sequence[datetime | None],
) -> dict[str, Dating]:
    """Answer the datings of those of the sources that have one."""
    told = zip(sources, covered_since, watermarks, strict=True)
    return {
        source: Dating(since, watermark)
        for source, since, watermark in told
        if since is not None and watermark is not None
    }


def read_group(told: bytes) -> GroupRead:
    """Read the first row of LOAD_STOCK: JSON, a null byte, and the packed ids of the members."""
    text, _, members = told.partition(b"\x00")
    head = msgspec.json.decode(text, type=_Head)
    sources = tuple(head.sources or ())
    coverage = coverage_of(head.authorities, head.locations, _utc(head.walks))
    packed = [members[at : at + PLACE_BYTES] for at in range(0, len(members), PLACE_BYTES)]
    return GroupRead(
        SellingGroup(head.id, head.threshold, head.shape, coverage),
        sources,
        datings_of(sources, _utc(head.covered_since or ()), _utc(head.watermarks or ())),
        # The driver's ids are found in dictionaries four times as fast as Python's own.
        {place: (rank, pgproto.UUID(place)) for rank, place in enumerate(packed)},
        head.written or "",
    )


def _utc(moments: Sequence[datetime | None]) -> list[datetime | None]:
    return [None if each is None else each.astimezone(UTC) for each in moments]


def read_sku(by: GroupRead, told: SkuTold) -> SkuRead:
    """Read what was told of a SKU."""
    if told.positions is None:
        return SkuRead((), told.unread)
    coming = {} if told.to_come is None else orjson.loads(told.to_come)
    positions = tuple(filter(None, _ranked(by, told.positions, coming)))
    if told.unread:
        positions = tuple([undated(each, told.unread) for each in positions])
    return SkuRead(positions, told.unread)


def _ranked(by: GroupRead, told: bytes, coming: Mapping[str, Any]) -> list[Position | None]:
    """Answer the positions by the rank of their locations; neighbours that are as old share that.

    Each is made in this one loop, since a call for each would take as long as the rest of it.
    """
    sources, places = by.sources, by.places
    found: list[Position | None] = [None] * len(places)
    last, when, source_id = None, (POSTGRES_EPOCH, POSTGRES_EPOCH), ""
    incoming, next_on = 0, None
    for (
        place, source, on_hand, committed, safety_stock, held, allocated, observed
    ) in RECORD.iter_unpack(told):  # fmt: skip
        if (observed, source) != last:
            last, source_id = (observed, source), sources[source - 1]
            when = _moments(observed, by.dating.get(source_id))
        rank, location_id = places[place]
        if coming:
            incoming, next_on = _coming(coming.get(str(location_id), ()))
        found[rank] = Position(
            location_id,
            source_id,
            None if on_hand == NOTHING else on_hand,
            None if committed == NOTHING else committed,
            None if safety_stock == NOTHING else safety_stock,
            held,
            allocated,
            incoming,
            next_on,
            when[0],
            False,
            when[1],
        )
    return found


def _moments(observed: int, dating: Dating | None) -> tuple[datetime, datetime]:
    """Answer when a row was observed, and as of when it is true."""
    observed_at = POSTGRES_EPOCH + timedelta(microseconds=observed)
    if dating is None or observed_at < dating.covered_since:
        return observed_at, observed_at
    return observed_at, max(observed_at, dating.watermark)


def _coming(told: Sequence[Mapping[str, Any]]) -> tuple[int, date | None]:
    """Answer how much is to come, and the first day of it."""
    days = [
        date.fromisoformat(each["expected_on"])
        for each in told
        if each["expected_on"] is not None and each["quantity"] > 0
    ]
    return sum(each["quantity"] for each in told), min(days, default=None)
