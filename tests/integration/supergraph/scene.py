"""A served gateway and a foreign subgraph, with what each of them was asked."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp

from tests.integration.graph.stage import KEYS, PLACED, Stage, an_order, staged
from tests.integration.supergraph.loyalty import listening, loyalty_app
from tests.integration.supergraph.recorder import Recorder


@dataclass
class Scene:
    """Three orders of two customers, each with a gift; the third is the newest."""

    stage: Stage
    ids: list[str]
    trama: Recorder
    loyalty: Recorder
    environ: dict[str, str]

    def forget(self) -> None:
        """Forget what was asked until now."""
        self.trama.asked.clear()
        self.loyalty.asked.clear()

    async def ask(self, router: str, query: str, headers: Mapping[str, str]) -> dict[str, Any]:
        """Answer a router's whole response to a caller."""
        async with (
            aiohttp.ClientSession() as client,
            client.post(router, json={"query": query}, headers=headers) as answer,
        ):
            found: dict[str, Any] = await answer.json(content_type=None)
            return found


@asynccontextmanager
async def two_subgraphs(
    database: str, federation: Mapping[str, Any] | None = None
) -> AsyncIterator[Scene]:
    """Serve both; they are introduced to a router by the environment."""
    told = federation or {}
    trama, loyalty = Recorder(), Recorder()
    async with staged(database, federation=told, around=trama.around) as stage:
        customers = {"1": "c-1", "2": "c-2", "3": "c-1"}
        await stage.put("orders", *(
            an_order(number, customer, placed_at=PLACED + timedelta(minutes=int(number)))
            for number, customer in customers.items()
        ))  # fmt: skip
        field = "tramaOrders" if told.get("prefix") else "orders"
        found = await stage.data(f"{{ {field}(first: 3) {{ nodes {{ id }} }} }}")
        ids = [each["id"] for each in reversed(found[field]["nodes"])]
        gifts = dict(zip(ids, ("SKU-1", "007", "SKU-1"), strict=True))
        app = loyalty_app(gifts, told.get("prefix", ""))
        async with listening(loyalty.around(app)) as url:
            environ = {
                "TRAMA_URL": f"{stage.url}/graphql",
                "TRAMA_ROUTER_KEY": KEYS["router"],
                "LOYALTY_URL": url,
            }
            yield Scene(stage, ids, trama, loyalty, environ)
