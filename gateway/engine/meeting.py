"""Where stages meet that became ready in one turn of the loop, to be carried out together."""

import asyncio

from gateway.engine.plan import Stage


class Meeting:
    """Stages that wait for the turn to end; whoever called the meeting carries all of them out."""

    def __init__(self, stages: list[Stage]) -> None:
        self.stages = list(stages)
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def join(self, stages: list[Stage]) -> None:
        """Add stages, and wait until they were carried out."""
        self.stages += stages
        if stages:
            await asyncio.shield(self._over)

    def end(self) -> None:
        """Let everybody go."""
        if not self._over.done():
            self._over.set_result(None)
