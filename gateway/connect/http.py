"""The HTTP session that every connector speaks through: bounded in rate, size, time and host."""

import asyncio
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import aiohttp
import orjson
from yarl import URL

from gateway.connect.deadline import Deadline
from gateway.connect.errors import (
    AuthenticationFailed,
    Conflict,
    DeadlineExceeded,
    NotFound,
    PermissionDenied,
    Rejected,
    SourceError,
    Throttled,
    Unreachable,
    UpstreamFault,
)
from gateway.connect.manifest import Limits
from gateway.connect.turns import Turns
from gateway.model.time import Clock


@dataclass(frozen=True, slots=True)
class Call:
    """One vendor call as an observer sees it; it holds no credential and no body.

    Without a status there was no answer: `error` says why, None where the caller gave up.
    """

    operation: str
    started_at: datetime
    seconds: float
    status: int | None
    error: SourceError | None


HUSHED = b"***"
Observer = Callable[[Call], None]
Outcome = Callable[[SourceError | None], None]


def no_observer(call: Call) -> None:
    """Observe nothing."""


def no_outcome(failure: SourceError | None) -> None:
    """Take no note of how a request ended."""


@dataclass(frozen=True, slots=True)
class Response:
    """A vendor's answer; header names in lower case; `started_at` is the request's start."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    started_at: datetime

    def json(self) -> Any:
        """Answer the decoded body; raises UpstreamFault when it is not JSON."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise UpstreamFault(f"the answer is not JSON ({_glimpse(self)})") from error


# Answers for how long a vendor asks to be left alone, in seconds, where its 429 has no Retry-After.
Wait = Callable[[Response], float]


class Authorization(Protocol):
    """Where a session has the access token of its next request from."""

    async def token(self, deadline: Deadline, refused: str | None = None) -> str:
        """Answer a token, another than the one that was refused; raises SourceError."""


# A timer may ring by so much too early.
_TICK_SECONDS = 0.001


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
        self._limits = limits
        self._clock = clock
        self._observer = observer
        self._throttled_seconds = throttled_seconds
        self._on_outcome = on_outcome
        self._secrets = tuple(secrets)
        self._authorization = authorization
        self._turns = turns or Turns(limits, clock)
        self._client: aiohttp.ClientSession | None = None
        self._is_closed = False

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
        again = method == "GET" if retry is None else retry
        content, kind = _body(json, form)
        sent = {**self._headers, **(headers or {}), **kind}
        url = URL(self._base + path, encoded=params is None)
        url = url.with_query(dict(params)) if params else url
        refused: str | None = None
        while True:
            await self._turns.rest(deadline)
            token = await self._token(deadline, refused)
            signed = sent if token is None else {**sent, "Authorization": f"Bearer {token}"}
            try:
                answer = await deadline.run(
                    self._observed(
                        method, url, content, signed, operation, scope, deadline, denied, answers
                    ),
                    operation,
                )
            except DeadlineExceeded:
                raise
            except SourceError as error:
                if isinstance(error, Unreachable) and again:
                    again = False
                    continue
                if isinstance(error, AuthenticationFailed) and token and refused is None:
                    refused = token
                    continue
                self._note(error)
                raise
            self._note(None)
            return answer

    async def close(self) -> None:
        """Close every connection, for good."""
        self._is_closed = True
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _token(self, deadline: Deadline, refused: str | None) -> str | None:
        if self._authorization is None:
            return None
        return await self._authorization.token(deadline, refused)

    async def _observed(
        self,
        method: str,
        url: URL,
        content: bytes | None,
        headers: Mapping[str, str],
        operation: str,
        scope: str | None,
        deadline: Deadline,
        denied: Collection[int],
        answers: Collection[int],
    ) -> Response:
        async with self._turns.turn(deadline):
            started, tick = self._clock.now(), self._clock.monotonic()
            status: int | None = None
            failure: SourceError | None = None
            try:
                response = await self._send(method, url, content, headers, started)
                status = response.status
                if status not in answers:
                    self._raise_for(response, scope, denied)
            except SourceError as error:
                failure = error
                raise
            except asyncio.CancelledError:
                if deadline.remaining < _TICK_SECONDS:
                    failure = DeadlineExceeded(f"{operation} did not answer in time")
                    self._note(failure)
                raise
            finally:
                took = self._clock.monotonic() - tick
                self._observer(Call(operation, started, took, status, failure))
            return response

    def _note(self, failure: SourceError | None) -> None:
        """Tell how a request ended; what ends because the session is closed tells nothing."""
        if not self._is_closed:
            self._on_outcome(failure)

    async def _send(
        self,
        method: str,
        url: URL,
        content: bytes | None,
        headers: Mapping[str, str],
        started: datetime,
    ) -> Response:
        client = self._session()
        try:
            async with client.request(
                method, url, data=content, headers=dict(headers), allow_redirects=False
            ) as answer:
                body = self._hushed(await self._bounded(answer), headers)
                lower = {name.lower(): value for name, value in answer.headers.items()}
                return Response(answer.status, lower, body, started)
        except aiohttp.ClientPayloadError as error:
            raise UpstreamFault("the answer broke off") from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Unreachable(f"no connection to {url.host}: {type(error).__name__}") from error

    async def _bounded(self, answer: aiohttp.ClientResponse) -> bytes:
        parts: list[bytes] = []
        size = 0
        async for part in answer.content.iter_chunked(65536):
            size += len(part)
            if size > self._limits.max_body_bytes:
                raise UpstreamFault(f"the answer is over {self._limits.max_body_bytes} bytes")
            parts.append(part)
        return b"".join(parts)

    def _hushed(self, body: bytes, sent: Mapping[str, str]) -> bytes:
        token = sent.get("Authorization", "").removeprefix("Bearer ")
        for secret in (*self._secrets, *((token,) if self._authorization and token else ())):
            if any(secret in value for value in sent.values()):
                body = body.replace(secret.encode(), HUSHED)
        return body

    def _session(self) -> aiohttp.ClientSession:
        if self._is_closed:
            raise Unreachable("the session is closed")
        if self._client is None:
            self._client = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._limits.concurrency),
                timeout=aiohttp.ClientTimeout(total=None),
                cookie_jar=aiohttp.DummyCookieJar(),
                middlewares=(send_once,),
            )
        return self._client

    def _raise_for(self, response: Response, scope: str | None, denied: Collection[int]) -> None:
        if response.status == 429:
            told, usual = response.headers.get("retry-after"), self._throttled_seconds
            default = usual(response) if callable(usual) else usual
            wait = retry_after_seconds(told, self._clock.now(), default)
            self.hold(wait)
            raise Throttled("the source asks to slow down", wait)
        error = _failure_of(response, scope, denied)
        if error is not None:
            raise error

    def hold(self, seconds: float) -> None:
        """Leave the source alone for a while, as it asked."""
        self._turns.hold(seconds)


