"""A plain caller of the sandbox."""

from typing import Any

import aiohttp

from connectors.vtex.sandbox import APP_KEY, KEYS

from .retail import Stage

ALWAYS = {"type": "FromOrders", "expression": "$exists(orderId)", "disableSingleFire": True}
QUEUE = {"visibilityTimeoutInSeconds": 250, "MessageRetentionPeriodInSeconds": 345600}
HEADERS = {"X-VTEX-API-AppKey": APP_KEY, "X-VTEX-API-AppToken": KEYS[APP_KEY]}
Answered = tuple[int, Any]


class Caller:
    """A plain caller with a key."""

    def __init__(self, stage: Stage, key: str = APP_KEY, secret: str | None = None) -> None:
        self._url = stage.url
        self.headers = {
            "X-VTEX-API-AppKey": key,
            "X-VTEX-API-AppToken": KEYS[key] if secret is None else secret,
        }

    async def call(self, method: str, path: str, body: object = None, **query: Any) -> Answered:
        params = {name: str(value) for name, value in query.items()}
        async with (
            aiohttp.ClientSession(headers=self.headers) as client,
            client.request(method, self._url + path, json=body, params=params) as answer,
        ):
            assert answer.headers["X-Trama-Sandbox"] == "VTEX sandbox"
            self.retry_after = answer.headers.get("Retry-After")
            text = await answer.read()
            return answer.status, await answer.json() if text else None

    async def listed(self, **query: Any) -> list[str]:
        status, body = await self.call("GET", "/api/oms/pvt/orders", **query)
        assert status == 200
        return [row["orderId"] for row in body["list"]]

    async def configure(self, **filter_: Any) -> int:
        body = {"filter": filter_ or ALWAYS, "queue": QUEUE}
        return (await self.call("POST", "/api/orders/feed/config", body))[0]

    async def feed(self, lot: int = 10) -> list[dict[str, Any]]:
        status, items = await self.call("GET", "/api/orders/feed", maxlot=lot)
        assert status == 200
        return list(items)
