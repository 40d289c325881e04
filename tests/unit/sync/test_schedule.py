"""What a stream needs next."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gateway.projection.streams import StreamState
from gateway.sync.schedule import Rhythm, needs_walk, prerequisites

NOW = datetime(2026, 11, 20, tzinfo=UTC)
NEW = StreamState("s", "stock", None, None, None, None, None, None, 0, None, None, 1, "UP", None,
                  None)  # fmt: skip
READ = replace(NEW, backfilled_at=NOW, walked_at=NOW)
DELTA = Rhythm(True, True, 1, 3600)
WALKED = Rhythm(False, True, 1, 3600)


def test_a_new_stream_is_walked_if_its_source_backfills() -> None:
    assert needs_walk(NEW, DELTA, NOW, set()) is True
    assert needs_walk(NEW, replace(DELTA, backfills=False), NOW, set()) is False


def test_a_walk_under_way_goes_on_and_a_person_may_ask_for_one() -> None:
    assert needs_walk(replace(READ, walk_started_at=NOW), DELTA, NOW, set()) is True
    assert needs_walk(READ, DELTA, NOW, {"WALK"}) is True
    assert needs_walk(READ, DELTA, NOW, set()) is False


def test_a_stream_without_a_delta_is_walked_again_in_time() -> None:
    almost, due = NOW + timedelta(seconds=3599), NOW + timedelta(seconds=3600)
    assert [needs_walk(READ, WALKED, at, set()) for at in (almost, due)] == [False, True]


def test_a_delta_begun_anew_asks_for_a_walk() -> None:
    assert needs_walk(replace(READ, backfilled_at=None), DELTA, NOW, set()) is True


def test_what_names_items_and_locations_waits_for_them() -> None:
    streams = {("wms", "locations"), ("wms", "stock"), ("shop", "orders"), ("wms", "fulfillments")}
    creators = ["wms"]
    assert prerequisites("wms", "stock", streams, creators) == [("wms", "locations")]
    assert prerequisites("shop", "orders", streams, creators) == [("wms", "stock")]
    assert prerequisites("wms", "fulfillments", streams, creators) == [
        ("wms", "locations"), ("wms", "stock"),
    ]  # fmt: skip
    assert prerequisites("wms", "locations", streams, creators) == []
