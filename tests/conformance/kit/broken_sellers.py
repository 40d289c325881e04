"""For each rule of what a vendor is told a connector that breaks it, and it alone."""

import asyncio
from collections.abc import Sequence
from itertools import count
from typing import Any

from gateway.connect.deadline import Deadline
from gateway.connect.definition import ConnectContext, ConnectorDefinition
from gateway.connect.errors import (
    Conflict,
    DeadlineExceeded,
    Rejected,
    SourceError,
    Throttled,
    Unreachable,
    UpstreamFault,
)
from gateway.connect.http import HttpSession, Response
from gateway.connect.records import StockLevel

from .selling import BATCH, MANIFEST, SELLING, Seller
from .toy import ToySettings


class OtherNames(Seller):
    """Calls a parameter otherwise than the protocol."""

    async def publish_stock(
        self, stock: Sequence[StockLevel], *, deadline: Deadline
    ) -> "list[SourceError | None]":
        return await super().publish_stock(stock, deadline=deadline)


class Jumbled(Seller):
    """Answers the last lot first."""

    async def publish_stock(
        self, levels: Sequence[StockLevel], *, deadline: Deadline
    ) -> "list[SourceError | None]":
        told = await super().publish_stock(levels, deadline=deadline)
        late = (len(told) - 1) // BATCH * BATCH
        return [*told[late:], *told[:late]]


class Undated(Seller):
    """Says that what it tells is of now."""

    def at(self, level: StockLevel) -> str:
        return self.clock.now().isoformat()

    def key(self, row: dict[str, Any]) -> str:
        return super().key({**row, "at": ""})


class Trimming(Seller):
    """Drops leading zeros."""

    def item(self, level: StockLevel) -> str:
        return super().item(level).lstrip("0")


class Misnaming(Seller):
    """Says that a silent vendor has failed."""

    async def send(self, lot: Sequence[StockLevel], deadline: Deadline) -> Response:
        try:
            return await super().send(lot, deadline)
        except DeadlineExceeded as error:
            raise UpstreamFault("no answer") from error


class Lingering(Seller):
    """Goes on telling when nobody waits for it any more."""

    async def send(self, lot: Sequence[StockLevel], deadline: Deadline) -> Response:
        return await asyncio.shield(super().send(lot, deadline))


class Impatient(Seller):
    """Waits a second, whatever the vendor asks for."""

    async def send(self, lot: Sequence[StockLevel], deadline: Deadline) -> Response:
        try:
            return await super().send(lot, deadline)
        except Throttled as error:
            raise Throttled(str(error), 1.0) from error


class Insistent(Seller):
    """Tells again and again."""

    async def send(self, lot: Sequence[StockLevel], deadline: Deadline) -> Response:
        for _ in range(3):
            try:
                return await super().send(lot, deadline)
            except Unreachable as error:
                last = error
        raise last


class Keyless(Seller):
    """Gives each telling a key of its own."""

    def __init__(self, settings: ToySettings, context: ConnectContext) -> None:
        super().__init__(settings, context)
        self.serial = count()

    def key(self, row: dict[str, Any]) -> str:
        return f"{id(self)} {next(self.serial)}"


class Believing(Seller):
    """Takes any answer for a yes."""

    def answers(self, answer: Response, count: int) -> "list[SourceError | None]":
        try:
            return super().answers(answer, count)
        except UpstreamFault:
            return [None] * count


class Hopeful(Seller):
    """Leaves it to the vendor to refuse what cannot be."""

    def refused(self, level: StockLevel) -> SourceError | None:
        return None

    async def send(self, lot: Sequence[StockLevel], deadline: Deadline) -> Response:
        answer = await super().send(lot, deadline)
        if any(level.quantity < 0 for level in lot):
            raise Rejected("there is no such quantity")
        return answer


class Stubborn(Seller):
    """Says that the vendor refused where another has told it something newer."""

    async def send(self, lot: Sequence[StockLevel], deadline: Deadline) -> Response:
        try:
            return await super().send(lot, deadline)
        except Conflict as error:
            raise Rejected("refused") from error


class Unobserved(Seller):
    """Calls the vendor past the session that it was lent."""

    def __init__(self, settings: ToySettings, context: ConnectContext) -> None:
        super().__init__(settings, context)
        headers = {"X-Key": settings.key.reveal()}
        limits, clock = context.limits, context.clock
        self.http = HttpSession(settings.endpoint, headers, limits, clock, throttled_seconds=30)


K01_SINK = ConnectorDefinition(MANIFEST, ToySettings, OtherNames)
K06_SINK = ConnectorDefinition(MANIFEST, ToySettings, Jumbled)
K09_SINK = ConnectorDefinition(MANIFEST, ToySettings, Undated)
K10_SINK = ConnectorDefinition(MANIFEST, ToySettings, Trimming)
K11_SINK = ConnectorDefinition(MANIFEST, ToySettings, Misnaming)
K12_SINK = ConnectorDefinition(MANIFEST, ToySettings, Lingering)
K13_SINK = ConnectorDefinition(MANIFEST, ToySettings, Impatient)
K14_SINK = ConnectorDefinition(MANIFEST, ToySettings, Keyless)
K14_SINK_OFTEN = ConnectorDefinition(MANIFEST, ToySettings, Insistent)
K15_SINK = ConnectorDefinition(MANIFEST, ToySettings, Believing)
K24 = ConnectorDefinition(MANIFEST, ToySettings, Hopeful)
K24_CONFLICT = ConnectorDefinition(MANIFEST, ToySettings, Stubborn)
K25_SINK = ConnectorDefinition(MANIFEST, ToySettings, Unobserved)

BROKEN_SELLERS = {
    name: each
    for name, each in list(globals().items())
    if isinstance(each, ConnectorDefinition) and each is not SELLING
}
