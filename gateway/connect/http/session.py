"""A session: asks within the limits, tries once more where that is harmless, tells who watches."""

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

from gateway.connect.deadline import Deadline
from gateway.connect.errors import DeadlineExceeded, SourceError, Throttled
from gateway.connect.http.answer import Response, Wait
from gateway.connect.http.asked import Asked, Chances, address, body_of
from gateway.connect.http.calls import Call, Observer, Outcome, no_observer, no_outcome
from gateway.connect.http.connections import Connections
from gateway.connect.http.failures import failure_of, retry_after_seconds
from gateway.connect.manifest import Limits
from gateway.connect.turns import Turns
from gateway.model.time import Clock

# A timer may ring by so much too early.
_TICK_SECONDS = 0.001


class Authorization(Protocol):
    """Where a session has the access token of its next request from."""

    async def token(self, deadline: Deadline, refused: str | None = None) -> str:
        """Answer a token, another than the one that was refused; raises SourceError."""


@dataclass(slots=True)
class _Seen:
    """What is known of a call that is under way."""

    started_at: datetime
    status: int | None = None
    error: SourceError | None = None


class HttpSession:
    """One source's connections. Opens none before the first request; follows no redirect.

    A read is tried once more when the connection breaks; a throttled source is left alone until
    its time is over, and calls that cannot wait that long fail at once with Throttled.
    `throttled_seconds` is that time where the vendor's 429 names none. The observer is told of each
    call, `on_outcome` of how each request ended, after what was tried again. A vendor that repeats
    those of `secrets` that a request's headers hold is not repeated. With an `authorization`, a
    request carries its token, and goes once more with another when the vendor refuses the first.
    Sessions with the same `turns` keep the limits together.
    """

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        limits: Limits,
        clock: Clock,
        observer: Observer = no_observer,
        throttled_seconds: float | Wait = 1.0,
        on_outcome: Outcome = no_outcome,
        secrets: Sequence[str] = (),
        authorization: Authorization | None = None,
        turns: Turns | None = None,
    ) -> None:
        split = urlsplit(base_url)
        if split.scheme not in ("http", "https") or not split.hostname:
            raise ValueError(f"not an http(s) address: {split.scheme}://{split.hostname or ''}")
        self._base = base_url.rstrip("/")
        self._headers = dict(headers)
        self._clock = clock
        self._observer = observer
        self._throttled_seconds = throttled_seconds
        self._on_outcome = on_outcome
        self._authorization = authorization
        self._turns = turns or Turns(limits, clock)
        self._connections = Connections(limits, secrets)

    async def request(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        deadline: Deadline,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        scope: str | None = None,
        retry: bool | None = None,
        denied: Collection[int] = (401,),
        answers: Collection[int] = (),
    ) -> Response:
        """Send one request and answer its 2xx response; raises the SourceError that it amounts to.

        `operation` names the call in logs and spans; `scope` names the permission that a 403
        lacks; `retry` says whether a broken connection is tried once more (default: for GET).
        The body is `json`, or `form` as URLs are encoded. `denied` are the statuses that refuse the
        credentials; `answers` are those that are answered too, for who reads what the vendor says.
        """
        content, kind = body_of(json, form)
        sent = {**self._headers, **(headers or {}), **kind}
        url = address(self._base, path, params)
        asked = Asked(operation, method, url, sent, content, scope, denied, answers)
        is_repeatable = method == "GET" if retry is None else retry
        return await self._answered(asked, Chances(is_repeatable=is_repeatable), deadline)

    async def close(self) -> None:
        """Close every connection, for good."""
        await self._connections.close()

    def hold(self, seconds: float) -> None:
        """Leave the source alone for a while, as it asked."""
        self._turns.hold(seconds)

    async def _answered(self, asked: Asked, chances: Chances, deadline: Deadline) -> Response:
        while True:
            await self._turns.rest(deadline)
            token = await self._token(deadline, chances.refused)
            try:
                answer = await deadline.run(self._sent(asked, token, deadline), asked.operation)
            except DeadlineExceeded:
                raise
            except SourceError as error:
                if chances.has_one(error, token):
                    continue
                self._note(error)
                raise
            self._note(None)
            return answer

    async def _token(self, deadline: Deadline, refused: str | None) -> str | None:
        if self._authorization is None:
            return None
        return await self._authorization.token(deadline, refused)

    async def _sent(self, asked: Asked, token: str | None, deadline: Deadline) -> Response:
        """Send a request once, when it is its turn."""
        async with self._turns.turn(deadline):
            with self._watched(asked.operation, deadline) as seen:
                response = await self._connections.send(asked, token, seen.started_at)
                seen.status = response.status
                if response.status not in asked.answers:
                    self._raise_for(response, asked)
                return response

    @contextmanager
    def _watched(self, operation: str, deadline: Deadline) -> Iterator[_Seen]:
        """Tell the observer of a call when it has ended; one that the deadline ends is noted."""
        seen, tick = _Seen(self._clock.now()), self._clock.monotonic()
        try:
            yield seen
        except SourceError as error:
            seen.error = error
            raise
        except asyncio.CancelledError:
            if deadline.remaining < _TICK_SECONDS:
                seen.error = DeadlineExceeded(f"{operation} did not answer in time")
                self._note(seen.error)
            raise
        finally:
            took = self._clock.monotonic() - tick
            self._observer(Call(operation, seen.started_at, took, seen.status, seen.error))

    def _note(self, failure: SourceError | None) -> None:
        """Tell how a request ended; what ends because the session is closed tells nothing."""
        if not self._connections.is_closed:
            self._on_outcome(failure)

    def _raise_for(self, response: Response, asked: Asked) -> None:
        if response.status == 429:
            told, usual = response.headers.get("retry-after"), self._throttled_seconds
            default = usual(response) if callable(usual) else usual
            wait = retry_after_seconds(told, self._clock.now(), default)
            self.hold(wait)
            raise Throttled("the source asks to slow down", wait)
        error = failure_of(response, asked)
        if error is not None:
            raise error
