"""Has a gateway ready before its first caller comes: connections, and what is asked most."""

import asyncio
from datetime import timedelta

import structlog

from gateway.connect.deadline import Deadline
from gateway.federation.freshness import FreshnessAsk, OnStale
from gateway.graph.services import Services
from gateway.model.time import Clock
from gateway.projection.database import AWAY

# Nobody's, so that nothing is read at a source.
NO_SKU = ""
WARM_SECONDS = 10.0

log = structlog.get_logger("trama.start")


async def warm_up(services: Services, connections: int, clock: Clock) -> None:
    """Ask for availability on so many connections at once: each has its statements prepared then.

    A database that is away by now keeps nobody from starting: `/readyz` tells.
    """
    try:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(max(connections, 1)):
                tasks.create_task(_ask(services, clock))
    except* AWAY as errors:
        log.warning("start.cold", errors=[type(each).__name__ for each in errors.exceptions])


async def _ask(services: Services, clock: Clock) -> None:
    await services.stock.availability(
        [NO_SKU],
        None,
        FreshnessAsk(None, OnStale.SERVE),
        kind="availability",
        floor=timedelta(0),
        now=clock.now(),
        deadline=Deadline.after(WARM_SECONDS, clock),
    )
