"""What an answer amounts to that is none of the good ones."""

import math
from datetime import datetime
from email.utils import parsedate_to_datetime

from gateway.connect.errors import (
    AuthenticationFailed,
    Conflict,
    NotFound,
    PermissionDenied,
    Rejected,
    SourceError,
    Unreachable,
    UpstreamFault,
)
from gateway.connect.http.answer import Response
from gateway.connect.http.asked import Asked

_LONGEST_WAIT = 86_400.0


def failure_of(response: Response, asked: Asked) -> SourceError | None:
    """Answer the error that a response is, None for an answer; 429 is told apart before."""
    status, glimpse = response.status, response.glimpse
    if 200 <= status < 300:
        return None
    if status in asked.denied:
        return AuthenticationFailed(f"the source does not accept the credentials ({glimpse})")
    if status == 403:
        told = f"the credentials lack {asked.scope or 'a permission'}"
        return PermissionDenied(told, asked.scope)
    if status in (404, 410):
        return NotFound(f"the source does not have it ({glimpse})")
    if status in (409, 412):
        return Conflict(f"the source has a newer version ({glimpse})")
    if status in (408, 425):
        return Unreachable(f"the source gave up waiting ({glimpse})")
    if status >= 500:
        return UpstreamFault(f"the source failed ({glimpse})")
    if status < 400:
        return UpstreamFault(f"the source redirects, which is not followed ({glimpse})")
    return Rejected(f"the source refused the request ({glimpse})", str(status))


def retry_after_seconds(value: str | None, now: datetime, default: float = 1.0) -> float:
    """Read a Retry-After header, in seconds or as a date (RFC 9110, section 10.2.3).

    What is no time is the default; a vendor is left alone for a day at most.
    """
    if value is None:
        return default
    try:
        told = float(value)
    except ValueError:
        told = _seconds_until(value, now)
    return min(max(0.0, told), _LONGEST_WAIT) if math.isfinite(told) else default


def _seconds_until(date: str, now: datetime) -> float:
    """Answer the seconds until an HTTP date, not a number when it is none."""
    try:
        return (parsedate_to_datetime(date) - now).total_seconds()
    except (TypeError, ValueError):
        return math.nan
