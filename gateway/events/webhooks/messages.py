"""What is sent: a body without personal data, the same in every attempt, and its signatures."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any
from uuid import UUID

import orjson
from standardwebhooks import Webhook

from gateway.connect.settings import Secret
from gateway.events.cursor import CursorSeal, Log
from gateway.model.events import event_id
from gateway.model.ids import GlobalId
from gateway.model.webhooks import TEST_EVENT
from gateway.projection.webhooks.deliveries import Delivery

AGENT = f"Trama/{version('trama')}"
_LATER_WORD = re.compile(r"_([a-z0-9])")


@dataclass(frozen=True, slots=True)
class Message:
    """A message by its id, which is the same however often it is sent."""

    id: str
    body: bytes

    def headers(self, secrets: Sequence[Secret], now: datetime) -> dict[str, str]:
        """Answer its headers by Standard Webhooks 1.0: signed with each of the secrets."""
        told = self.body.decode()
        signatures = [Webhook(each.reveal()).sign(self.id, now, told) for each in secrets]
        return {
            "Content-Type": "application/json",
            "User-Agent": AGENT,
            "webhook-id": self.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signatures),
        }


def message_of(delivery: Delivery, seal: CursorSeal, owner: str) -> Message:
    """Answer the message of a delivery; its cursor is the owner's."""
    data: dict[str, Any] = {
        "eventId": str(event_id(delivery.position)),
        "orderId": str(GlobalId("Order", str(delivery.order_id))),
        "version": delivery.version,
        "changedFields": [_graph_name(each) for each in delivery.changed],
        "cursor": seal.seal(Log.ORDERS, delivery.position, owner),
    }
    return _message(delivery.message_id, delivery.type, delivery.occurred_at, data)


def test_message(key: UUID, now: datetime) -> Message:
    """Answer a message that says nothing but that it arrives."""
    return _message(f"msg_{key.hex}", TEST_EVENT, now, {})


def _message(key: str, kind: str, at: datetime, data: dict[str, Any]) -> Message:
    told = {"type": kind, "timestamp": at, "data": data}
    return Message(key, orjson.dumps(told, option=orjson.OPT_UTC_Z))


def _graph_name(column: str) -> str:
    return _LATER_WORD.sub(lambda found: found[1].upper(), column)
