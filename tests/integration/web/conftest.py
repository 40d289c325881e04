"""The pieces that every test of the web floor starts from."""

import io
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import aiohttp
import pytest
import pytest_asyncio
import structlog

from gateway.settings import LogSettings
from gateway.web.logs import configure_logs
from tests.integration.web.serving import Backstage, app_of, running, settings_with


@dataclass(frozen=True)
class House:
    """One server for all tests of a module, and what is behind and beside it."""

    backstage: Backstage
    client: aiohttp.ClientSession
    lines: io.StringIO


@pytest.fixture(scope="module")
def stream() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    before = logging.getLogger().handlers[:]
    configure_logs(LogSettings(level="DEBUG"), stream=stream)
    yield stream
    for handler in logging.getLogger().handlers[:]:
        if handler not in before:
            logging.getLogger().removeHandler(handler)
    logging.getLogger().setLevel(logging.WARNING)
    structlog.reset_defaults()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(stream: io.StringIO) -> AsyncIterator[House]:
    backstage = Backstage()
    async with running(app_of(backstage, settings_with())) as client:
        yield House(backstage, client, stream)


@pytest.fixture
def backstage(house: House) -> Backstage:
    house.backstage.reset()
    return house.backstage


@pytest.fixture
def client(house: House, backstage: Backstage) -> aiohttp.ClientSession:
    return house.client


@pytest.fixture
def lines(house: House) -> io.StringIO:
    """Everything that is logged meanwhile, as JSON lines."""
    house.lines.seek(0)
    house.lines.truncate()
    return house.lines
