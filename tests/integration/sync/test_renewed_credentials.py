"""Gateways on one database renew a source's token once, and a check spends none."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.bootstrap.credentials import Credentials
from gateway.bootstrap.sources import connect_sources
from gateway.connect.deadline import Deadline
from gateway.connect.errors import Unreachable
from gateway.connect.testing.dataset import Dataset
from gateway.connect.testing.kit import find_subject
from gateway.connect.testing.sandbox import Sandbox, SandboxOptions, serve_sandbox
from gateway.federation.sources import Sources
from gateway.model.time import SystemClock
from gateway.projection.database import open_pool
from gateway.settings import Settings, read_settings

CLOCK = SystemClock()


@asynccontextmanager
async def bling(database: str) -> AsyncIterator[tuple[Sandbox, Settings]]:
    sandbox = find_subject("bling").sandbox(SandboxOptions(Dataset(), speed=1000))
    runner, url = await serve_sandbox(sandbox)
    limits = {"requests_per_second": 1000, "burst": 100}
    source = {"connector": "bling", "limits": limits, "options": sandbox.settings_for(url)}
    told = {"database": {"dsn": database}, "sources": {"erp": source}}
    yield sandbox, read_settings(told, {}, Path())
    await runner.cleanup()


@asynccontextmanager
async def a_gateway(settings: Settings) -> AsyncIterator[Sources]:
    assert settings.database.dsn is not None
    pool, credentials = await open_pool(settings.database.dsn.get_secret_value()), Credentials()
    credentials.open(pool)
    sources = connect_sources(settings, CLOCK, credentials=credentials)
    yield sources
    await sources.close()
    await pool.close()


async def asks(sources: Sources) -> Any:
    (source,) = sources
    return await source.connector.check(deadline=Deadline.after(30, CLOCK))


async def test_a_token_is_renewed_once_for_every_gateway_and_after_a_restart(database: str) -> None:
    async with bling(database) as (sandbox, settings):
        async with a_gateway(settings) as one, a_gateway(settings) as other:
            for sources in (one, other, one, other):
                assert await asks(sources) == "Bling account Sandbox LTDA"
            assert sandbox.traffic.requests["RenewToken"] == 1
            sandbox.acts["expire_tokens"]({})
            for sources in (one, other):
                await asks(sources)
            assert sandbox.traffic.requests["RenewToken"] == 2
        async with a_gateway(settings) as later:
            await asks(later)
            sandbox.acts["expire_tokens"]({})
            await asks(later)
        assert sandbox.traffic.requests["RenewToken"] == 3


async def test_without_a_database_no_refresh_token_is_spent(database: str) -> None:
    async with bling(database) as (sandbox, settings):
        sources = connect_sources(settings, CLOCK)
        with pytest.raises(Unreachable, match="no database to keep"):
            await asks(sources)
        await sources.close()
        assert sandbox.traffic.requests == {}
