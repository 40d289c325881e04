"""The projection's tables, declared once; migrations bring a database to them.

Refs and SKUs are byte-exact (`COLLATE "C"`). Raw bodies are bytes. Times are timestamptz.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    Sequence,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import UserDefinedType
from sqlmodel import Field, SQLModel

EVENT_ID = Sequence("event_id", metadata=SQLModel.metadata, cache=1)
POSITION_SEQUENCE = Sequence("position_sequence", metadata=SQLModel.metadata, cache=1)


class TransactionId(UserDefinedType[int]):
    """Postgres's 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


def _ref(**options: Any) -> Any:
    return Column(Text(collation="C"), **{"nullable": False, **options})


def _text(**options: Any) -> Any:
    return Column(Text, **{"nullable": False, **options})


def _time(**options: Any) -> Any:
    return Column(DateTime(timezone=True), **{"nullable": True, **options})


def _source(**options: Any) -> Any:
    return Column(Text(collation="C"), ForeignKey("source.id"), **{"nullable": False, **options})


def _link(target: str, **options: Any) -> Any:
    cascade = ForeignKey(target, ondelete="CASCADE")
    return Column(Uuid, cascade, **{"nullable": False, **options})


def _number(kind: Any = Integer, **options: Any) -> Any:
    return Column(kind, **{"nullable": True, **options})


class SourceRow(SQLModel, table=True):
    """A configured instance of a connector."""

    __tablename__ = "source"
    id: str = Field(sa_column=_ref(primary_key=True))
    connector: str = Field(sa_column=_text())
    title: str = Field(sa_column=_text())
    roles: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))


class SourceStreamRow(SQLModel, table=True):
    """How far one stream of a source has been read, who reads it, and how it fares.

    `watermark` dates what a delta covers; `walked_at` is the start of the last complete walk;
    `walk_*` is the walk under way. `lease_token` fences the cursor's writes.
    """

    __tablename__ = "source_stream"
    source_id: str = Field(sa_column=_source(primary_key=True))
    stream: str = Field(sa_column=_text(primary_key=True))
    cursor: str | None = Field(sa_column=_text(nullable=True))
    watermark: datetime | None = Field(sa_column=_time())
    walked_at: datetime | None = Field(sa_column=_time())
    walk_cursor: str | None = Field(sa_column=_text(nullable=True))
    walk_started_at: datetime | None = Field(sa_column=_time())
    walk_rows: int = Field(sa_column=_number(BigInteger, nullable=False, server_default="0"))
    walk_expected: int | None = Field(sa_column=_number(BigInteger))
    backfilled_at: datetime | None = Field(sa_column=_time())
    lease_owner: str | None = Field(sa_column=_text(nullable=True))
    lease_token: int = Field(sa_column=_number(BigInteger, nullable=False, server_default="0"))
    lease_until: datetime | None = Field(sa_column=_time())
    health: str = Field(sa_column=_text(server_default="UP"))
    health_since: datetime | None = Field(sa_column=_time())
    health_reason: str | None = Field(sa_column=_text(nullable=True))
    requested_at: datetime | None = Field(sa_column=_time())


class ItemRow(SQLModel, table=True):
    """A SKU of the retailer."""

    __tablename__ = "item"
    sku: str = Field(sa_column=_ref(primary_key=True))
    title: str | None = Field(sa_column=_text(nullable=True))


class ItemRefRow(SQLModel, table=True):
    """A source's item id, the SKU that it is, and how many stock units one of it counts."""

    __tablename__ = "item_ref"
    source_id: str = Field(sa_column=_source(primary_key=True))
    external_id: str = Field(sa_column=_ref(primary_key=True))
    sku: str = Field(
        sa_column=Column(Text(collation="C"), ForeignKey("item.sku"), nullable=False, index=True)
    )
    units_per: int = Field(sa_column=_number(nullable=False, server_default="1"))
    origin: str = Field(sa_column=_text())


class LocationRow(SQLModel, table=True):
    """A place with stock; `stock_source_id` is the authority over it."""

    __tablename__ = "location"
    id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    code: str = Field(sa_column=_ref(unique=True))
    name: str | None = Field(sa_column=_text(nullable=True))
    kind: str = Field(sa_column=_text())
    owner: str | None = Field(sa_column=_text(nullable=True))
    address: dict[str, Any] | None = Field(sa_column=Column(JSONB, nullable=True))
    latitude: float | None = Field(sa_column=_number(Double))
    longitude: float | None = Field(sa_column=_number(Double))
    time_zone: str = Field(sa_column=_text(server_default="America/Sao_Paulo"))
    pickup: bool = Field(sa_column=_number(Boolean, nullable=False, server_default=text("false")))
    shipping: bool = Field(sa_column=_number(Boolean, nullable=False, server_default=text("true")))
    daily_capacity: int | None = Field(sa_column=_number())
    is_active: bool = Field(sa_column=_number(Boolean, nullable=False))
    stock_source_id: str | None = Field(sa_column=_source(nullable=True))
    observed_at: datetime = Field(sa_column=_time(nullable=False))


