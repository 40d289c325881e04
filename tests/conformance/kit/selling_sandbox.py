"""The vendor that does not exist, told by its sellers what they have: a record for each telling."""

from typing import Any

from aiohttp import web

from gateway.connect.testing.dataset import Dataset
from gateway.connect.testing.sandbox import SandboxOptions

from .toy_sandbox import ToySandbox


class SellingSandbox(ToySandbox):
    """Counts each telling as an effect, but one that bears a key which it has seen."""

    def __init__(self, options: SandboxOptions) -> None:
        self.items: set[str] = set()
        self.keys: set[str] = set()
        self.told: dict[tuple[str, str], dict[str, Any]] = {}
        super().__init__(options)
        self.acts = {"show_stock": self._show}

    def seed(self, dataset: Dataset) -> None:
        super().seed(dataset)
        self.items = {item.sku for item in dataset.items}

    def add_routes(self, app: web.Application) -> None:
        super().add_routes(app)
        app.router.add_post("/levels", self._levels)

    async def _levels(self, request: web.Request) -> web.Response:
        refused = self._refused(request)
        if refused is not None:
            return refused
        rows = (await request.json())["levels"]
        return web.json_response({"rows": [self._take(row) for row in rows]})

    def _take(self, row: dict[str, Any]) -> str | None:
        if row["item"] not in self.items or row["place"] != "dc-1":
            return "there is no such position"
        if row["key"] in self.keys:
            return None
        self.keys.add(row["key"])
        place = (row["item"], row["place"])
        effects = self.told.get(place, {"effects": 0})["effects"] + 1
        self.told[place] = {"quantity": row["quantity"], "as_of": row["at"], "effects": effects}
        return None

    def _show(self, told: dict[str, Any]) -> dict[str, Any]:
        return self.told.get((told["sku"], told["location"]), {"quantity": 0, "effects": 0})
