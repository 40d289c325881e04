"""Stands around an app and keeps what GraphQL it was asked, and with which headers."""

import json
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass
class Asked:
    """One request."""

    headers: dict[str, str]
    query: str
    variables: dict[str, Any]

    @property
    def representations(self) -> list[tuple[str, str]]:
        """The entities that were asked for: their types and keys."""
        told = self.variables.get("representations", [])
        return [(each["__typename"], each.get("id") or each["sku"]) for each in told]

    @property
    def credential(self) -> str:
        """What the caller proved itself with."""
        return self.headers.get("authorization") or self.headers.get("x-api-key", "")


@dataclass
class Recorder:
    """Every request, in the order of arrival."""

    asked: list[Asked] = field(default_factory=list)

    def around(self, app: ASGIApp) -> ASGIApp:
        """Answer the app with the recorder before it."""

        async def recording(scope: Scope, receive: Receive, send: Send) -> None:
            body = bytearray()

            async def received() -> Message:
                message = await receive()
                body.extend(message.get("body", b""))
                return message

            await app(scope, received, send)
            if scope["type"] == "http" and body:
                self._keep(scope, bytes(body))

        return recording

    def _keep(self, scope: Scope, body: bytes) -> None:
        told = json.loads(body)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.asked.append(Asked(headers, told["query"], told.get("variables") or {}))
