"""Makes a subscription's answers of each moment of its source."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, TypeAlias, TypeVar

import orjson

from gateway.engine.response import Response
from gateway.graph.context import Context
from gateway.graph.cursors import event_cursor
from gateway.graph.faults import Faults, code_of
from gateway.graph.moments import LiveAnswer, Moment
from gateway.graph.refusals import OperationRefused
from gateway.graph.scalars import EventCursor
from gateway.graph.sharing import Circle

T = TypeVar("T")
# Answers the responses of events in a context.
Tell: TypeAlias = Callable[
    [Context, Sequence[object]], list[Response] | Coroutine[Any, Any, list[Response]]
]
# Stands for the caller's cursor in what everybody is told; nothing that is plain has such a text.
CURSOR = EventCursor("~cursor~")
_CURSOR = CURSOR.encode()


async def in_time(seconds: float, work: Awaitable[T]) -> T:
    """Answer what work comes to; give up what takes longer, raises OperationRefused."""
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError:
        message = f"this took longer than {seconds:g} seconds; ask for less"
        raise OperationRefused("OPERATION_TOO_SLOW", message, most=seconds) from None


@dataclass(frozen=True, slots=True)
class PlainTelling:
    """How a moment's edges are told plainly, and everybody who is told them in these words."""

    read: Callable[[Sequence[object]], list[Response] | None]
    everybody: Circle


class Teller:
    """A subscription's operation with its variables, executed for one moment after another.

    `opened` is the context that it was opened in: it says whose cursors they are. Moments that are
    told together are executed in a new one. `plain` is there where it tells nothing but what the
    moments hold, whoever asks.
    """

    def __init__(
        self,
        tell: Tell,
        opened: Context,
        renewed: Callable[[], Context],
        faults: Faults,
        now: Callable[[], datetime],
        *,
        seconds: float,
        plain: PlainTelling | None,
    ) -> None:
        self._tell = tell
        self._opened = opened
        self._renewed = renewed
        self._faults = faults
        self._now = now
        self._seconds = seconds
        self._plain = plain

    def plainly(self, moment: Moment) -> list[LiveAnswer] | None:
        """Answer an answer for each edge, where all of it is plain; None where it is not."""
        plain = self._plain
        if plain is None:
            return None
        told = plain.everybody.at_once(moment.key, lambda: self._words(plain, moment))
        if told is None:
            return None
        return [
            LiveAnswer(each.body.replace(_CURSOR, cursor.encode()), cursor)
            for each, cursor in zip(told, self._cursors(moment), strict=True)
        ]

    async def answers(self, moments: Sequence[Moment]) -> list[list[LiveAnswer]]:
        """Execute the operation for each edge of each moment; what they load is loaded in common.

        raises: OperationRefused where it takes too long.
        """
        context = self._renewed()
        cursors = [self._cursors(each) for each in moments]
        edges = [
            edge for each, own in zip(moments, cursors, strict=True) for edge in each.edges(own)
        ]
        try:
            told = self._tell(context, edges)
            if not isinstance(told, list) or _has_fault(told):
                told = await in_time(self._seconds, self._mended(edges, told))
        finally:
            await context.close()
        bodies = iter(await self._bodies(told, context.now))
        return [
            [
                LiveAnswer(body, cursor)
                for body, cursor in zip(islice(bodies, len(own)), own, strict=True)
            ]
            for own in cursors
        ]

    def failed(self, error: Exception) -> LiveAnswer:
        """Answer the last answer: what went wrong, and no place to go on from."""
        return LiveAnswer(orjson.dumps({"errors": [self._faults.of(error)]}))

    def leave(self) -> None:
        """Follow no longer."""
        if self._plain is not None:
            self._plain.everybody.leave()

    def _words(self, plain: PlainTelling, moment: Moment) -> list[LiveAnswer] | None:
        """Answer what everybody is told of a moment, but for the cursors; None if not plainly."""
        told = plain.read(moment.edges([CURSOR] * len(moment.places)))
        if told is None:
            return None
        beside = {"now": self._now()}
        return [LiveAnswer(each.body(self._faults.shown, beside)) for each in told]

    async def _mended(
        self,
        edges: Sequence[object],
        told: list[Response] | Coroutine[Any, Any, list[Response]],
    ) -> list[Response]:
        """Answer each response; where a fault kept an event from being told, it is told alone.

        So one that cannot be told does not keep others from it.
        """
        responses = told if isinstance(told, list) else await told
        if len(edges) > 1 and _has_fault(responses):
            again = [place for place, each in enumerate(responses) if _has_fault([each])]
            alone = await asyncio.gather(*(self._alone(edges[each]) for each in again))
            for place, response in zip(again, alone, strict=True):
                responses[place] = response
        return responses

    async def _alone(self, edge: object) -> Response:
        context = self._renewed()
        try:
            told = self._tell(context, [edge])
            (response,) = told if isinstance(told, list) else await told
        finally:
            await context.close()
        return response

    async def _bodies(self, told: Sequence[Response], now: datetime) -> Sequence[bytes]:
        if any(each.is_large for each in told):
            return await asyncio.gather(*(self._in_slices(each, now) for each in told))
        return [each.body(self._faults.shown, {"now": now}) for each in told]

    async def _in_slices(self, response: Response, now: datetime) -> bytes:
        return b"".join(await response.pieces(self._faults.shown, {"now": now}))

    def _cursors(self, moment: Moment) -> list[EventCursor]:
        return [event_cursor(self._opened, log, position) for log, position in moment.places]


def _has_fault(responses: Iterable[Response]) -> bool:
    """Whether something went wrong that nobody foresaw."""
    return any(code_of(error) == "INTERNAL" for each in responses for error in each.errors)
