"""VTEX's keys, and the form of its answers and refusals."""

import hmac
from typing import Any

import orjson
from aiohttp import web

APP_KEY = "vtexappkey-sandbox-TRAMAA"
KEY_WITHOUT_ROLE = "vtexappkey-sandbox-NOROLE"
KEYS = {
    APP_KEY: "sandbox-app-secret-of-a-full-role",
    KEY_WITHOUT_ROLE: "sandbox-app-secret-of-none",
}


def refused_key(request: web.Request) -> web.Response | None:
    """Answer 401 or 403 for a key that may not call, None for one that may."""
    key = request.headers.get("X-VTEX-API-AppKey", "")
    told = request.headers.get("X-VTEX-API-AppToken", "")
    if not told or not hmac.compare_digest(KEYS.get(key, "").encode(), told.encode()):
        return refusal(401, "1", "Acesso não autorizado")
    if key == KEY_WITHOUT_ROLE:
        return refusal(403, "1", "The credentials are not enabled to access the service.")
    return None


def key_of(request: web.Request) -> str:
    """Answer the key that calls."""
    return request.headers["X-VTEX-API-AppKey"]


def answer(body: Any) -> web.Response:
    """Answer with JSON."""
    return web.Response(body=orjson.dumps(body), content_type="application/json")


def refusal(
    status: int, code: str, message: str, headers: dict[str, str] | None = None
) -> web.Response:
    """Answer as VTEX's order management refuses."""
    body = {"error": {"code": code, "message": message, "exception": None}}
    return web.Response(
        body=orjson.dumps(body), status=status, headers=headers, content_type="application/json"
    )
