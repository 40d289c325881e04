"""An issuer's public keys, cached: asked for anew by age and when a token names an unknown one."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from math import inf

import aiohttp
import orjson
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, RSAKey

from gateway.model.time import Clock
from gateway.web.refusals import Refusal

LARGEST_SET_BYTES = 262_144
MOST_KEYS = 100
LEAST_RSA_BITS = 2048
FETCH_SECONDS = 5.0

PublicKey = RSAKey | ECKey
Fetch = Callable[[str], Awaitable[bytes]]
log = structlog.get_logger("trama.web")


class IssuerUnavailable(Refusal):
    """The issuer's keys cannot be had, so that no token can be judged."""

    def __init__(self) -> None:
        message = "tokens cannot be verified at the moment; try again"
        super().__init__(503, "ISSUER_UNAVAILABLE", message, {"Retry-After": "5"})


async def fetch_keys(url: str) -> bytes:
    """Fetch an issuer's key set, without redirects; raises OSError, ValueError or TimeoutError."""
    timeout = aiohttp.ClientTimeout(total=FETCH_SECONDS)
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.get(url, allow_redirects=False) as response,
    ):
        if response.status != 200:
            raise ValueError(f"status {response.status}")
        text = b""
        async for chunk in response.content.iter_chunked(65_536):
            text += chunk
            if len(text) > LARGEST_SET_BYTES:
                raise ValueError("the key set is too large")
        return text


@dataclass(slots=True)
class IssuerKeys:
    """The keys by id, fetched one at a time.

    Between two fetches lie at least `least_seconds`, whatever ids tokens name. Keys older than
    `most_seconds` are fetched anew, and kept for `kept_seconds` while the issuer cannot be reached.
    """

    url: str
    fetch: Fetch
    clock: Clock
    least_seconds: float = 30.0
    most_seconds: float = 600.0
    kept_seconds: float = 86_400.0
    _keys: dict[str, PublicKey] = field(default_factory=dict)
    _tried_at: float = -inf
    _fetched_at: float = -inf
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def key_of(self, key_id: str | None) -> PublicKey | None:
        """Answer a key, None if the issuer has no such; raises IssuerUnavailable.

        A token without a key id is judged by the only key, if there is only one.
        """
        is_known = self._find(key_id) is not None
        if not is_known if self._lock.locked() else self._is_due(key_id):
            async with self._lock:
                if self._is_due(key_id):
                    await self._refresh()
        if not self._keys:
            raise IssuerUnavailable
        return self._find(key_id)

    def _is_due(self, key_id: str | None) -> bool:
        now = self.clock.monotonic()
        is_wanted = self._find(key_id) is None or now - self._fetched_at > self.most_seconds
        return is_wanted and now - self._tried_at > self.least_seconds

    def _find(self, key_id: str | None) -> PublicKey | None:
        if key_id is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(key_id)

    async def _refresh(self) -> None:
        self._tried_at = self.clock.monotonic()
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                self._keys = parse_keys(await self.fetch(self.url))
            self._fetched_at = self._tried_at
        except (OSError, ValueError, TimeoutError, aiohttp.ClientError) as error:
            reason = type(error).__name__
            log.warning("issuer keys could not be fetched", url=self.url, reason=reason)
            if self._tried_at - self._fetched_at > self.kept_seconds:
                self._keys = {}


def parse_keys(text: bytes) -> dict[str, PublicKey]:
    """Read a key set (RFC 7517): public keys that sign, by id; raises ValueError."""
    if len(text) > LARGEST_SET_BYTES:
        raise ValueError("the key set is too large")
    document = orjson.loads(text)
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise ValueError("not a key set")
    keys = {}
    for entry in listed[:MOST_KEYS]:
        key = _key_of(entry)
        if key is not None:
            keys[key.kid or key.thumbprint()] = key
    return keys


def _key_of(entry: object) -> PublicKey | None:
    """Answer a key that can verify; what cannot is left out, as RFC 7517 section 5 asks."""
    if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
        return None
    if not isinstance(entry.get("kid", ""), str) or not _is_strong(entry):
        return None
    try:
        key = JWKRegistry.import_key(entry)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return key if isinstance(key, RSAKey | ECKey) else None


def _is_strong(entry: dict[str, object]) -> bool:
    """Answer whether it is an elliptic curve's key, or an RSA key of enough bits (base64: 6)."""
    modulus = entry.get("n")
    if entry.get("kty") == "RSA":
        return isinstance(modulus, str) and len(modulus) * 6 >= LEAST_RSA_BITS
    return entry.get("kty") == "EC"
