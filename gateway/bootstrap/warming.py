"""Has a gateway ready before its first caller comes: connections, and what is asked most."""

import asyncio

import structlog

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
    """Read what nobody has: a read that is shared would leave the other connections cold."""
    async with asyncio.timeout(WARM_SECONDS):
        await services.stock.as_known([NO_SKU], None, clock.now())