class LocationRefRow(SQLModel, table=True):
    """A source's id of a location."""

    __tablename__ = "location_ref"
    source_id: str = Field(sa_column=_source(primary_key=True))
    external_id: str = Field(sa_column=_ref(primary_key=True))
    location_id: UUID = Field(sa_column=_link("location.id", index=True))


class LocationGroupRow(SQLModel, table=True):
    """Locations that sell together; `threshold` units are kept back from their sum."""

    __tablename__ = "location_group"
    id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    code: str = Field(sa_column=_ref(unique=True))
    name: str = Field(sa_column=_text())
    threshold: int = Field(sa_column=_number(nullable=False, server_default="0"))
    is_default: bool = Field(sa_column=_number(Boolean, nullable=False))


class LocationGroupMemberRow(SQLModel, table=True):
    """A location's place in a group."""

    __tablename__ = "location_group_member"
    group_id: UUID = Field(sa_column=_link("location_group.id", primary_key=True))
    location_id: UUID = Field(sa_column=_link("location.id", primary_key=True, index=True))


class PositionRow(SQLModel, table=True):
    """A SKU at a location: the source's facts, our promises, and when they were observed.

    `sequence` grows with every change of a fact: the position's own compacted log.
    """

    __tablename__ = "position"
    __table_args__ = (
        CheckConstraint("held >= 0", name="held_not_negative"),
        CheckConstraint("allocated >= 0", name="allocated_not_negative"),
        Index("position_by_source", "source_id", "observed_at"),
        Index("position_by_sequence", "sequence"),
    )
    sku: str = Field(
        sa_column=Column(Text(collation="C"), ForeignKey("item.sku"), primary_key=True)
    )
    location_id: UUID = Field(sa_column=_link("location.id", primary_key=True))
    source_id: str = Field(sa_column=_source())
    on_hand: int | None = Field(sa_column=_number())
    committed: int | None = Field(sa_column=_number())
    safety_stock: int | None = Field(sa_column=_number())
    incoming: list[Any] = Field(
        sa_column=Column(JSONB, nullable=False, server_default=text("'[]'::jsonb"))
    )
    held: int = Field(sa_column=_number(nullable=False, server_default="0"))
    allocated: int = Field(sa_column=_number(nullable=False, server_default="0"))
    version: int | None = Field(sa_column=_number(BigInteger))
    observed_at: datetime = Field(sa_column=_time(nullable=False))
    is_quarantined: bool = Field(
        sa_column=_number(Boolean, nullable=False, server_default=text("false"))
    )
    sequence: int = Field(sa_column=_number(BigInteger, nullable=False))


class CustomerRow(SQLModel, table=True):
    """A person or company that buys. All of it is personal data."""

    __tablename__ = "customer"
    id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    name: str | None = Field(sa_column=_text(nullable=True))
    emails: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    phones: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    tax_id: str | None = Field(sa_column=_text(nullable=True))
    observed_at: datetime = Field(sa_column=_time(nullable=False))


class CustomerRefRow(SQLModel, table=True):
    """A source's id of a customer."""

    __tablename__ = "customer_ref"
    source_id: str = Field(sa_column=_source(primary_key=True))
    external_id: str = Field(sa_column=_ref(primary_key=True))
    customer_id: UUID = Field(sa_column=_link("customer.id", index=True))


