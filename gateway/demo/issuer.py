"""The demo's own issuer of customers' tokens; a retailer has a real one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.model.time import Clock, SystemClock

JWKS_PATH = "/demo/jwks.json"
AUDIENCE = "trama"
ISSUER = "https://issuer.demo.invalid"


@dataclass(frozen=True, slots=True)
class DemoIssuer:
    """A key pair that lives as long as the process, its public half as a route, and tokens."""

    key: ECKey
    clock: Clock
    issuer: str = ISSUER
    audience: str = AUDIENCE

    @property
    def jwks(self) -> bytes:
        """The public half, as a key set (RFC 7517)."""
        public = self.key.as_dict(private=False, use="sig", alg="ES256")
        return orjson.dumps({"keys": [public]})

    @property
    def route(self) -> Route:
        """Where the key set is served."""
        return Route(JWKS_PATH, self._serve_keys)

    def issue(self, sub: str, claims: Mapping[str, Any], ttl_seconds: int = 3600) -> str:
        """Answer a signed token for a customer."""
        now = int(self.clock.now().timestamp())
        told = {"iss": self.issuer, "aud": self.audience, "iat": now, "exp": now + ttl_seconds}
        header = {"alg": "ES256", "kid": self.key.kid}
        return jwt.encode(header, {**claims, **told, "sub": sub}, self.key, algorithms=["ES256"])

    async def _serve_keys(self, request: Request) -> Response:
        return Response(self.jwks, media_type="application/jwk-set+json")


def make_demo_issuer(clock: Clock | None = None) -> DemoIssuer:
    """Answer an issuer with a new key pair."""
    return DemoIssuer(ECKey.generate_key("P-256", auto_kid=True), clock or SystemClock())
