"""The pieces that every test of the web floor starts from."""

import io
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import aiohttp
import pytest
import pytest_asyncio

from tests.integration.web.serving import Backstage, app_of, logging_to, running, settings_with


@dataclass(frozen=True)
class House:
    """One server for all tests of a module, and what is behind and beside it."""

    backstage: Backstage
    client: aiohttp.ClientSession
    lines: io.StringIO


@pytest.fixture(scope="module")
def stream() -> Iterator[io.StringIO]:
    with logging_to("json", level="DEBUG") as stream:
        yield stream


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
