"""The projection's tables, declared once; migrations bring a database to them.

Refs and SKUs are byte-exact (`COLLATE "C"`). Raw bodies are bytes. Times are timestamptz.
"""

from sqlmodel import SQLModel

from gateway.projection.tables.channels import ChannelStockRow
from gateway.projection.tables.copies import InvoiceRow, OrderCopyRow
from gateway.projection.tables.customers import (
    CustomerDecisionRow,
    CustomerKeyRow,
    CustomerRecordRow,
)
from gateway.projection.tables.fulfillments import (
    FulfillmentLineRow,
    FulfillmentRow,
    ShipmentLineRow,
    ShipmentRow,
)
from gateway.projection.tables.idempotency import IdempotencyKeyRow
from gateway.projection.tables.inbox import InboxRow, QuarantineRow
from gateway.projection.tables.items import ItemRefRow, ItemRow
from gateway.projection.tables.locations import (
    LocationGroupMemberRow,
    LocationGroupRow,
    LocationRefRow,
    LocationRow,
)
from gateway.projection.tables.log import EventRow, LogRow
from gateway.projection.tables.orders import ExternalRefRow, OrderLineRow, OrderRow
from gateway.projection.tables.sources import (
    DriftRow,
    SourceCredentialRow,
    SourceRow,
    SourceStreamRow,
    SyncRunRow,
)
from gateway.projection.tables.stock import PositionRow
from gateway.projection.tables.tickets import StreamTicketRow
from gateway.projection.tables.webhooks import (
    WebhookAttemptRow,
    WebhookDeliveryRow,
    WebhookEndpointRow,
)

METADATA = SQLModel.metadata

__all__ = [
    "METADATA",
    "ChannelStockRow",
    "CustomerDecisionRow",
    "CustomerKeyRow",
    "CustomerRecordRow",
    "DriftRow",
    "EventRow",
    "ExternalRefRow",
    "FulfillmentLineRow",
    "FulfillmentRow",
    "IdempotencyKeyRow",
    "InboxRow",
    "InvoiceRow",
    "ItemRefRow",
    "ItemRow",
    "LocationGroupMemberRow",
    "LocationGroupRow",
    "LocationRefRow",
    "LocationRow",
    "LogRow",
    "OrderCopyRow",
    "OrderLineRow",
    "OrderRow",
    "PositionRow",
    "QuarantineRow",
    "ShipmentLineRow",
    "ShipmentRow",
    "SourceCredentialRow",
    "SourceRow",
    "SourceStreamRow",
    "StreamTicketRow",
    "SyncRunRow",
    "WebhookAttemptRow",
    "WebhookDeliveryRow",
    "WebhookEndpointRow",
]