async def send_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending a request again by itself; raises Unreachable."""
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        what = type(error).__name__
        raise Unreachable(f"no connection to {request.url.host}: {what}") from error


def _body(json: Any, form: Mapping[str, str] | None) -> tuple[bytes | None, Mapping[str, str]]:
    """Answer a request's body and the header that says what it is."""
    if form is not None:
        return urlencode(form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    if json is None:
        return None, {}
    return orjson.dumps(json), {"Content-Type": "application/json"}


def _failure_of(
    response: Response, scope: str | None, denied: Collection[int]
) -> SourceError | None:
    status, glimpse = response.status, _glimpse(response)
    if 200 <= status < 300:
        return None
    if status in denied:
        return AuthenticationFailed(f"the source does not accept the credentials ({glimpse})")
    if status == 403:
        return PermissionDenied(f"the credentials lack {scope or 'a permission'}", scope)
    if status in (404, 410):
        return NotFound(f"the source does not have it ({glimpse})")
    if status in (409, 412):
        return Conflict(f"the source has a newer version ({glimpse})")
    if status in (408, 425):
        return Unreachable(f"the source gave up waiting ({glimpse})")
    if status >= 500:
        return UpstreamFault(f"the source failed ({glimpse})")
    if status < 400:
        return UpstreamFault(f"the source redirects, which is not followed ({glimpse})")
    return Rejected(f"the source refused the request ({glimpse})", str(status))


def _glimpse(response: Response) -> str:
    kind = response.headers.get("content-type", "no content type").split(";")[0]
    return f"HTTP {response.status}, {kind}, {len(response.body)} bytes"


_LONGEST_WAIT = 86_400.0


def retry_after_seconds(value: str | None, now: datetime, default: float = 1.0) -> float:
    """Read a Retry-After header, in seconds or as a date (RFC 9110, section 10.2.3).

    What is no time is the default; a vendor is left alone for a day at most.
    """
    if value is None:
        return default
    try:
        told = float(value)
    except ValueError:
        told = _seconds_until(value, now)
    return min(max(0.0, told), _LONGEST_WAIT) if math.isfinite(told) else default


def _seconds_until(date: str, now: datetime) -> float:
    """Answer the seconds until an HTTP date, not a number when it is none."""
    try:
        return (parsedate_to_datetime(date) - now).total_seconds()
    except (TypeError, ValueError):
        return math.nan
