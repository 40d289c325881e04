"""Files of maps and coordinates: read, or every bad line told."""

from pathlib import Path

import pytest

from gateway.bootstrap import StartFailed
from gateway.bootstrap.preparing import read_coordinates, read_item_map
from gateway.projection.items import ItemLink


def test_an_item_map_is_read(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text("external_id,sku,units_per\n007,SKU-7,12\nx,SKU-8,\n", "utf-8")
    assert read_item_map(path) == {"007": ItemLink("SKU-7", 12), "x": ItemLink("SKU-8", 1)}
    assert read_item_map(None) == {}


def test_every_bad_line_of_an_item_map_is_told(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text("external_id,sku,units_per\na,,1\nb,S,0\nc,S,2\n", "utf-8")
    with pytest.raises(StartFailed) as told:
        read_item_map(path)
    assert [fault.split(", ")[1].split(":")[0] for fault in told.value.faults] == [
        "line 2", "line 3",
    ]  # fmt: skip


def test_coordinates_are_read_and_a_wrong_head_is_told(tmp_path: Path) -> None:
    path = tmp_path / "places.csv"
    path.write_text("code,latitude,longitude\ndc-1,-8.05,-34.9\n", "utf-8")
    assert read_coordinates(path) == {"dc-1": (-8.05, -34.9)}
    path.write_text("code,lat\n", "utf-8")
    with pytest.raises(StartFailed, match="code,latitude,longitude"):
        read_coordinates(path)
