"""An honest connector of the vendor that does not exist: it keeps every rule of the kit."""

import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from msgspec import Meta
from msgspec.structs import replace

from gateway.connect import manifest
from gateway.connect.cursors import Cursor, Moment, read_cursor, write_cursor
from gateway.connect.deadline import Deadline
from gateway.connect.definition import ConnectContext, ConnectorDefinition
from gateway.connect.errors import (
    DeliveryRefused,
    MalformedPayload,
    UnknownValue,
    UpstreamFault,
)
from gateway.connect.http import Authorization, Response
from gateway.connect.manifest import parse_manifest
from gateway.connect.protocols import Found
from gateway.connect.records import Mapped, Notice, Page, RawDelivery, Unmappable
from gateway.connect.settings import ConnectorSettings, Secret
from gateway.connect.testing.faults import Fault
from gateway.connect.testing.kit import Subject
from gateway.connect.tokens import Grant, Tokens
from gateway.model.money import Money
from gateway.model.order import ChannelState, OrderRecord, PaymentStatus

from .toy_sandbox import SCOPE, WEAK_FIRST, WEAK_KEY, RenewingSandbox, ToySandbox, signature

BATCH = 5
Place = Annotated[int, Meta(ge=0)]
OVERLAP = timedelta(seconds=120)
STATES = {
    "approved": ChannelState.CONFIRMED,
    "processing": ChannelState.HANDLING,
    "invoiced": ChannelState.INVOICED,
    "shipped": ChannelState.SHIPPED,
    "delivered": ChannelState.DELIVERED,
    "canceled": ChannelState.CANCELLED,
}
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
deletes = "event"
page_size = 10
batch_size = 5
[delivery]
mode = "both"
signature = "signed"
acknowledge_within_seconds = 5.0
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


class WalkCursor(Cursor, frozen=True, tag="orders/1"):
    """How many rows of the list were read."""

    after: Place


class ChangesCursor(Cursor, frozen=True, tag="order-changes/1"):
    """How many rows of those changed since a moment were read."""

    since: Moment
    after: Place


class Toy:
    """One account at the vendor."""

    overlap = OVERLAP
    told: ClassVar[dict[str, str]] = {}

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
        following = self.following(answer, after)
        upcoming = None if following is None else write_cursor(WalkCursor(following))
        return Page(self.items(answer), upcoming, following is None, answer.started_at)

    async def order_changes(self, cursor: str | None, *, deadline: Deadline) -> Page[OrderRecord]:
        floor = self.clock.now() - self.overlap
        at = ChangesCursor(floor, 0) if cursor is None else read_cursor(cursor, ChangesCursor)
        told = {"since": at.since.isoformat(), "after": str(at.after), **self.told}
        answer = await self.get("/changes", told, deadline)
        following = self.following(answer, at.after)
        upcoming = ChangesCursor(floor, 0) if following is None else replace(at, after=following)
        return Page(
            self.items(answer),
            write_cursor(upcoming),
            following is None,
            answer.started_at,
            gone=self.gone(answer),
        )

    def verify(self, delivery: RawDelivery) -> str:
        told = delivery.headers.get("x-signature", "")
        if not hmac.compare_digest(told.encode(), signature(delivery.body).encode()):
            raise DeliveryRefused("the signature is wrong")
        return told

    def notices(self, delivery: RawDelivery) -> tuple[Notice, ...]:
        try:
            told = json.loads(delivery.body)
            return (Notice("orders", (told["id"],)),) if told["topic"] == "order" else ()
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
        return 0 if cursor is None else read_cursor(cursor, WalkCursor).after

    def following(self, answer: Response, after: int) -> int | None:
        told = self.json(answer).get("next")
        if told is None:
            return None
        if not isinstance(told, str) or not told.isdigit() or int(told) <= after:
            raise UpstreamFault("next is not a place further on")
        return int(told)

    def gone(self, answer: Response) -> tuple[str, ...]:
        return tuple(map(str, self.json(answer)["gone"]))

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


class RenewingSettings(ToySettings, frozen=True, kw_only=True):
    """An account behind access tokens."""

    refresh_token: Secret


class Renewing(Toy):
    """The same account behind access tokens."""

    def __init__(self, settings: RenewingSettings, context: ConnectContext) -> None:
        super().__init__(settings, context)
        self.first = settings.refresh_token
        self.desk = context.session(settings.endpoint, {}, throttled_seconds=30)
        self.authorization = self.authorized_by(context)
        self.http = context.session(
            settings.endpoint, {"X-Key": settings.key.reveal()}, 30, self.authorization
        )

    def authorized_by(self, context: ConnectContext) -> Authorization:
        return Tokens(context.credentials, context.clock, self.first, Secret("toy"), self.renew)

    async def close(self) -> None:
        await super().close()
        await self.desk.close()

    async def renew(self, refresh_token: str, deadline: Deadline) -> Grant:
        answer = await self.desk.request(
            "POST", "/token", form={"refresh_token": refresh_token},
            operation="token", deadline=deadline,
        )  # fmt: skip
        told = self.json(answer)
        return Grant(self.text(told, "access"), self.text(told, "refresh"), 3600)


def subject_of(definition: ConnectorDefinition[Any]) -> Subject:
    """Answer a toy's subject."""
    renews = definition.manifest.tokens is not None
    weak = {"key": WEAK_KEY, "refresh_token": WEAK_FIRST} if renews else {"key": WEAK_KEY}
    return Subject(
        definition=definition,
        sandbox=RenewingSandbox if renews else ToySandbox,
        refused={"key": "nobody's"},
        forbidden=weak,
        scope=SCOPE,
        throttled=Fault("status", status=429),
        throttled_seconds=30.0,
        hook_header="x-signature",
        renews="token" if renews else None,
    )


HONEST = ConnectorDefinition(MANIFEST, ToySettings, Toy)
RENEWING_MANIFEST = replace(MANIFEST, tokens=manifest.Tokens("single-use", 3600))
RENEWING = ConnectorDefinition(RENEWING_MANIFEST, RenewingSettings, Renewing)
