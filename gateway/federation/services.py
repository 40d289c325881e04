"""Everything that the graph asks."""

from dataclasses import dataclass

from gateway.federation.customers import CustomerFederation
from gateway.federation.directory import SourceDirectory
from gateway.federation.locations import LocationFederation
from gateway.federation.order_details import OrderDetails
from gateway.federation.orders import OrderFederation
from gateway.federation.stock import StockFederation


@dataclass(frozen=True, slots=True)
class Services:
    """One instance each, shared by all requests."""

    stock: StockFederation
    orders: OrderFederation
    details: OrderDetails
    customers: CustomerFederation
    locations: LocationFederation
    sources: SourceDirectory
