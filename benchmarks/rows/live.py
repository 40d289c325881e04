"""A page of orders that are read at their sources: by one field, or each by a field of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from benchmarks.clients.load import Target
from benchmarks.gateway import ask
from benchmarks.questions import LIVE_PAGE, aliased_page


@dataclass(frozen=True)
class LivePage:
    """What is asked for a page of orders."""

    query: str
    variables: Mapping[str, Any]

    async def ask(self, client: aiohttp.ClientSession, target: Target) -> list[dict[str, Any]]:
        """Answer the orders in the asked order."""
        data = await ask(client, target, self.query, self.variables)
        return list(data["ordersByKey"] if "ordersByKey" in data else data.values())


def page_of(ids: Sequence[str]) -> LivePage:
    """Answer the page that one field asks for."""
    return LivePage(LIVE_PAGE, {"keys": [{"id": each} for each in ids]})


def page_of_aliases(ids: Sequence[str]) -> LivePage:
    """Answer the page for which every order is asked by a field of its own."""
    variables = {f"id{place}": each for place, each in enumerate(ids)}
    return LivePage(aliased_page(len(ids)), variables)