class OrderRow(SQLModel, table=True):
    """An order as its channel has it, and the status that follows from all facts."""

    __tablename__ = "sales_order"
    __table_args__ = (
        UniqueConstraint("source_id", "ref", name="sales_order_ref"),
        Index("sales_order_by_placed", text("placed_at DESC"), text("id DESC")),
        Index("sales_order_by_channel", "channel", text("placed_at DESC"), text("id DESC")),
        Index("sales_order_by_status", "status", text("placed_at DESC"), text("id DESC")),
        Index("sales_order_by_number", "number"),
        Index("sales_order_by_customer", "customer_id"),
    )
    id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    source_id: str = Field(sa_column=_source())
    ref: str = Field(sa_column=_ref())
    channel: str = Field(sa_column=_ref())
    number: str = Field(sa_column=_ref())
    placed_at: datetime = Field(sa_column=_time(nullable=False))
    state: str = Field(sa_column=_text())
    native_status: str = Field(sa_column=_text())
    status: str = Field(sa_column=_text())
    payment_status: str = Field(sa_column=_text())
    currency: str = Field(sa_column=_text())
    subtotal: Decimal = Field(sa_column=_number(Numeric, nullable=False))
    shipping_total: Decimal = Field(sa_column=_number(Numeric, nullable=False))
    discount_total: Decimal = Field(sa_column=_number(Numeric, nullable=False))
    tax_total: Decimal = Field(sa_column=_number(Numeric, nullable=False))
    total: Decimal = Field(sa_column=_number(Numeric, nullable=False))
    customer_id: UUID | None = Field(
        sa_column=Column(Uuid, ForeignKey("customer.id"), nullable=True)
    )
    shipping_address: dict[str, Any] | None = Field(sa_column=Column(JSONB, nullable=True))
    promised_delivery_by: datetime | None = Field(sa_column=_time())
    version: int | None = Field(sa_column=_number(BigInteger))
    updated_at: datetime | None = Field(sa_column=_time())
    observed_at: datetime = Field(sa_column=_time(nullable=False))
    is_quarantined: bool = Field(
        sa_column=_number(Boolean, nullable=False, server_default=text("false"))
    )
    event_version: int = Field(sa_column=_number(BigInteger, nullable=False, server_default="0"))


class OrderLineRow(SQLModel, table=True):
    """A line of an order."""

    __tablename__ = "order_line"
    order_id: UUID = Field(sa_column=_link("sales_order.id", primary_key=True))
    ref: str = Field(sa_column=_ref(primary_key=True))
    place: int = Field(sa_column=_number(nullable=False))
    sku: str = Field(sa_column=_ref(index=True))
    title: str | None = Field(sa_column=_text(nullable=True))
    quantity: int = Field(sa_column=_number(nullable=False))
    unit_price: Decimal = Field(sa_column=_number(Numeric, nullable=False))
    discount: Decimal | None = Field(sa_column=_number(Numeric))


class FulfillmentRow(SQLModel, table=True):
    """The work one location does for one order; without `order_id` it waits for its header."""

    __tablename__ = "fulfillment"
    __table_args__ = (
        UniqueConstraint("source_id", "ref", name="fulfillment_ref"),
        Index("fulfillment_waiting", "order_ref", postgresql_where=text("order_id IS NULL")),
    )
    id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    source_id: str = Field(sa_column=_source())
    ref: str = Field(sa_column=_ref())
    order_ref: str = Field(sa_column=_ref())
    order_id: UUID | None = Field(sa_column=_link("sales_order.id", nullable=True, index=True))
    location_id: UUID = Field(sa_column=_link("location.id", index=True))
    status: str = Field(sa_column=_text())
    native_status: str = Field(sa_column=_text())
    version: int | None = Field(sa_column=_number(BigInteger))
    updated_at: datetime | None = Field(sa_column=_time())
    observed_at: datetime = Field(sa_column=_time(nullable=False))
    is_quarantined: bool = Field(
        sa_column=_number(Boolean, nullable=False, server_default=text("false"))
    )


class FulfillmentLineRow(SQLModel, table=True):
    """Units that a location is to send."""

    __tablename__ = "fulfillment_line"
    fulfillment_id: UUID = Field(sa_column=_link("fulfillment.id", primary_key=True))
    place: int = Field(sa_column=_number(primary_key=True, autoincrement=False))
    sku: str = Field(sa_column=_ref())
    quantity: int = Field(sa_column=_number(nullable=False))
    line_ref: str | None = Field(sa_column=_ref(nullable=True))


class ShipmentRow(SQLModel, table=True):
    """A parcel."""

    __tablename__ = "shipment"
    __table_args__ = (UniqueConstraint("fulfillment_id", "ref", name="shipment_ref"),)
    id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    fulfillment_id: UUID = Field(sa_column=_link("fulfillment.id"))
    ref: str = Field(sa_column=_ref())
    carrier: str | None = Field(sa_column=_text(nullable=True))
    service: str | None = Field(sa_column=_text(nullable=True))
    tracking_number: str | None = Field(sa_column=_ref(nullable=True))
    tracking_url: str | None = Field(sa_column=_text(nullable=True))
    shipped_at: datetime | None = Field(sa_column=_time())
    is_delivered: bool = Field(sa_column=_number(Boolean, nullable=False))
    delivered_at: datetime | None = Field(sa_column=_time())


class ShipmentLineRow(SQLModel, table=True):
    """Units in a parcel."""

    __tablename__ = "shipment_line"
    shipment_id: UUID = Field(sa_column=_link("shipment.id", primary_key=True))
    place: int = Field(sa_column=_number(primary_key=True, autoincrement=False))
    sku: str = Field(sa_column=_ref())
    quantity: int = Field(sa_column=_number(nullable=False))
    line_ref: str | None = Field(sa_column=_ref(nullable=True))


