"""Which answers browsers and proxies may keep (RFC 9111), and what they need not be sent again."""

from hashlib import sha256
from typing import Any

import orjson
from starlette.responses import Response

from gateway.model.principal import PrincipalKind
from gateway.web.arrival import Arrival
from gateway.web.parts import ExecutionOutcome

VARY = "Accept, Authorization, X-Api-Key"


def keep(
    request: Arrival,
    response: Response,
    outcome: ExecutionOutcome,
    kind: PrincipalKind,
    seconds: int,
) -> Response:
    """Answer the response with leave to keep it, or 304 where the caller has its data already.

    Only a storefront's, without errors, and only what everybody with its key is told; caches tell
    callers apart by the credential. The data's tag leaves out when it was asked for; a large
    answer has none, as making it would keep others waiting.
    """
    is_whole = outcome.has_data and not outcome.has_errors
    if kind is not PrincipalKind.STOREFRONT or not (outcome.is_public and is_whole):
        return response
    headers = {"Cache-Control": f"public, max-age={seconds}", "Vary": VARY}
    if isinstance(outcome.body, tuple):
        response.headers.update(headers)
        return response
    headers["ETag"] = _tag_of(outcome.body)
    known = [tag.strip() for tag in (request.heads.get(b"if-none-match") or "").split(",")]
    if headers["ETag"] in known or "*" in known:
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return response


def _tag_of(body: Any) -> str:
    whole = orjson.loads(body) if isinstance(body, bytes) else body
    return f'W/"{sha256(orjson.dumps(whole["data"])).hexdigest()[:32]}"'
