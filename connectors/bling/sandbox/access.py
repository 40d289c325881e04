"""Bling's applications, their tokens, and the form of its answers and refusals.

https://developer.bling.com.br/aplicativos and /autenticacao (2026-11)
"""

import base64
import hmac
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import orjson
from aiohttp import web

from gateway.model.time import Clock

ACCESS_SECONDS = 21_600.0
REFRESH_SECONDS = 2_592_000.0


@dataclass(frozen=True, slots=True)
class App:
    """An application that the account has authorised, and the token of that authorisation."""

    client_id: str
    client_secret: str
    refresh_token: str
    scopes: str


APP = App(
    "5b9e0c0f2a7d4c1e8f60000000000sandbox",
    "sandbox-client-secret-of-all-scopes",
    "sandbox-first-refresh-token-of-all-scopes",
    "all",
)
WEAK_APP = App(
    "5b9e0c0f2a7d4c1e8f6000000000noscopes",
    "sandbox-client-secret-of-no-scope",
    "sandbox-first-refresh-token-of-no-scope",
    "",
)


class TokenDesk:
    """Grants tokens: an access token lives six hours, a refresh token 30 days and one use."""

    def __init__(self, clock: Clock, speed: float) -> None:
        self._clock = clock
        self._speed = speed
        self._serial = 0
        self._access: dict[str, tuple[App, float]] = {}
        self._refresh: dict[str, tuple[App, float]] = {
            app.refresh_token: (app, self._end(REFRESH_SECONDS)) for app in (APP, WEAK_APP)
        }

    def expire_access(self) -> None:
        """Let every access token end."""
        self._access.clear()

    def revoke(self) -> None:
        """Let everything end, as when the account takes its authorisation back."""
        self._access.clear()
        self._refresh.clear()

    def app_of(self, request: web.Request) -> App | None:
        """Answer the application that calls, None without a token that lives."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        app, end = self._access.get(token, (None, 0.0))
        return app if self._clock.monotonic() < end else None

    def grant(self, request: web.Request, body: bytes) -> web.Response:
        """Answer POST /oauth/token."""
        app = _client(request)
        if app is None:
            return refusal(401, "invalid_client", "The client credentials are invalid")
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if form.get("grant_type") != "refresh_token":
            return refusal(400, "unsupported_grant_type", "Grant type not supported")
        owner, end = self._refresh.pop(form.get("refresh_token", ""), (None, 0.0))
        if owner is not app or self._clock.monotonic() >= end:
            return refusal(400, "invalid_grant", "Invalid refresh token")
        self._serial += 1
        access, refresh = (f"sandbox-{kind}-{self._serial:08}" for kind in ("access", "refresh"))
        self._access[access] = (app, self._end(ACCESS_SECONDS))
        self._refresh[refresh] = (app, self._end(REFRESH_SECONDS))
        return answer(
            {
                "access_token": access,
                "expires_in": max(1, int(ACCESS_SECONDS / self._speed)),
                "token_type": "Bearer",
                "scope": app.scopes,
                "refresh_token": refresh,
            }
        )

    def _end(self, seconds: float) -> float:
        return self._clock.monotonic() + seconds / self._speed


def _client(request: web.Request) -> App | None:
    told = request.headers.get("Authorization", "")
    for app in (APP, WEAK_APP):
        pair = f"{app.client_id}:{app.client_secret}".encode()
        if hmac.compare_digest(told, f"Basic {base64.b64encode(pair).decode()}"):
            return app
    return None


def answer(body: Any, status: int = 200) -> web.Response:
    """Answer with JSON."""
    raw = orjson.dumps(body)
    return web.Response(body=raw, status=status, content_type="application/json")


def refusal(status: int, kind: str, description: str, **more: Any) -> web.Response:
    """Answer as Bling refuses. https://developer.bling.com.br/erros-comuns (2026-11)"""
    error = {"type": kind, "message": kind, "description": description, **more}
    return web.Response(
        body=orjson.dumps({"error": error}), status=status, content_type="application/json"
    )
