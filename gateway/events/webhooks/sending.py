"""Sends messages: to addresses that are checked where they are connected to, and nowhere else."""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from gateway.connect.http import retry_after_seconds
from gateway.connect.settings import Secret
from gateway.events.webhooks.addresses import (
    Address,
    AddressRule,
    check_addresses,
    parse_address,
    parse_url,
)
from gateway.events.webhooks.errors import UrlRefused
from gateway.events.webhooks.messages import Message
from gateway.model.time import Clock
from gateway.model.webhooks import AttemptError
from gateway.projection.webhooks.outcomes import Attempt

GLIMPSE_BYTES = 256
FIND_SECONDS = 5.0
_THROTTLED = (429, 503)
_HIDDEN = re.compile(r"whsec_\S+|v1,\S+|[\w.+-]+@[\w.-]+|[A-Za-z0-9_/+-]{20,}|\d[\d.\s()/-]{4,}\d")

# Answers the addresses of a host; raises OSError.
Find = Callable[[str, int], Awaitable[Sequence[Address]]]


@dataclass(frozen=True, slots=True)
class Sent:
    """An attempt, and how long the endpoint asked to be left alone."""

    attempt: Attempt
    asked_wait: timedelta | None = None


class AddressForbidden(OSError):
    """A name leads to an address that may not be connected to."""


async def find_addresses(host: str, port: int) -> list[Address]:
    """Ask the system's resolver; raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = (parse_address(str(each[4][0])) for each in found)
    return [each for each in addresses if each is not None]


class _Checked(AbstractResolver):
    """Answers a connector nothing but admitted addresses: what was checked is connected to."""

    def __init__(self, find: Find, rule: AddressRule, scheme: str) -> None:
        self._find = find
        self._rule = rule
        self._scheme = scheme

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Answer where a host is; raises AddressForbidden."""
        found = await self._find(host, port)
        if not found or not all(self._rule.admits(each, self._scheme, port) for each in found):
            raise AddressForbidden("the name leads to an address that is not allowed")
        return [_resolved(host, port, each) for each in found]

    async def close(self) -> None:
        """Nothing is open."""


def _resolved(host: str, port: int, address: Address) -> ResolveResult:
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    return ResolveResult(
        hostname=host, host=str(address), port=port, family=family, proto=0,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )  # fmt: skip


class Sender:
    """Sends to endpoints; follows no redirect, and reads but the beginning of an answer."""

    def __init__(
        self,
        rule: AddressRule,
        clock: Clock,
        *,
        timeout_seconds: float,
        find: Find = find_addresses,
    ) -> None:
        self.timeout_seconds = timeout_seconds
        self._rule = rule
        self._clock = clock
        self._find = find
        self._sessions: dict[str, aiohttp.ClientSession] = {}

    async def check(self, text: str) -> None:
        """Refuse a URL that may not be an endpoint's by what is known now; raises UrlRefused."""
        url = self._admitted(text)
        host = url.raw_host or ""
        if parse_address(host) is not None:
            return
        try:
            async with asyncio.timeout(FIND_SECONDS):
                found = await self._find(host, url.port or 0)
        except (OSError, UnicodeError, TimeoutError):
            found = []
        check_addresses(url, found, self._rule)

    async def send(
        self,
        url: str,
        message: Message,
        secrets: Sequence[Secret],
        number: int,
        timeout_seconds: float | None = None,
    ) -> Sent:
        """Send a message and answer what came of it; never raises for what the endpoint does."""
        started, tick = self._clock.now(), self._clock.monotonic()
        status, error, glimpse, wait = await self._attempt(
            url, message, message.headers(secrets, started), timeout_seconds or self.timeout_seconds
        )
        took = round((self._clock.monotonic() - tick) * 1000)
        return Sent(Attempt(number, started, took, status, error, glimpse), wait)

    async def close(self) -> None:
        """Close every connection."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    async def _attempt(
        self, url: str, message: Message, headers: dict[str, str], seconds: float
    ) -> tuple[int | None, AttemptError | None, str | None, timedelta | None]:
        try:
            target = self._admitted(url)
            async with asyncio.timeout(seconds):
                async with self._session(target.scheme).post(
                    target, data=message.body, headers=headers, allow_redirects=False
                ) as answer:
                    error = error_of(answer.status)
                    told = None if error is None else await _beginning(answer)
                    return answer.status, error, told, self._asked_wait(answer)
        except (UrlRefused, AddressForbidden):
            return None, AttemptError.ADDRESS_FORBIDDEN, None, None
        except TimeoutError:
            return None, AttemptError.TIMED_OUT, None, None
        except aiohttp.ClientError as failure:
            return None, _class_of(failure), None, None
        except (OSError, ValueError):
            return None, AttemptError.UNREACHABLE, None, None

    def _admitted(self, text: str) -> URL:
        """Refuse an address that is told as such: no resolver is asked for it."""
        url = parse_url(text)
        literal = parse_address(url.raw_host or "")
        if literal is not None:
            check_addresses(url, [literal], self._rule)
        return url

    def _asked_wait(self, answer: aiohttp.ClientResponse) -> timedelta | None:
        told = answer.headers.get("Retry-After")
        if answer.status not in _THROTTLED or told is None:
            return None
        return timedelta(seconds=retry_after_seconds(told, self._clock.now()))

    def _session(self, scheme: str) -> aiohttp.ClientSession:
        if scheme not in self._sessions:
            self._sessions[scheme] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    resolver=_Checked(self._find, self._rule, scheme),
                    use_dns_cache=False,
                    limit=0,  # each endpoint's are bounded: one that hangs takes none of another
                ),
                timeout=aiohttp.ClientTimeout(total=None),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        return self._sessions[scheme]


def error_of(status: int) -> AttemptError | None:
    """Answer what a status amounts to; None is that the message was taken."""
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return AttemptError.REDIRECTED
    if status == 410:
        return AttemptError.GONE
    return AttemptError.THROTTLED if status in _THROTTLED else AttemptError.REFUSED


def masked(beginning: bytes) -> str:
    """Answer the beginning of an answer as it may be kept: nothing that looks like a secret,
    an e-mail address, or a long number."""
    text = _HIDDEN.sub("***", beginning.decode("utf-8", "replace"))
    return "".join(each if each.isprintable() else " " for each in text)


async def _beginning(answer: aiohttp.ClientResponse) -> str:
    found = b""
    while len(found) < GLIMPSE_BYTES:
        part = await answer.content.read(GLIMPSE_BYTES - len(found))
        if not part:
            break
        found += part
    return masked(found)


def _class_of(failure: Any) -> AttemptError:
    cause: BaseException | None = failure
    while cause is not None:
        if isinstance(cause, AddressForbidden):
            return AttemptError.ADDRESS_FORBIDDEN
        cause = cause.__cause__ or getattr(cause, "os_error", None)
    return AttemptError.UNREACHABLE
