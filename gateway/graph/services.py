"""Everything that the graph asks."""

from dataclasses import dataclass

from gateway.events.feed import Feed
from gateway.events.webhooks.endpoints import WebhookEndpoints
from gateway.federation.customer_links import CustomerLinks
from gateway.federation.customers import CustomerFederation
from gateway.federation.directory import SourceDirectory
from gateway.federation.guests import GuestFederation
from gateway.federation.locations import LocationFederation
from gateway.federation.order_details import OrderDetails
from gateway.federation.order_lists import OrderLists
from gateway.federation.orders import OrderFederation
from gateway.federation.stock import StockFederation
from gateway.federation.told_channels import ToldChannels
from gateway.sync.mending import Mending


@dataclass(frozen=True, slots=True)
class Services:
    """One instance each, shared by all requests."""

    stock: StockFederation
    orders: OrderFederation
    order_lists: OrderLists
    details: OrderDetails
    customers: CustomerFederation
    customer_links: CustomerLinks
    guests: GuestFederation
    locations: LocationFederation
    sources: SourceDirectory
    told_channels: ToldChannels
    mending: Mending
    feed: Feed
    webhooks: WebhookEndpoints
