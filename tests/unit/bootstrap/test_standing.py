"""Who watches is answered though the database is away, however its loss shows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from gateway.bootstrap.standing import Standing
from gateway.federation.sources import Sources
from gateway.model.time import SystemClock
from gateway.settings import LimitsSettings
from gateway.telemetry.meters import Meters
from gateway.web.subscribers import Subscribers


class LostPool:
    """A pool whose connection has just been ended."""

    def __init__(self, loss: Exception) -> None:
        self._loss = loss

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[None]:
        raise self._loss
        yield

    def get_idle_size(self) -> int:
        return 0

    def get_max_size(self) -> int:
        return 10

    def get_size(self) -> int:
        return 1


@pytest.mark.parametrize(
    "loss",
    [
        ConnectionResetError(),
        asyncpg.AdminShutdownError("terminating connection"),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("cannot switch to state 11"),
    ],
)
async def test_a_lost_database_is_told_as_such(loss: Exception) -> None:
    meters = Meters()
    standing = Standing(
        LostPool(loss), Sources({}), (), SystemClock(), meters, Subscribers(LimitsSettings())
    )
    meters.include(standing)
    text, _ = await standing.exposition("")
    assert b"\ntrama_database_up 0.0\n" in text
