"""The log's lines about requests: told one by one, written at the end of the loop's turn."""

import asyncio
import atexit
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from time import time
from typing import Any

from structlog.typing import EventDict, Processor, WrappedLogger

from gateway.telemetry.spans import current_ids

REQUESTS = "trama.web"
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO}


class TimeOfDay:
    """The time as lines say it; what stays the same for a second is put together once in it."""

    _second = -1
    _text = ""

    def told(self) -> str:
        """Answer it, in UTC."""
        now = time()
        second = int(now)
        if second != self._second:
            self._second = second
            self._text = datetime.fromtimestamp(second, UTC).isoformat()[:-6]
        return f"{self._text}.{int((now - second) * 1_000_000):06}Z"


class RequestLines:
    """Runs the configured steps, less exceptions; says nothing before they are configured."""

    def __init__(self) -> None:
        self._steps: Sequence[Processor] = ()
        self._lines: WrappedLogger = None
        self._least = logging.CRITICAL
        self._waiting: list[str] = []

    def become(self, steps: Sequence[Processor], lines: WrappedLogger, least: int) -> None:
        """Write so from now on, from a level on."""
        self.flush()
        self._steps, self._lines, self._least = steps, lines, least

    def tell(self, level: str, event: EventDict) -> None:
        """Write a line, before the loop waits for anything; at once where there is no loop."""
        if _LEVELS[level] < self._least:
            return
        told: Any = event
        for step in self._steps:
            told = step(self._lines, level, told)
        self._waiting.append(told)
        if len(self._waiting) == 1:
            try:
                asyncio.get_running_loop().call_soon(self.flush)
            except RuntimeError:
                self.flush()

    def flush(self) -> None:
        """Write what has not been written yet."""
        lines, self._waiting = self._waiting, []
        if lines:
            self._lines.write("\n".join(lines))


time_of_day = TimeOfDay().told
request_lines = RequestLines()
atexit.register(request_lines.flush)


def tell_request(level: str, request_id: str, event: EventDict) -> None:
    """Write a request's line as any logger would, without one being bound for each."""
    event["event"], event["request_id"] = "request", request_id
    ids = current_ids()
    if ids is not None:
        event["trace_id"], event["span_id"] = ids
    event["level"], event["logger"], event["timestamp"] = level, REQUESTS, time_of_day()
    request_lines.tell(level, event)
