"""The page's assets, built once."""

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.web.graphiql import AssetsUnavailable, ensure_assets


@pytest.fixture(scope="session")
def built_by_two() -> Iterator[tuple[Path, list[Path]]]:
    """A cache folder, and what two who filled it at the same time were answered."""
    with tempfile.TemporaryDirectory(prefix="trama-assets-") as folder:
        cache = Path(folder) / "cache"
        try:
            with ThreadPoolExecutor(2) as pool:
                yield cache, list(pool.map(lambda _: ensure_assets(cache, _nobody), range(2)))
        except AssetsUnavailable as unavailable:
            pytest.skip(f"{unavailable.reason}: {unavailable.output[-400:]}")


@pytest.fixture(scope="session")
def assets(built_by_two: tuple[Path, list[Path]]) -> Path:
    return built_by_two[1][0]


def _nobody(line: str) -> None:
    """Tell nobody."""
