"""Which system of the retailer knows what: each sandbox is seeded with its own share alone."""

from collections.abc import Mapping, Sequence

import msgspec

from gateway.connect.testing.dataset import DataInvoice, DataOrder, Dataset, Keeper

MARKETPLACE = "vtex"
WAREHOUSE = "shiphero"
TILL = "square"
LEDGER = "bling"
SYSTEMS = (MARKETPLACE, WAREHOUSE, TILL, LEDGER)
# By how much a system's sandbox runs faster than the others: the ERP allows three requests a
# second, and takes one for each order, invoice and contact.
HASTE: Mapping[str, float] = {LEDGER: 10}


def share_out(dataset: Dataset) -> dict[str, Dataset]:
    """Answer what each system knows, by its connector's name.

    The marketplace has its own orders; the warehouse system, the tills and the ERP each count the
    stock of their own locations, so every location has one authority. The ERP copies the
    marketplace's orders, with their customers and invoices; the tills know their own sales.
    """
    kept: dict[str, Keeper] = {place.code: place.kept_by for place in dataset.locations}
    online = [order for order in dataset.orders if order.sold_at is None]
    sales = [order for order in dataset.orders if order.sold_at is not None]
    entered = [order for order in online if not order.is_broken]
    shipped = [_shipped(order, kept) for order in online]
    return {
        MARKETPLACE: Dataset(dataset.locations, dataset.items, orders=online),
        WAREHOUSE: _share(dataset, "warehouse", shipped),
        TILL: _share(dataset, "till", sales),
        LEDGER: _share(dataset, "ledger", entered, dataset.invoices),
    }


def _share(
    dataset: Dataset,
    keeper: Keeper,
    orders: list[DataOrder],
    invoices: Sequence[DataInvoice] = (),
) -> Dataset:
    """Answer a keeper's locations and stock, these orders, and the SKUs that either names."""
    places = [place for place in dataset.locations if place.kept_by == keeper]
    codes = {place.code for place in places}
    stock = [row for row in dataset.stock if row.location in codes]
    named = {row.sku for row in stock} | {line.sku for order in orders for line in order.lines}
    items = [item for item in dataset.items if item.sku in named]
    return Dataset(places, items, stock, orders, list(invoices))


def _shipped(order: DataOrder, kept: Mapping[str, Keeper]) -> DataOrder:
    """Answer the order with the lines that the warehouse system ships."""
    lines = tuple(line for line in order.lines if kept[line.location] == "warehouse")
    return order if len(lines) == len(order.lines) else msgspec.structs.replace(order, lines=lines)
