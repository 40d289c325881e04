"""Square's tokens, and the form of its answers and refusals."""

import hmac
import re
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import web

from connectors.square.sandbox.forms import Record

# Test values: they open nothing but a sandbox.
TOKEN = "-".join(("sandbox", "access", "token", "full"))
TOKEN_WITHOUT_ORDERS = "-".join(("sandbox", "access", "token", "without", "orders"))
SIGNATURE_KEY = "-".join(("sandbox", "webhook", "signature", "key"))
MERCHANT = "SANDBOXMERCHANT"

_LACKS = {TOKEN: (), TOKEN_WITHOUT_ORDERS: ("SearchOrders", "BatchRetrieveOrders")}
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a request: Square's code, and the field that it is about."""

    code: str
    detail: str
    field: str | None = None


class Refused(Exception):
    """A request that Square does not take, with what is wrong with it."""

    def __init__(self, code: str, detail: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.faults: tuple[Fault, ...] = (Fault(code, detail, field),)

    @classmethod
    def of(cls, faults: "tuple[Fault, ...]") -> "Refused":
        """Refuse a request for all that is wrong with it."""
        refused = cls(faults[0].code, faults[0].detail)
        refused.faults = faults
        return refused


def refused_caller(request: web.Request, operation: str) -> web.Response | None:
    """Answer what keeps the caller from an operation: its token, its scopes, its version."""
    told = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
    known = next((t for t in _LACKS if hmac.compare_digest(t.encode(), told)), None)
    if known is None:
        detail = "This request could not be authorized."
        return refusal(401, "AUTHENTICATION_ERROR", Fault("UNAUTHORIZED", detail))
    if operation in _LACKS[known]:
        detail = "The merchant has not given your application sufficient permissions to do that."
        return refusal(403, "AUTHENTICATION_ERROR", Fault("INSUFFICIENT_SCOPES", detail))
    if not _VERSION.fullmatch(request.headers.get("Square-Version", "")):
        detail = "Square-Version is a date."
        return refusal(400, "INVALID_REQUEST_ERROR", Fault("INVALID_SQUARE_VERSION_FORMAT", detail))
    return None


def answer(body: Any) -> web.Response:
    """Answer with JSON."""
    return web.Response(body=orjson.dumps(body), content_type="application/json")


def refusal(status: int, category: str, *faults: Fault) -> web.Response:
    """Answer as Square refuses."""
    errors = [_error(category, each) for each in faults]
    body = orjson.dumps({"errors": errors})
    return web.Response(body=body, status=status, content_type="application/json")


def bad_request(refused: Refused) -> web.Response:
    """Answer 400 for a request that is not as it must be."""
    return refusal(400, "INVALID_REQUEST_ERROR", *refused.faults)


def _error(category: str, fault: Fault) -> Record:
    error = {"category": category, "code": fault.code, "detail": fault.detail}
    return error if fault.field is None else {**error, "field": fault.field}
