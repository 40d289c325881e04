"""Asks Square to push, by one subscription of a name of its own."""

from typing import Any

from connectors.square import wire
from connectors.square.client import VERSION, SquareClient
from connectors.square.webhook import TYPES
from gateway.connect.deadline import Deadline
from gateway.connect.errors import Unsupported, UpstreamFault
from gateway.connect.settings import Secret

# The subscription is known by this name; others are left alone.
NAME = "trama"
_MOST_PAGES = 20


async def subscribe(client: SquareClient, url: str, key: Secret | None, deadline: Deadline) -> None:
    """Make or mend the subscription; raises Unsupported when its pushes could not be proven.

    Square makes the key, and keeps it as long as the subscription stays.
    """
    wanted = {
        "name": NAME,
        "enabled": True,
        "event_types": list(TYPES),
        "notification_url": url,
    }
    found = await _find(client, deadline)
    if found is None:
        told = await client.subscribe({**wanted, "api_version": VERSION}, deadline)
        found = told.content.subscription
    elif not _is_as_wanted(found, wanted):
        told = await client.resubscribe(found.id, wanted, deadline)
        found = told.content.subscription
    if key is None or found.signature_key not in (None, key.reveal()):
        raise Unsupported(
            f"the webhook subscription {found.id} ({NAME}) is signed with a key that is not in "
            "signature_key: copy it from Square's Developer Console"
        )


async def _find(client: SquareClient, deadline: Deadline) -> wire.Subscription | None:
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        told = await client.subscriptions(cursor, deadline)
        for each in told.content.subscriptions:
            if each.name == NAME:
                return each
        cursor = told.content.cursor
        if not cursor:
            return None
    raise UpstreamFault(f"more than {_MOST_PAGES} pages of webhook subscriptions")


def _is_as_wanted(found: wire.Subscription, wanted: dict[str, Any]) -> bool:
    is_listed = set(TYPES) <= set(found.event_types or ())
    return (
        bool(found.enabled) and is_listed and found.notification_url == wanted["notification_url"]
    )
