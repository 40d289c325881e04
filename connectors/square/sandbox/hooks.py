"""The application's webhook subscriptions: each signed over its address and the body."""

import msgspec
import orjson

from connectors.square.sandbox.access import SIGNATURE_KEY, Refused
from connectors.square.sandbox.forms import Record, made_id
from connectors.square.sandbox.queries import Subscription
from connectors.square.webhook import SIGNATURE_HEADER, signature
from gateway.connect.testing.pushes import Push, Pushes

SECONDS = 10.0
# Square's page of 2021: after 1, 2, 4 ... 32 minutes, then each hour; the newer page ends after 24
# hours, the older one after 72.
_MINUTES = (1, 2, 4, 8, 16, 32)
_HOURS = 23
_MADE_AT = "2026-01-10 23:29:48 +0000 UTC"


def retry_after(speed: float, attempt: int) -> float | None:
    """Answer the wait before a try."""
    if attempt <= len(_MINUTES):
        return _MINUTES[attempt - 1] * 60.0 / speed
    return 3600.0 / speed if attempt <= len(_MINUTES) + _HOURS else None


class Hooks:
    """What is subscribed to. Every subscription here has the same key."""

    def __init__(self) -> None:
        self._known: dict[str, Record] = {}

    def create(self, told: Subscription) -> Record:
        """Subscribe; raises Refused."""
        if not told.notification_url or not told.event_types:
            raise Refused("MISSING_REQUIRED_PARAMETER", "An address and events are needed.")
        made = f"wbhk_{made_id('subscription', str(len(self._known))).lower()}"
        self._known[made] = {
            "id": made,
            "enabled": True,
            **_members(told),
            "signature_key": SIGNATURE_KEY,
            "created_at": _MADE_AT,
            "updated_at": _MADE_AT,
        }
        return self._known[made]

    def update(self, subscription_id: str, told: Subscription) -> Record | None:
        """Change a subscription; its key stays."""
        known = self._known.get(subscription_id)
        if known is not None:
            known |= _members(told)
        return known

    def records(self, *, with_disabled: bool) -> list[Record]:
        """Answer the subscriptions."""
        return [each for each in self._known.values() if each["enabled"] or with_disabled]

    def push(self, pushes: Pushes, body: Record) -> None:
        """Tell every address of an event's type."""
        for each in self.records(with_disabled=False):
            if body["type"] in each["event_types"]:
                _send(pushes, each["notification_url"], body)

    def push_to_all(self, pushes: Pushes, body: Record) -> None:
        """Tell every address, whatever it subscribed to."""
        for each in self.records(with_disabled=False):
            _send(pushes, each["notification_url"], body)


def _members(told: Subscription) -> Record:
    members: Record = msgspec.to_builtins(told)
    return {name: value for name, value in members.items() if value is not None}


def _send(pushes: Pushes, url: str, body: Record) -> None:
    raw = orjson.dumps(body)
    headers = {
        "Content-Type": "application/json",
        SIGNATURE_HEADER: signature(url, raw, SIGNATURE_KEY),
    }
    pushes.send(Push(url, headers, raw))
