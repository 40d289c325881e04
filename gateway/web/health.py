"""Whether the process lives, and whether it is ready to serve."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import Response

from gateway.web.negotiation import MediaType
from gateway.web.parts import Missing, Readiness
from gateway.web.refusals import JsonResponse

READINESS_SECONDS = 5.0
log = structlog.get_logger("trama.web")


class Health:
    """The two addresses that a supervisor asks; both are open to anybody."""

    def __init__(self, readiness: Readiness) -> None:
        self._readiness = readiness

    async def alive(self, request: Request) -> Response:
        """Answer that the process lives."""
        return _told({"status": "alive"}, 200)

    async def ready(self, request: Request) -> Response:
        """Answer 200, or 503 with everything that is missing."""
        missing = await self._missing()
        if missing:
            return _told({"status": "not ready", "missing": [asdict(m) for m in missing]}, 503)
        return _told({"status": "ready"}, 200)

    async def _missing(self) -> Sequence[Missing]:
        try:
            async with asyncio.timeout(READINESS_SECONDS):
                return await self._readiness()
        except TimeoutError:
            return [Missing("readiness", f"no answer within {READINESS_SECONDS:g} seconds")]
        except Exception:
            log.exception("readiness could not be told")
            return [Missing("readiness", "could not be told; see the log")]


def _told(values: dict[str, object], status: int) -> Response:
    return JsonResponse(orjson.dumps(values), status, MediaType.JSON)
