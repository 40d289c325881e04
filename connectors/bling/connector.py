"""Bling behind Trama's protocols."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Raw

from connectors.bling import mapping, webhook, wire
from connectors.bling.client import LONG_PAGE, BlingClient
from connectors.bling.cursors import DepositsCursor, Place
from connectors.bling.invoices import Invoices
from connectors.bling.lists import read_page
from connectors.bling.published import Published
from connectors.bling.settings import BlingSettings
from connectors.bling.situations import Situations
from connectors.bling.stock import Stock
from connectors.bling.streams import RecordStream
from gateway.connect.cursors import read_cursor, write_cursor
from gateway.connect.deadline import Deadline
from gateway.connect.decoding import decode
from gateway.connect.definition import ConnectContext, ConnectorDefinition
from gateway.connect.errors import ContractError, SourceError, Unsupported
from gateway.connect.manifest import manifest_of
from gateway.connect.protocols import Found
from gateway.connect.records import Mapped, Notice, Page, RawDelivery, StockLevel, Unmappable
from gateway.model.customer import CustomerRecord
from gateway.model.invoice import InvoiceRecord
from gateway.model.location import LocationRecord
from gateway.model.order import OrderRecord
from gateway.model.stock import PositionRef, StockRecord


class BlingConnector:
    """One Bling account."""

    def __init__(self, settings: BlingSettings, context: ConnectContext) -> None:
        self._settings = settings
        self._client = client = BlingClient(settings, context)
        self._situations = Situations(client, settings.states)
        self._stock = Stock(client)
        self._published = Published(client, self._stock)
        clock = context.clock
        self._orders = RecordStream("orders", client.orders, client.order, self._order, clock)
        self._invoices = Invoices(client, clock)
        self._customers = RecordStream(
            "customers", client.contacts, client.contact, _contact, clock
        )

    async def check(self, *, deadline: Deadline) -> str:
        """Read the company and an order, which need different scopes."""
        await self._client.orders(None, 1, deadline)
        answer = await self._client.company(deadline)
        company = decode(decode(answer.body, wire.Single).data, wire.Company)
        return f"Bling account {company.nome or company.id}"

    async def close(self) -> None:
        """Release every connection."""
        await self._client.close()

    async def orders_by_ref(
        self, refs: Sequence[str], *, deadline: Deadline
    ) -> "list[Found[OrderRecord]]":
        """Answer the orders, in the asked order."""
        return await self._orders.by_ref(refs, deadline)

    async def order_changes(self, cursor: str | None, *, deadline: Deadline) -> Page[OrderRecord]:
        """Answer the orders changed since the cursor."""
        return await self._orders.changes(cursor, deadline)

    async def order_walk(self, cursor: str | None, *, deadline: Deadline) -> Page[OrderRecord]:
        """Answer the next page of all orders."""
        return await self._orders.walk(cursor, deadline)

    async def invoices_by_ref(
        self, refs: Sequence[str], *, deadline: Deadline
    ) -> "list[Found[InvoiceRecord]]":
        """Answer the invoices, in the asked order."""
        return await self._invoices.by_ref(refs, deadline)

    async def invoice_changes(
        self, cursor: str | None, *, deadline: Deadline
    ) -> Page[InvoiceRecord]:
        """Answer the recent invoices that are new or not as they were."""
        return await self._invoices.changes(cursor, deadline)

    async def invoice_walk(self, cursor: str | None, *, deadline: Deadline) -> Page[InvoiceRecord]:
        """Answer the next page of all outgoing invoices."""
        return await self._invoices.walk(cursor, deadline)

    async def customers_by_ref(
        self, refs: Sequence[str], *, deadline: Deadline
    ) -> "list[Found[CustomerRecord]]":
        """Answer the customers, in the asked order."""
        return await self._customers.by_ref(refs, deadline)

    async def customer_changes(
        self, cursor: str | None, *, deadline: Deadline
    ) -> Page[CustomerRecord]:
        """Answer the customers changed since the cursor."""
        return await self._customers.changes(cursor, deadline)

    async def customer_walk(
        self, cursor: str | None, *, deadline: Deadline
    ) -> Page[CustomerRecord]:
        """Answer the next page of all contacts."""
        return await self._customers.walk(cursor, deadline)

    async def stock_levels(
        self, positions: Sequence[PositionRef], *, deadline: Deadline
    ) -> "list[Found[StockRecord]]":
        """Answer the levels of the positions, in the asked order."""
        return await self._stock.levels(positions, deadline)

    async def stock_changes(self, cursor: str | None, *, deadline: Deadline) -> Page[StockRecord]:
        """Refuse: Bling's balances have no filter by change."""
        raise Unsupported("Bling lists no changes of stock: walk it")

    async def stock_walk(self, cursor: str | None, *, deadline: Deadline) -> Page[StockRecord]:
        """Answer the stock of the next page of products."""
        return await self._stock.walk(cursor, deadline)

    async def publish_stock(
        self, levels: Sequence[StockLevel], *, deadline: Deadline
    ) -> "list[SourceError | None]":
        """Balance what deposits may sell; answers, per level, why it was not taken."""
        return await self._published.tell(levels, deadline)

    async def location_walk(
        self, cursor: str | None, *, deadline: Deadline
    ) -> Page[LocationRecord]:
        """Answer the next page of deposits: the active ones, then the others.

        Bling lists either, never both.
        """
        at = DepositsCursor(1, Place()) if cursor is None else read_cursor(cursor, DepositsCursor)
        listed = await read_page(
            lambda page, by: self._client.deposits(at.situation, page, by),
            LONG_PAGE, at.place, deadline,
        )  # fmt: skip
        following = DepositsCursor(at.situation, listed.following) if listed.following else None
        if following is None and at.situation == 1:
            following = DepositsCursor(0, Place())
        return Page(
            items=tuple(_location(raw, listed.observed_at) for raw in listed.rows),
            next_cursor=write_cursor(following) if following else None,
            is_last=following is None,
            observed_at=listed.observed_at,
        )

    def verify(self, delivery: RawDelivery) -> str:
        """Answer the event's id; raises DeliveryRefused."""
        return webhook.verify(delivery, self._settings.client_secret)

    def notices(self, delivery: RawDelivery) -> tuple[Notice, ...]:
        """Answer which orders, invoices or positions to read."""
        return webhook.notices(delivery, self._stock.code_of)

    async def subscribe(self, url: str, *, deadline: Deadline) -> None:
        """Refuse: Bling has no call for it."""
        raise Unsupported("name the address at the application's page of Bling: no call does it")

    async def _order(self, raw: Raw, observed_at: datetime, deadline: Deadline) -> OrderRecord:
        order = decode(raw, wire.Order)
        word, state = await self._situations.meaning(order.situacao.id, deadline)
        return mapping.map_order(order, word, state, observed_at)


async def _contact(raw: Raw, observed_at: datetime, deadline: Deadline) -> CustomerRecord | None:
    return mapping.map_contact(decode(raw, wire.Contact), observed_at)


def _location(raw: Raw, observed_at: datetime) -> Mapped[LocationRecord] | Unmappable:
    try:
        record = mapping.map_deposit(decode(raw, wire.Deposit), observed_at)
    except ContractError as error:
        return Unmappable(_location_ref(raw), bytes(raw), error)
    return Mapped(record, bytes(raw))


def _location_ref(raw: Raw) -> str | None:
    try:
        return str(decode(raw, wire.Named).id)
    except ContractError:
        return None


CONNECTOR = ConnectorDefinition(manifest_of("connectors.bling"), BlingSettings, BlingConnector)
