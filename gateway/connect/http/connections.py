"""One source's connections: opened when first needed, never redirected, bounded in size."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import aiohttp

from gateway.connect.errors import Unreachable, UpstreamFault
from gateway.connect.http.answer import Response
from gateway.connect.http.asked import Asked
from gateway.connect.manifest import Limits

HUSHED = b"***"


class Connections:
    """Sends one request after the other, each once; `secrets` are never repeated in an answer."""

    def __init__(self, limits: Limits, secrets: Sequence[str]) -> None:
        self._limits = limits
        self._secrets = tuple(secrets)
        self._client: aiohttp.ClientSession | None = None
        self.is_closed = False

    async def send(self, asked: Asked, token: str | None, started: datetime) -> Response:
        """Answer a request's response, whatever its status; raises Unreachable, UpstreamFault."""
        client = self._opened()
        signed = {} if token is None else {"Authorization": f"Bearer {token}"}
        headers = {**asked.headers, **signed}
        try:
            async with client.request(
                asked.method, asked.url, data=asked.content, headers=headers, allow_redirects=False
            ) as answer:
                body = await self._bounded(answer)
                lower = {name.lower(): value for name, value in answer.headers.items()}
        except aiohttp.ClientPayloadError as error:
            raise UpstreamFault("the answer broke off") from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            what = type(error).__name__
            raise Unreachable(f"no connection to {asked.url.host}: {what}") from error
        secrets = self._secrets if token is None else (*self._secrets, token)
        return Response(answer.status, lower, hushed(body, headers, secrets), started)

    async def close(self) -> None:
        """Close every connection, for good."""
        self.is_closed = True
        if self._client is not None:
            await self._client.close()
            self._client = None

    def _opened(self) -> aiohttp.ClientSession:
        if self.is_closed:
            raise Unreachable("the session is closed")
        if self._client is None:
            self._client = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._limits.concurrency),
                timeout=aiohttp.ClientTimeout(total=None),
                cookie_jar=aiohttp.DummyCookieJar(),
                middlewares=(send_once,),
            )
        return self._client

    async def _bounded(self, answer: aiohttp.ClientResponse) -> bytes:
        parts: list[bytes] = []
        size = 0
        async for part in answer.content.iter_chunked(65536):
            size += len(part)
            if size > self._limits.max_body_bytes:
                raise UpstreamFault(f"the answer is over {self._limits.max_body_bytes} bytes")
            parts.append(part)
        return b"".join(parts)


def hushed(body: bytes, sent: Mapping[str, str], secrets: Iterable[str]) -> bytes:
    """Answer a body without those of the secrets that its request's headers held."""
    for secret in secrets:
        if secret and any(secret in value for value in sent.values()):
            body = body.replace(secret.encode(), HUSHED)
    return body


async def send_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending a request again by itself; raises Unreachable."""
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        what = type(error).__name__
        raise Unreachable(f"no connection to {request.url.host}: {what}") from error
