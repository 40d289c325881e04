"""Locations: where stock lies and orders are fulfilled from."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LocationKind(StrEnum):
    """What a location is to the retailer."""

    DISTRIBUTION_CENTER = "DISTRIBUTION_CENTER"
    STORE = "STORE"
    PARTNER = "PARTNER"
    SUPPLIER = "SUPPLIER"


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; what the source does not give is None."""

    recipient: str | None = None
    street: str | None = None
    number: str | None = None
    complement: str | None = None
    district: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class GeoPoint:
    """Degrees north and east."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class LocationRecord:
    """What one source says of a location; `ref` is the source's own id, byte-exact."""

    ref: str
    code: str
    name: str | None
    kind: LocationKind
    observed_at: datetime
    owner: str | None = None
    address: Address | None = None
    coordinates: GeoPoint | None = None
    is_active: bool = True
