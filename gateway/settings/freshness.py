"""How old an answer may be, and what to do when it is older."""

from typing import Literal

from pydantic import Field

from gateway.settings.shape import Section

OnStale = Literal["REFRESH_OR_SERVE", "REFRESH_OR_FAIL", "SERVE", "FAIL"]
_AGE = "Age in seconds from which data counts as stale, unless the caller asks for another."
_ON_STALE = "What to do with stale data, unless the caller asks for another."


class FreshnessRule(Section):
    """What holds for one kind of data."""

    max_age_seconds: float = Field(default=60, ge=0, description=_AGE)
    on_stale: OnStale = Field(default="REFRESH_OR_SERVE", description=_ON_STALE)


class _Availability(FreshnessRule):
    max_age_seconds: float = Field(default=120, ge=0, description=_AGE)
    on_stale: OnStale = Field(default="SERVE", description=_ON_STALE)


class _Inventory(FreshnessRule):
    max_age_seconds: float = Field(default=30, ge=0, description=_AGE)


class _Orders(FreshnessRule):
    max_age_seconds: float = Field(default=300, ge=0, description=_AGE)


class _Customers(FreshnessRule):
    max_age_seconds: float = Field(default=900, ge=0, description=_AGE)


class FreshnessDefaults(Section):
    """[freshness.defaults.<kind of data>]"""

    availability: _Availability = _Availability()
    inventory_item: _Inventory = _Inventory()
    order: _Orders = _Orders()
    customer: _Customers = _Customers()


class FreshnessFloors(Section):
    """[freshness.floors]: a caller that asks for fresher than this gets this."""

    storefront: float = Field(
        default=30, ge=0, description="Least maxAge of a storefront, in seconds."
    )
    customer: float = Field(default=10, ge=0, description="Least maxAge of a customer, in seconds.")
    partner: float = Field(default=5, ge=0, description="Least maxAge of a partner, in seconds.")
    operator: float = Field(default=0, ge=0, description="Least maxAge of an operator, in seconds.")


class FreshnessSettings(Section):
    """[freshness]"""

    deadline_seconds: float = Field(
        default=2.5,
        gt=0,
        description="Time that a refresh has within a request, reading again included.",
    )
    defaults: FreshnessDefaults = FreshnessDefaults()
    floors: FreshnessFloors = FreshnessFloors()
