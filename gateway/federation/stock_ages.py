"""What of a SKU's stock is too old, and where nothing is listed: pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from gateway.federation.answers import Dated
from gateway.federation.freshness import Policy, ServedFrom, is_stale
from gateway.projection.position_columns import Positions
from gateway.projection.positions import AuthorityCoverage
from gateway.projection.unread import UnreadStock


class SkuStock(msgspec.Struct, frozen=True):
    """What is known of a SKU that exists at a group's locations, and who covers these."""

    sku: str
    group_id: UUID
    threshold: int
    positions: Positions
    coverage: tuple[AuthorityCoverage, ...]
    unread: tuple[UnreadStock, ...] = ()


class StockView(msgspec.Struct, frozen=True):
    """How what is known is judged; `just_read` are positions read for this very answer."""

    now: datetime
    policy: Policy
    low_at_most: int
    just_read: frozenset[tuple[str, UUID]] = frozenset()


def stale_keys(stock: SkuStock, view: StockView) -> list[tuple[str, UUID, str]]:
    """Answer (sku, location, source) of positions older than allowed and not just read."""
    at = stock.positions
    stale = {each for each in at.ages if is_stale(each.as_of, view.now, view.policy)}
    if not stale:
        return []
    return [
        (stock.sku, location_id, age.source_id)
        for location_id, age in zip(at.column("location_id"), at.column("age"), strict=True)
        if age in stale and (stock.sku, location_id) not in view.just_read
    ]


def stale_authorities(stock: SkuStock, view: StockView) -> set[str]:
    """Answer the authorities whose unlisted positions of this SKU are older than allowed."""
    return stale_sources(unlisted_of(stock), view)


def stale_sources(missing: Sequence[AuthorityCoverage], view: StockView) -> set[str]:
    """Answer whose unlisted positions are older than allowed."""
    return {
        each.source_id
        for each in missing
        if each.source_id is not None and is_stale(each.walked_as_of, view.now, view.policy)
    }


def unlisted_of(stock: SkuStock) -> list[AuthorityCoverage]:
    """Answer who has locations where the SKU is not listed, how many, and as of when it is 0 there.

    Apart come those locations of which there is a record that could not be read: it is unknown.
    """
    listed = _listed(stock.positions)
    found: list[AuthorityCoverage] = []
    for each in stock.coverage:
        gap = each.locations - listed.get(each.source_id, 0)
        if gap > 0:
            unread = _unread_in(stock, each.source_id, gap) if stock.unread else 0
            if unread:
                found.append(AuthorityCoverage(each.source_id, unread, None))
            if unread < gap:
                found.append(each)
    return found


def _listed(positions: Positions) -> Mapping[str | None, int]:
    """Answer how many positions are listed, by their source."""
    if len(positions.ages) == 1:
        return {positions.ages[0].source_id: len(positions)}
    return Counter([each.source_id for each in positions.column("age")])


def _unread_in(stock: SkuStock, source_id: str | None, gap: int) -> int:
    """Answer at how many of so many locations without a row something is that cannot be read."""
    places = {each.location_id for each in stock.unread if each.source_id == source_id}
    if None in places:
        return gap
    return len(places.difference(stock.positions.column("location_id")))


def dated_unlisted(by: AuthorityCoverage, view: StockView) -> Dated:
    """Answer how old it is that a SKU is not listed at an authority's locations."""
    return Dated(
        by.walked_as_of,
        by.source_id,
        None if by.walked_as_of is None else ServedFrom.PROJECTION,
        is_stale(by.walked_as_of, view.now, view.policy),
    )
