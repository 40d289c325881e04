"""Order updates that nobody misses: a minute of reconnects, deploys and a dead worker."""

from pathlib import Path

from .endurance import endure

SECONDS = 60.0


async def test_no_reader_loses_an_event_whatever_dies(database: str, tmp_path: Path) -> None:
    found = await endure(database, tmp_path, SECONDS)
    assert found.faults() == []
    assert (found.restarts, found.kills) == (2, 1)
    assert len(found.events) > 100
    assert all(len(each.connections) > 5 for each in found.readers.values())
