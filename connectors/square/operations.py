"""Square's operations, as its reference names them. https://developer.squareup.com/reference/square"""

from dataclasses import dataclass
from typing import Generic, TypeVar

from connectors.square import wire

T = TypeVar("T", bound=wire.Answer)


@dataclass(frozen=True, slots=True)
class Operation(Generic[T]):
    """A call: its name, method and address, the form of its answer and the permission it needs.

    What is repeatable is sent again when the connection breaks: reads, and what has a key.
    """

    name: str
    method: str
    path: str
    answer: type[T]
    scope: str
    is_repeatable: bool = True


LOCATIONS = Operation(
    "ListLocations", "GET", "/v2/locations", wire.LocationList, "MERCHANT_PROFILE_READ"
)
SEARCH_ORDERS = Operation(
    "SearchOrders", "POST", "/v2/orders/search", wire.OrderPage, "ORDERS_READ"
)
ORDERS = Operation(
    "BatchRetrieveOrders", "POST", "/v2/orders/batch-retrieve", wire.OrderBatch, "ORDERS_READ"
)
COUNTS = Operation(
    "BatchRetrieveInventoryCounts",
    "POST",
    "/v2/inventory/counts/batch-retrieve",
    wire.CountPage,
    "INVENTORY_READ",
)
CHANGES = Operation(
    "BatchChangeInventory",
    "POST",
    "/v2/inventory/changes/batch-create",
    wire.Answer,
    "INVENTORY_WRITE",
)
SEARCH_CUSTOMERS = Operation(
    "SearchCustomers", "POST", "/v2/customers/search", wire.CustomerPage, "CUSTOMERS_READ"
)
CUSTOMERS = Operation(
    "BulkRetrieveCustomers",
    "POST",
    "/v2/customers/bulk-retrieve",
    wire.CustomerBatch,
    "CUSTOMERS_READ",
)
OBJECTS = Operation(
    "BatchRetrieveCatalogObjects",
    "POST",
    "/v2/catalog/batch-retrieve",
    wire.CatalogBatch,
    "ITEMS_READ",
)
SEARCH_OBJECTS = Operation(
    "SearchCatalogObjects", "POST", "/v2/catalog/search", wire.CatalogPage, "ITEMS_READ"
)
SUBSCRIPTIONS = Operation(
    "ListWebhookSubscriptions",
    "GET",
    "/v2/webhooks/subscriptions",
    wire.SubscriptionPage,
    "a personal access token",
)
