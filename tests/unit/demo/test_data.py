"""The demo's folder: made once, kept as it is, and never taken for what it is not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.bootstrap import StartFailed
from gateway.connect.testing.dataset import read_dataset
from gateway.demo.data import DataFiles, ensure_data
from gateway.demo.systems import SYSTEMS

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def test_a_folder_is_made_once_with_a_seed_for_each_system(tmp_path: Path) -> None:
    said: list[str] = []
    files = DataFiles(tmp_path)
    made = ensure_data(files, None, NOW, said.append)
    assert (made.orders, made.locations, made.skus) == (3000, 40, 2000)
    assert tuple(files.seeds) == SYSTEMS
    assert [len(read_dataset(path).orders) for path in files.seeds.values()] == [
        2400, 2400, 600, 2399,
    ]  # fmt: skip
    assert files.coordinates.read_text("utf-8").count("\n") == 41
    assert ensure_data(files, None, NOW + timedelta(days=9), said.append) == made
    assert said == ["Generating the sample..."]


def test_a_folder_of_other_data_or_of_another_version_is_refused(tmp_path: Path) -> None:
    files = DataFiles(tmp_path)
    ensure_data(files, None, NOW, print)
    with pytest.raises(StartFailed, match=r"holds other data \(sample\): choose another DATA_DIR"):
        ensure_data(files, tmp_path, NOW, print)
    files.about.write_text('{"origin": "sample", "orders": 3000}', "utf-8")
    with pytest.raises(StartFailed, match="made by another version: remove it, or choose another"):
        ensure_data(files, None, NOW, print)
