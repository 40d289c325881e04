"""The HTTP session that every connector speaks through: bounded in rate, size, time and host."""

from gateway.connect.http.answer import Response, Wait
from gateway.connect.http.calls import Call, Observer, Outcome, no_observer, no_outcome
from gateway.connect.http.connections import HUSHED, send_once
from gateway.connect.http.failures import retry_after_seconds
from gateway.connect.http.session import Authorization, HttpSession

__all__ = [
    "HUSHED",
    "Authorization",
    "Call",
    "HttpSession",
    "Observer",
    "Outcome",
    "Response",
    "Wait",
    "no_observer",
    "no_outcome",
    "retry_after_seconds",
    "send_once",
]
