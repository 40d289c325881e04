"""Who asks, and how far they may reach."""

from dataclasses import dataclass, field
from enum import StrEnum


class PrincipalKind(StrEnum):
    """The kinds of callers."""

    STOREFRONT = "STOREFRONT"
    CUSTOMER = "CUSTOMER"
    PARTNER = "PARTNER"
    OPERATOR = "OPERATOR"
    ROUTER = "ROUTER"


class Scope(StrEnum):
    """What a caller may do; fields name the scope they need."""

    AVAILABILITY_READ = "availability:read"
    STOCK_READ = "stock:read"
    LOCATIONS_READ = "locations:read"
    ORDERS_READ = "orders:read"
    ORDER_STATUS_READ = "order-status:read"
    CUSTOMERS_READ = "customers:read"
    CUSTOMERS_LINK = "customers:link"
    PROVENANCE_READ = "provenance:read"
    SOURCES_READ = "sources:read"
    SOURCES_SYNC = "sources:sync"
    WEBHOOKS_MANAGE = "webhooks:manage"
    SCHEMA_READ = "schema:read"


@dataclass(frozen=True, slots=True)
class Reach:
    """Which orders and customers a caller may see; every set is joined by OR, empty is none."""

    everything: bool = False
    channels: frozenset[str] = frozenset()
    locations: frozenset[str] = frozenset()
    owners: frozenset[str] = frozenset()
    customer_refs: frozenset[tuple[str, str]] = frozenset()
    verified_emails: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller, as one place in `web` decided it.

    `quantity_cap`: the largest number of units that it is shown; None is no cap.
    """

    id: str
    kind: PrincipalKind
    scopes: frozenset[Scope]
    reach: Reach = field(default_factory=Reach)
    quantity_cap: int | None = None

    def may(self, scope: Scope) -> bool:
        """Answer whether the caller holds a scope."""
        return scope in self.scopes