class ExternalRefRow(SQLModel, table=True):
    """What others call an order; unique per source, kind and id."""

    __tablename__ = "external_ref"
    __table_args__ = (Index("external_ref_by_id", "external_id"),)
    source_id: str = Field(sa_column=_source(primary_key=True))
    kind: str = Field(sa_column=_ref(primary_key=True))
    external_id: str = Field(sa_column=_ref(primary_key=True))
    order_id: UUID = Field(sa_column=_link("sales_order.id", index=True))


class InboxRow(SQLModel, table=True):
    """A delivery as it arrived: durable before it is acknowledged, applied after."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("source_id", "delivery_id", name="inbox_delivery"),
        Index(
            "inbox_unapplied", "source_id", "received_at",
            postgresql_where=text("applied_at IS NULL"),
        ),
    )  # fmt: skip
    id: int | None = Field(sa_column=_number(BigInteger, primary_key=True))
    source_id: str = Field(sa_column=_source())
    delivery_id: str = Field(sa_column=_ref())
    url: str = Field(sa_column=_text())
    headers: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    received_at: datetime = Field(sa_column=_time(nullable=False))
    applied_at: datetime | None = Field(sa_column=_time())
    attempts: int = Field(sa_column=_number(nullable=False, server_default="0"))
    error: str | None = Field(sa_column=_text(nullable=True))
    retry_at: datetime | None = Field(sa_column=_time())


class QuarantineRow(SQLModel, table=True):
    """A record that could not be mapped, kept whole until it can."""

    __tablename__ = "quarantine"
    __table_args__ = (
        Index(
            "quarantine_open", "source_id", "stream", "ref",
            unique=True, postgresql_where=text("resolved_at IS NULL"),
        ),
    )  # fmt: skip
    id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    source_id: str = Field(sa_column=_source())
    stream: str = Field(sa_column=_text())
    ref: str = Field(sa_column=_ref())
    raw: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    code: str = Field(sa_column=_text())
    path: str = Field(sa_column=_text())
    message: str = Field(sa_column=_text())
    attempts: int = Field(sa_column=_number(nullable=False, server_default="1"))
    first_seen_at: datetime = Field(sa_column=_time(nullable=False))
    last_seen_at: datetime = Field(sa_column=_time(nullable=False))
    resolved_at: datetime | None = Field(sa_column=_time())


class EventRow(SQLModel, table=True):
    """One entry of the log: what changed of which aggregate, for whom; no personal data.

    Written after the state row in one transaction: the transaction's id exists before the event's
    id is drawn, and it is drawn under the aggregate's lock.
    """

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("aggregate_id", "aggregate_version", name="event_of_aggregate"),
    )
    id: int = Field(
        sa_column=Column(BigInteger, EVENT_ID, server_default=EVENT_ID.next_value(), primary_key=True)
    )
    type: str = Field(sa_column=_text())
    aggregate: str = Field(sa_column=_text())
    aggregate_id: UUID = Field(sa_column=Column(Uuid, nullable=False))
    aggregate_version: int = Field(sa_column=_number(BigInteger, nullable=False))
    changed: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    audience: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    occurred_at: datetime = Field(sa_column=_time(nullable=False))
    recorded_at: datetime = Field(
        sa_column=_time(nullable=False, server_default=text("clock_timestamp()"))
    )
    transaction_id: int = Field(
        sa_column=Column(
            TransactionId, nullable=False, server_default=text("pg_current_xact_id()")
        )
    )


class LogRow(SQLModel, table=True):
    """The identity of this log, so that a cursor of another one is refused."""

    __tablename__ = "log"
    id: UUID = Field(sa_column=Column(Uuid, primary_key=True))


class SyncRunRow(SQLModel, table=True):
    """One backfill, walk or replay that was asked for or is due: who, how far, how it ended."""

    __tablename__ = "sync_run"
    __table_args__ = (Index("sync_run_latest", "source_id", text("started_at DESC")),)
    id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    source_id: str = Field(sa_column=_source())
    stream: str = Field(sa_column=_text())
    kind: str = Field(sa_column=_text())
    state: str = Field(sa_column=_text())
    rows: int = Field(sa_column=_number(BigInteger, nullable=False, server_default="0"))
    expected: int | None = Field(sa_column=_number(BigInteger))
    started_at: datetime = Field(sa_column=_time(nullable=False))
    ended_at: datetime | None = Field(sa_column=_time())
    error: str | None = Field(sa_column=_text(nullable=True))
