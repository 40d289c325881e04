"""Puts the services together that the graph asks."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from gateway.events.feed import Feed
from gateway.events.webhooks.endpoints import WebhookEndpoints
from gateway.federation.customer_links import CustomerLinks
from gateway.federation.customers import CustomerFederation
from gateway.federation.directory import SourceDirectory
from gateway.federation.freshness import FreshnessRule, OnStale
from gateway.federation.guests import GuestFederation
from gateway.federation.locations import LocationFederation
from gateway.federation.order_details import OrderDetails
from gateway.federation.order_lists import OrderLists
from gateway.federation.order_shaping import OrderShaping
from gateway.federation.orders import OrderFederation
from gateway.federation.refreshing import Refresher
from gateway.federation.sources import Sources
from gateway.federation.stock import StockFederation
from gateway.federation.stock_copies import StockCopies
from gateway.federation.told_channels import ToldChannels
from gateway.federation.told_stock import ToldStock
from gateway.graph.services import Services
from gateway.model.time import Clock
from gateway.settings import Settings
from gateway.sync.mending import Mending
from gateway.sync.publishing import PublishedChannel


def services_of(
    pool: Any,
    settings: Settings,
    sources: Sources,
    published: Sequence[PublishedChannel],
    refresher: Refresher,
    feed: Feed,
    webhooks: WebhookEndpoints,
    clock: Clock,
    copies: StockCopies | None,
    told: ToldStock | None,
) -> Services:
    """Answer everything that the graph asks."""
    rules = _rules(settings)
    channels = {code: channel.name for code, channel in settings.channels.items()}
    authority = {str(name): sources for name, sources in settings.authority.orders.items()}
    customers = CustomerFederation(pool, rules["customer"].max_age)
    shaping = OrderShaping(rules["order"], channels, authority)
    return Services(
        stock=StockFederation(
            pool,
            refresher,
            rules,
            low_at_most=settings.locations.low_stock_at_most,
            copies=copies,
            told=told,
        ),
        orders=OrderFederation(pool, sources, refresher, shaping, customers),
        order_lists=OrderLists(pool, shaping),
        details=OrderDetails(pool, authority, refresher.settled),
        customers=customers,
        customer_links=CustomerLinks(pool, customers, clock),
        guests=GuestFederation(pool),
        locations=LocationFederation(pool, copies, told),
        sources=SourceDirectory(pool, sources, clock),
        told_channels=ToldChannels(pool, [each.shelf for each in published]),
        mending=Mending(pool, sources, clock),
        feed=feed,
        webhooks=webhooks,
    )


def _rules(settings: Settings) -> dict[str, FreshnessRule]:
    """Answer how old answers of each kind may be where their callers do not say."""
    defaults = settings.freshness.defaults
    return {
        name: FreshnessRule(timedelta(seconds=told.max_age_seconds), OnStale(told.on_stale))
        for name, told in (
            ("availability", defaults.availability),
            ("inventory_item", defaults.inventory_item),
            ("order", defaults.order),
            ("customer", defaults.customer),
        )
    }
