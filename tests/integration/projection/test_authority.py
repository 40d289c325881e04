"""A location whose stock another source tells of is unknown until that one was walked again."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

import pytest

from gateway.model.location import LocationKind, LocationRecord
from gateway.projection.availability import load_stock
from gateway.projection.database import transaction
from gateway.projection.locations import apply_locations
from gateway.projection.runs import load_asked
from gateway.projection.stock import apply_stock, clear_unlisted
from gateway.projection.streams import LeaseLost, complete_walk, load_stream, take_lease

from .rows import later, place, projection
from .test_stock_rows import facts


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Any]:
    """The warehouse has told of both locations; the shop has told, and was not believed."""
    async with projection(database, ["dc-1", "dc-2"]) as pool:
        await _say(pool, "shop", ["wms", "shop"], ["dc-1", "dc-2"])
        for source in ("wms", "shop"):
            async with transaction(pool) as connection:
                await apply_stock(connection, source, [facts(await place(pool), 5, 1)])
                state = await load_stream(connection, source, "stock")
                await complete_walk(connection, state, started_at=later(1), is_gapless=True)
        yield pool


async def _say(
    pool: Any, source: str, authorities: Sequence[str], codes: Sequence[str], seconds: float = 2
) -> None:
    """Let a source have told of its first location, its second, and so on."""
    records = [
        LocationRecord(f"{source[0]}-{n + 1}", code, code, LocationKind.STORE, later(seconds))
        for n, code in enumerate(codes)
    ]
    async with transaction(pool) as connection:
        await apply_locations(
            connection, source, records, authorities=authorities, now=later(seconds)
        )


async def _known(pool: Any) -> tuple[list[tuple[str, int | None]], list[tuple[str | None, Any]]]:
    """Answer what is known at each location by whom, and as of when each source lists no more."""
    read = await load_stock(pool, ["SKU-1"], None)
    assert read is not None
    walks = [(each.source_id, each.walked_as_of) for each in read.group.coverage]
    return [(each.source_id, each.on_hand) for each in read.skus["SKU-1"].positions], walks


async def _walk(pool: Any, source: str, at: datetime) -> None:
    async with transaction(pool) as connection:
        state = await load_stream(connection, source, "stock")
        await complete_walk(connection, state, started_at=at, is_gapless=True)
        await clear_unlisted(connection, source, at)


async def test_what_the_former_owner_said_counts_no_more(pool: Any) -> None:
    assert await _known(pool) == ([("wms", 5)], [("wms", later(1))])
    await _say(pool, "shop", ["shop", "wms"], ["dc-1", "dc-2"])
    assert await _known(pool) == ([("shop", None)], [("shop", None)])
    assert await load_asked(pool, "shop", "stock") == {"WALK"}
    await _walk(pool, "shop", later(3))
    assert await _known(pool) == ([("shop", 0)], [("shop", later(3))])


async def test_who_is_given_back_a_location_is_walked_again_too(pool: Any) -> None:
    await _say(pool, "shop", ["shop", "wms"], ["dc-1", "dc-2"])
    async with transaction(pool) as connection:
        await apply_stock(connection, "shop", [facts(await place(pool), 9, 3)])
        await apply_stock(connection, "wms", [facts(await place(pool, "dc-2"), 4, 3)])
    assert (await _known(pool))[0] == [("shop", 9)]
    await _say(pool, "shop", ["wms", "shop"], ["dc-1", "dc-2"], seconds=4)
    assert await _known(pool) == ([("wms", None)], [("wms", None)])
    assert await load_asked(pool, "wms", "stock") == {"WALK"}


async def test_a_walk_under_way_is_begun_anew(pool: Any) -> None:
    state = await take_lease(pool, "shop", "stock", "me", 30)
    assert state is not None
    await _say(pool, "shop", ["shop", "wms"], ["dc-1", "dc-2"])
    with pytest.raises(LeaseLost):
        await complete_walk(pool, state, started_at=later(1), is_gapless=True)
    assert (await load_stream(pool, "shop", "stock")).walked_at is None


async def test_a_location_that_its_source_calls_by_anothers_name_is_read_anew(pool: Any) -> None:
    await _say(pool, "wms", ["wms", "shop"], ["dc-2", "dc-1"])
    assert await _known(pool) == ([("wms", None)], [("wms", None)])
    assert await load_asked(pool, "wms", "stock") == {"WALK"}


async def test_nothing_is_read_anew_while_nothing_changes(pool: Any) -> None:
    before = await _known(pool)
    await _say(pool, "wms", ["wms", "shop"], ["dc-1", "dc-2", "dc-3"], seconds=5)
    assert await _known(pool) == before
    assert await load_asked(pool, "wms", "stock") == set()
