"""ShipHero's tokens, and the form of its answers and refusals."""

import hmac
from typing import Any

import orjson
from aiohttp import web

# Test values: they have a JWT's three parts, are signed by nobody and open nothing but a sandbox.
_UNSIGNED = ("eyJhbGciOiJub25lIn0", "eyJzdWIiOiJzYW5kYm94In0")
TOKEN = ".".join((*_UNSIGNED, "full"))
TOKEN_WITHOUT_PERMISSION = ".".join((*_UNSIGNED, "none"))
HOOK_SECRET = "-".join(("sandbox", "shared", "signature", "secret"))

# The scope of each query. ShipHero's page names view:orders; the others are named alike.
SCOPES = {
    "order": "view:orders",
    "orders": "view:orders",
    "warehouse_products": "view:products",
    "webhooks": "view:webhooks",
    "webhook_create": "change:webhooks",
    "webhook_delete": "change:webhooks",
}


def refused_token(request: web.Request) -> web.Response | None:
    """Answer 401 for a token that is not the account's, None for one that is."""
    told = request.headers.get("Authorization", "").encode()
    known = (f"Bearer {token}".encode() for token in (TOKEN, TOKEN_WITHOUT_PERMISSION))
    if any(hmac.compare_digest(told, each) for each in known):
        return None
    body = {"code": "invalid_header", "description": "Unable to parse authentication token."}
    return web.Response(body=orjson.dumps(body), status=401, content_type="application/json")


def missing_scope(request: web.Request, fields: list[str]) -> str | None:
    """Answer the first of an operation's fields that the token has no scope for."""
    if not request.headers["Authorization"].endswith(TOKEN_WITHOUT_PERMISSION):
        return None
    return next((field for field in fields if field in SCOPES), None)


def answer(body: Any, status: int = 200) -> web.Response:
    """Answer with JSON."""
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json")


def refusal(field: str, code: int, message: str, request_id: str, **more: Any) -> web.Response:
    """Answer 200 with an error, as ShipHero refuses an operation."""
    error = {
        "message": message,
        "operation": field,
        "field": field,
        "request_id": request_id,
        "code": code,
        **more,
    }
    return answer({"errors": [error], "data": {field: None}})
