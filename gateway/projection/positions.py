"""Groups that sell, what dates their positions, and how both are read from Postgres' bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from asyncpg.pgproto import pgproto

PLACE_BYTES = 16


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

    `places` are the members by their packed ids: the rank of each by its code, and its id. `order`
    and `ids` are the packed ids and the ids of all in that order. `written` is another whenever
    anything is said of one of them.
    """

    group: SellingGroup
    sources: tuple[str, ...]
    dating: Mapping[str, Dating]
    places: Mapping[bytes, tuple[int, UUID]]
    order: tuple[bytes, ...]
    ids: tuple[UUID, ...]
    written: str


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
    order = tuple([members[at : at + PLACE_BYTES] for at in range(0, len(members), PLACE_BYTES)])
    # The driver's ids are found in dictionaries four times as fast as Python's own.
    ids = tuple(map(pgproto.UUID, order))
    return GroupRead(
        SellingGroup(head.id, head.threshold, head.shape, coverage),
        sources,
        datings_of(sources, _utc(head.covered_since or ()), _utc(head.watermarks or ())),
        dict(zip(order, enumerate(ids), strict=True)),
        order,
        ids,
        head.written or "",
    )


def _utc(moments: Sequence[datetime | None]) -> list[datetime | None]:
    return [None if each is None else each.astimezone(UTC) for each in moments]
