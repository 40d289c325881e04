"""The state of one account: its orders, invoices, contacts, deposits, products and stock."""

from collections.abc import Iterable
from typing import Any

from connectors.bling.sandbox import records
from connectors.bling.sandbox.forms import id_of
from connectors.bling.sandbox.listing import Shelf
from gateway.connect.testing.dataset import (
    DataCustomer,
    DataInvoice,
    DataItem,
    DataLocation,
    DataOrder,
    DataStock,
)
from gateway.model.time import Clock

IN_STOCK = 1


class Account:
    """Records by Bling's ids. Orders do not move stock here: `put_stock` says what results."""

    def __init__(self, clock: Clock) -> None:
        self.orders: Shelf[int, DataOrder] = Shelf(clock)
        self.invoices: Shelf[int, DataInvoice] = Shelf(clock)
        self.contacts: Shelf[int, DataCustomer] = Shelf(clock)
        self.deposits: Shelf[int, DataLocation] = Shelf(clock)
        self.products: Shelf[int, str] = Shelf(clock)
        self.closed: set[int] = set()
        self.deleted_contacts: set[int] = set()
        self.situations: dict[int, tuple[str, int]] = {
            number: (name, 0) for number, name, _ in records.SITUATIONS.values()
        }
        self._own_situations: dict[str, int] = {}
        self._titles: dict[str, tuple[str, str]] = {}
        self._levels: dict[str, dict[str, DataStock]] = {}

    def put_item(self, item: DataItem) -> None:
        """Take a product."""
        self._titles[item.sku] = (item.title, item.price)
        self.products.put(id_of("product", item.sku), item.sku)

    def put_order(self, order: DataOrder, **at: Any) -> bool:
        """Take an order and its contact; answer whether it is new."""
        contact_id = id_of("contact", order.customer.ref)
        if self.contacts.get(contact_id) != order.customer:
            self.contacts.put(contact_id, order.customer, **at)
            self.deleted_contacts.discard(contact_id)
        self._own_situations.pop(order.ref, None)
        return self.orders.put(id_of("order", order.ref), order, **at)

    def put_situation(self, ref: str, number: int, name: str, inherited: int) -> None:
        """Move an order to a situation of the account's own."""
        self.situations[number] = (name, inherited)
        order = self.orders.get(id_of("order", ref))
        if order is not None:
            self._own_situations[ref] = number
            self.orders.put(id_of("order", ref), order)

    def put_stock(self, stock: DataStock) -> None:
        """Take a level."""
        if self.products.get(id_of("product", stock.sku)) is None:
            self.products.put(id_of("product", stock.sku), stock.sku)
        self._levels.setdefault(stock.sku, {})[stock.location] = stock

    def level(self, sku: str, location: str) -> DataStock:
        """Answer a level, of nothing where none was taken."""
        return self._levels.get(sku, {}).get(location, DataStock(sku, location, 0))

    def delete_stock(self, sku: str, location: str) -> None:
        """Forget a level; a product without any is deleted."""
        levels = self._levels.get(sku, {})
        levels.pop(location, None)
        if not levels:
            self.products.pop(id_of("product", sku))

    def order_row(self, order: DataOrder) -> dict[str, Any]:
        """Answer an order as lists have it."""
        return records.order_row(order, self._situation_of(order))

    def order_record(self, order: DataOrder) -> dict[str, Any]:
        """Answer an order."""
        invoice_id = id_of("invoice", order.ref)
        known = invoice_id if self.invoices.get(invoice_id) else 0
        return records.order_record(order, self._situation_of(order), known)

    def invoice_row(self, invoice: DataInvoice) -> dict[str, Any]:
        """Answer an invoice as lists have it."""
        return records.invoice_row(invoice, self.orders.get(id_of("order", invoice.order)))

    def invoice_record(self, invoice: DataInvoice) -> dict[str, Any]:
        """Answer an invoice."""
        return records.invoice_record(invoice, self.orders.get(id_of("order", invoice.order)))

    def contact_row(self, customer: DataCustomer) -> dict[str, Any]:
        """Answer a contact as lists have it."""
        return records.contact_row(customer, is_deleted=self._is_deleted(customer))

    def contact_record(self, customer: DataCustomer) -> dict[str, Any]:
        """Answer a contact."""
        return records.contact_record(customer, is_deleted=self._is_deleted(customer))

    def deposit_row(self, location: DataLocation) -> dict[str, Any]:
        """Answer a deposit."""
        return records.deposit_row(location, is_active=self.is_open(location))

    def product_row(self, sku: str) -> dict[str, Any]:
        """Answer a product."""
        title, price = self._titles.get(sku, (sku, "0"))
        left = sum(row.on_hand - row.allocated for row in self._levels.get(sku, {}).values())
        return records.product_row(sku, title, price, left)

    def balance_rows(self, ids: Iterable[int], balance: int) -> list[dict[str, Any]]:
        """Answer the balances of those products that are out of (0), in (1) or below stock (2)."""
        found = []
        for sku in map(self.products.get, ids):
            if sku is not None:
                row = records.balance_row(sku, self._levels.get(sku, {}))
                total = row["saldoFisicoTotal"]
                if balance == (0 if total == 0 else IN_STOCK if total > 0 else 2):
                    found.append(row)
        return found

    def is_open(self, location: DataLocation) -> bool:
        """Answer whether a deposit is active."""
        return id_of("deposit", location.code) not in self.closed

    def _is_deleted(self, customer: DataCustomer) -> bool:
        return id_of("contact", customer.ref) in self.deleted_contacts

    def _situation_of(self, order: DataOrder) -> tuple[int, int]:
        number, _, value = records.SITUATIONS[order.word]
        return (self._own_situations.get(order.ref, number), value)
