"""The webhooks of an application: named at its page, signed with its secret, in no order."""

import hashlib
import hmac
from datetime import UTC
from typing import Any

import orjson

from connectors.bling.sandbox.access import APP
from gateway.connect.testing.pushes import Push, Pushes
from gateway.model.time import Clock

SECONDS = 5.0
COMPANY = "d4475854366a36c86a37e792f9634a51"
_TRIES = 12


def retry_after(speed: float, attempt: int) -> float | None:
    """Answer the wait before a try: for three days, ever longer."""
    return 60.0 * 2.0**attempt / speed if attempt < _TRIES else None


class Hooks:
    """The addresses that are told of every event."""

    def __init__(self, pushes: Pushes, clock: Clock) -> None:
        self._pushes = pushes
        self._clock = clock
        self._urls: list[str] = []
        self._serial = 0

    def add(self, url: str) -> None:
        """Name an address."""
        if url not in self._urls:
            self._urls.append(url)

    def tell(self, event: str, data: dict[str, Any]) -> None:
        """Push an event to every address."""
        self._serial += 1
        now = self._clock.now().astimezone(UTC)
        body = orjson.dumps(
            {
                "eventId": f"01945027-150e-72b4-a7cf-{self._serial:012x}",
                "date": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "version": "v1",
                "event": event,
                "companyId": COMPANY,
                "data": data,
            }
        )
        digest = hmac.new(APP.client_secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-Bling-Signature-256": f"sha256={digest}",
        }
        for url in self._urls:
            self._pushes.send(Push(url, headers, body))
