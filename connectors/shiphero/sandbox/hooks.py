"""The account's webhooks: one address per type and shop name, signed over the body."""

from typing import Any
from uuid import uuid4

import orjson

from connectors.shiphero.sandbox.access import HOOK_SECRET
from connectors.shiphero.sandbox.records import ACCOUNT_ID, Record, uuid_of
from connectors.shiphero.sandbox.store import Rows
from connectors.shiphero.webhook import signature
from gateway.connect.testing.pushes import Push, Pushes

SECONDS = 10.0
RETRIES = 5


def retry_after(speed: float, attempt: int) -> float | None:
    """Answer the wait before a try. ShipHero says how many there are, not when."""
    return 2.0**attempt / speed if attempt <= RETRIES else None


class Hooks:
    """What is registered. Every webhook here has the same secret."""

    def __init__(self) -> None:
        self._hooks: dict[tuple[str, str], Record] = {}
        self._serial = 0

    def create(self, data: dict[str, Any]) -> Record:
        """Register; the secret is told this once."""
        self._serial += 1
        hook = {
            "id": uuid_of("Webhook", self._serial),
            "account_id": ACCOUNT_ID,
            "name": data["name"],
            "url": data["url"],
            "shop_name": data.get("shop_name") or "",
        }
        self._hooks[hook["name"], hook["shop_name"]] = hook
        return {**hook, "shared_signature_secret": HOOK_SECRET}

    def delete(self, data: dict[str, Any]) -> bool:
        """Forget a webhook, and answer whether there was one."""
        return self._hooks.pop((data["name"], data.get("shop_name") or ""), None) is not None

    def rows(self) -> Rows:
        """Answer every webhook, without its secret."""
        return Rows(list(self._hooks.values()), dict)

    def push(self, pushes: Pushes, name: str, body: Record) -> None:
        """Tell every address of a type."""
        for (kind, _), hook in self._hooks.items():
            if kind == name:
                _send(pushes, hook["url"], body)

    def push_to_all(self, pushes: Pushes, body: Record) -> None:
        """Tell every address once, whatever it was registered for."""
        for url in dict.fromkeys(hook["url"] for hook in self._hooks.values()):
            _send(pushes, url, body)


def _send(pushes: Pushes, url: str, body: Record) -> None:
    raw = orjson.dumps({"account_id": 1, "account_uuid": ACCOUNT_ID, **body})
    headers = {
        "Content-Type": "application/json",
        "X-Shiphero-Hmac-Sha256": signature(raw, HOOK_SECRET),
        "X-Shiphero-Message-ID": str(uuid4()),
    }
    pushes.send(Push(url, headers, raw))
