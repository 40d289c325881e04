"""An honest connector of the vendor that does not exist, which tells it stock and reads nothing."""

import json
from collections.abc import Sequence
from typing import Any

from gateway.connect.concurrency import outcomes
from gateway.connect.deadline import Deadline
from gateway.connect.definition import ConnectContext, ConnectorDefinition
from gateway.connect.errors import NotFound, Rejected, SourceError, UpstreamFault
from gateway.connect.http import Response
from gateway.connect.manifest import parse_manifest
from gateway.connect.records import StockLevel
from gateway.connect.testing.faults import Fault
from gateway.connect.testing.kit import Subject

from .selling_sandbox import SellingSandbox
from .toy import ToySettings
from .toy_sandbox import SCOPE, WEAK_KEY

BATCH = 5
LEVELS = "levels"
TEXT = """
id = "seller"
title = "Seller"
roles = ["MARKETPLACE"]
capabilities = ["StockSink"]
stock_effect = "none"
settle_lag_seconds = 0.0
docs = ["https://toy.invalid"]
[streams]
[sinks.stock]
batch_size = 5
repeat = "key"
[delivery]
mode = "poll"
signature = "none"
[limits]
requests_per_second = 200.0
burst = 50
concurrency = 4
max_body_bytes = 1000000
[verified]
against = "simulated"
on = "2026-11-23"
"""
MANIFEST = parse_manifest(TEXT)


class Seller:
    """One account at the vendor."""

    def __init__(self, settings: ToySettings, context: ConnectContext) -> None:
        self.settings = settings
        self.clock = context.clock
        self.http = context.session(
            settings.endpoint, {"X-Key": settings.key.reveal()}, throttled_seconds=30
        )

    async def check(self, *, deadline: Deadline) -> str:
        await self.http.request("GET", "/me", operation="me", deadline=deadline, scope=SCOPE)
        return "toy"

    async def close(self) -> None:
        await self.http.close()

    async def publish_stock(
        self, levels: Sequence[StockLevel], *, deadline: Deadline
    ) -> "list[SourceError | None]":
        lots = [levels[start : start + BATCH] for start in range(0, len(levels), BATCH)]
        found = [await self.told(lot, deadline) for lot in lots]
        return [error for lot in found for error in lot]

    async def told(
        self, lot: Sequence[StockLevel], deadline: Deadline
    ) -> "list[SourceError | None]":
        errors: list[SourceError | None] = [self.refused(level) for level in lot]
        sent = [n for n, error in enumerate(errors) if error is None]
        if not sent:
            return errors
        told: list[SourceError | None] = []

        async def send() -> None:
            told.extend(self.answers(await self.send([lot[n] for n in sent], deadline), len(sent)))

        failed = (await outcomes([send()]))[0]
        for place, n in enumerate(sent):
            errors[n] = failed or told[place]
        return errors

    def refused(self, level: StockLevel) -> SourceError | None:
        return Rejected("there is no such quantity") if level.quantity < 0 else None

    async def send(self, lot: Sequence[StockLevel], deadline: Deadline) -> Response:
        rows = [self.row(level) for level in lot]
        return await self.http.request(
            "POST", f"/{LEVELS}", json={"levels": rows}, operation=LEVELS, deadline=deadline,
            retry=True, scope=SCOPE,
        )  # fmt: skip

    def row(self, level: StockLevel) -> dict[str, Any]:
        row = {
            "item": self.item(level),
            "place": level.position.location,
            "quantity": level.quantity,
            "at": self.at(level),
        }
        return {**row, "key": self.key(row)}

    def item(self, level: StockLevel) -> str:
        return level.position.item

    def at(self, level: StockLevel) -> str:
        return level.as_of.isoformat()

    def key(self, row: dict[str, Any]) -> str:
        return json.dumps(row, sort_keys=True)

    def answers(self, answer: Response, count: int) -> "list[SourceError | None]":
        told = answer.json()
        rows = told.get("rows") if isinstance(told, dict) else None
        if not isinstance(rows, list) or len(rows) != count:
            raise UpstreamFault("rows is not a list of as many")
        return [None if row is None else NotFound(str(row)) for row in rows]


def subject_of(definition: ConnectorDefinition[Any]) -> Subject:
    """Answer a seller's subject."""
    return Subject(
        definition=definition,
        sandbox=SellingSandbox,
        refused={"key": "nobody's"},
        forbidden={"key": WEAK_KEY},
        scope=SCOPE,
        throttled=Fault("status", status=429),
        throttled_seconds=30.0,
        writes=(LEVELS,),
    )


SELLING = ConnectorDefinition(MANIFEST, ToySettings, Seller)
