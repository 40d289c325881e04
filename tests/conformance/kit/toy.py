"""An honest connector of the vendor that does not exist: it keeps every rule of the kit."""

import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from gateway.connect.deadline import Deadline
from gateway.connect.definition import ConnectContext, ConnectorDefinition
from gateway.connect.errors import (
    CursorExpired,
    DeliveryRefused,
    MalformedPayload,
    UnknownValue,
    UpstreamFault,
)
from gateway.connect.http import Response
from gateway.connect.manifest import parse_manifest
from gateway.connect.protocols import Found
from gateway.connect.records import Mapped, Notice, Page, RawDelivery, Unmappable
from gateway.connect.settings import ConnectorSettings, Secret
from gateway.connect.testing.faults import Fault
from gateway.connect.testing.kit import Subject
from gateway.model.money import Money
from gateway.model.order import ChannelState, OrderRecord, PaymentStatus

from .toy_sandbox import SCOPE, WEAK_KEY, ToySandbox, signature

BATCH = 5
OVERLAP = timedelta(seconds=120)
STATES = {"shipped": ChannelState.SHIPPED, "approved": ChannelState.CONFIRMED}
MANIFEST = parse_manifest(
    """
id = "toy"
title = "Toy"
roles = ["MARKETPLACE"]
capabilities = ["OrderSource", "WebhookSource"]
stock_effect = "none"
settle_lag_seconds = 0.0
docs = ["https://toy.invalid"]
[streams.orders]
change_filter = "cursor"
fields_covered = ["state", "native_status", "lines"]
lag_seconds = 1.0
skew_seconds = 1.0
version = "none"
walk_seconds_per_thousand = 1.0
deletes = "none"
page_size = 10
batch_size = 5
[delivery]
mode = "both"
signature = "signed"
[limits]
requests_per_second = 200.0
burst = 50
concurrency = 4
max_body_bytes = 1000000
[verified]
against = "simulated"
on = "2026-11-23"
"""
)


class ToySettings(ConnectorSettings, frozen=True, kw_only=True):
    """An account."""

    endpoint: str
    key: Secret
    hook_secret: Secret


