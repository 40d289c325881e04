"""A plain caller of the sandbox."""

import base64
from typing import Any

import aiohttp

from connectors.bling.sandbox import APP, App
from connectors.bling.sandbox.server import API

from .retail import Stage

Answered = tuple[int, Any]


class Caller:
    """A plain caller with an application's token."""

    def __init__(self, stage: Stage, app: App = APP) -> None:
        self._url = stage.url + API
        self._app = app
        self.refresh = app.refresh_token
        self.access = ""

    async def renew(self, secret: str | None = None) -> Answered:
        """Spend the refresh token."""
        pair = f"{self._app.client_id}:{secret or self._app.client_secret}"
        headers = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        form = {"grant_type": "refresh_token", "refresh_token": self.refresh}
        async with (
            aiohttp.ClientSession(headers=headers) as client,
            client.post(f"{self._url}/oauth/token", data=form) as answer,
        ):
            assert answer.headers["X-Trama-Sandbox"] == "Bling sandbox"
            told = await answer.json()
        if answer.status == 200:
            self.access, self.refresh = told["access_token"], told["refresh_token"]
        return answer.status, told

    async def get(self, path: str, **query: Any) -> Answered:
        headers = {"Authorization": f"Bearer {self.access}"}
        params = {name: str(value) for name, value in query.items()}
        async with (
            aiohttp.ClientSession(headers=headers) as client,
            client.get(self._url + path, params=params) as answer,
        ):
            return answer.status, await answer.json()

    async def listed(self, path: str, **query: Any) -> list[Any]:
        status, body = await self.get(path, **query)
        assert status == 200, body
        return list(body["data"])