class Toy:
    """One account at the vendor."""

    def __init__(self, settings: ToySettings, context: ConnectContext) -> None:
        self.settings = settings
        self.clock = context.clock
        self.http = context.session(
            settings.endpoint, {"X-Key": settings.key.reveal()}, throttled_seconds=30
        )

    async def check(self, *, deadline: Deadline) -> str:
        answer = await self.get("/me", {}, deadline)
        return str(self.json(answer)["name"])

    async def close(self) -> None:
        await self.http.close()

    async def orders_by_ref(
        self, refs: Sequence[str], *, deadline: Deadline
    ) -> "list[Found[OrderRecord]]":
        found: dict[str | None, Mapped[OrderRecord] | Unmappable] = {}
        for start in range(0, len(refs), BATCH):
            asked = json.dumps(list(refs[start : start + BATCH]))
            answer = await self.get("/batch", {"refs": asked}, deadline)
            for item in self.items(answer):
                found[item.record.ref if isinstance(item, Mapped) else item.ref] = item
        return [found.get(ref) for ref in refs]

    async def order_walk(self, cursor: str | None, *, deadline: Deadline) -> Page[OrderRecord]:
        after = self.place(cursor)
        answer = await self.get("/orders", {"after": str(after)}, deadline)
        return self.page(answer, after)

    async def order_changes(self, cursor: str | None, *, deadline: Deadline) -> Page[OrderRecord]:
        now = self.clock.now()
        since, after = (cursor or f"{(now - OVERLAP).isoformat()}|0").split("|")
        answer = await self.get("/changes", {"since": since, "after": after}, deadline)
        page = self.page(answer, int(after))
        following = f"{(now - OVERLAP).isoformat()}|0" if page.is_last else None
        return Page(
            page.items, following or f"{since}|{page.next_cursor}", page.is_last, page.observed_at
        )

    def verify(self, delivery: RawDelivery) -> str:
        told = delivery.headers.get("x-signature", "")
        if not hmac.compare_digest(told.encode(), signature(delivery.body).encode()):
            raise DeliveryRefused("the signature is wrong")
        return told

    def notices(self, delivery: RawDelivery) -> tuple[Notice, ...]:
        try:
            return (Notice("orders", (json.loads(delivery.body)["id"],)),)
        except (ValueError, KeyError) as error:
            raise MalformedPayload("not a push of the vendor's", "id") from error

    async def subscribe(self, url: str, *, deadline: Deadline) -> None:
        await self.http.request(
            "POST", "/hooks", json={"url": url}, operation="hooks", deadline=deadline
        )

    async def get(self, path: str, params: dict[str, str], deadline: Deadline) -> Response:
        return await self.http.request(
            "GET", path, params=params, operation=path, deadline=deadline, scope=SCOPE
        )

    def json(self, answer: Response) -> Any:
        told = answer.json()
        if not isinstance(told, dict):
            raise UpstreamFault("the answer is not an object")
        return told

    def place(self, cursor: str | None) -> int:
        if cursor is not None and not cursor.isdigit():
            raise CursorExpired("not a cursor of ours")
        return int(cursor or 0)

    def page(self, answer: Response, after: int) -> Page[OrderRecord]:
        following = self.json(answer).get("next")
        if following is not None and not isinstance(following, str):
            raise UpstreamFault("next is not a cursor")
        if following is not None and (not following.isdigit() or int(following) <= after):
            raise UpstreamFault("the vendor repeats a page")
        return Page(self.items(answer), following, following is None, answer.started_at)

    def items(self, answer: Response) -> tuple[Mapped[OrderRecord] | Unmappable, ...]:
        rows = self.json(answer).get("rows")
        if not isinstance(rows, list):
            raise UpstreamFault("rows is not a list")
        return tuple(self.item(row, answer.started_at) for row in rows)

    def item(self, row: Any, observed_at: datetime) -> Mapped[OrderRecord] | Unmappable:
        raw = json.dumps(row).encode()
        try:
            return Mapped(self.record(row, observed_at), raw)
        except (MalformedPayload, UnknownValue) as error:
            ref = row.get("id") if isinstance(row, dict) else None
            return Unmappable(ref if isinstance(ref, str) else None, raw, error)

    def record(self, row: Any, observed_at: datetime) -> OrderRecord:
        state = self.text(row, "state")
        if state not in STATES:
            raise UnknownValue(f"an unknown state {state!r}", "state")
        total = self.money(row)
        nothing = Money(Decimal("0.00"), total.currency)
        return OrderRecord(
            ref=self.text(row, "id"),
            number=self.text(row, "id"),
            observed_at=observed_at,
            updated_at=self.moment(row, "at"),
            placed_at=self.moment(row, "placed"),
            state=STATES[state],
            native_status=state,
            payment_status=PaymentStatus.PAID,
            currency=total.currency,
            lines=(),
            subtotal=nothing,
            shipping_total=nothing,
            discount_total=nothing,
            tax_total=nothing,
            total=total,
        )

    def money(self, row: Any) -> Money:
        try:
            return Money(Decimal(self.text(row, "total")), self.text(row, "currency"))
        except (ValueError, ArithmeticError) as error:
            raise MalformedPayload("not an amount", "total") from error

    def moment(self, row: Any, name: str) -> datetime:
        try:
            return datetime.fromisoformat(self.text(row, name)).astimezone(UTC)
        except ValueError as error:
            raise MalformedPayload("not a time", name) from error

    def text(self, row: Any, name: str) -> str:
        value = row.get(name) if isinstance(row, dict) else None
        if not isinstance(value, str):
            raise MalformedPayload("a text is due", name)
        return value


def subject_of(definition: ConnectorDefinition[Any]) -> Subject:
    """Answer a toy's subject."""
    return Subject(
        definition=definition,
        sandbox=ToySandbox,
        refused={"key": "nobody's"},
        forbidden={"key": WEAK_KEY},
        scope=SCOPE,
        throttled=Fault("status", status=429),
        throttled_seconds=30.0,
        hook_header="x-signature",
    )


HONEST = ConnectorDefinition(MANIFEST, ToySettings, Toy)
