"""Locations, variations, counts and customers of the retail data as Square's records."""

from datetime import datetime

import msgspec

from connectors.square.sandbox.access import MERCHANT
from connectors.square.sandbox.forms import Record, cents, money, stamp
from gateway.connect.testing.dataset import DataCustomer, DataItem, DataLocation

# Square sells in no country of the real: a location here says what one in Brazil would.
CURRENCY = "BRL"
COUNTRY = "BR"


class Profile(msgspec.Struct, frozen=True):
    """A customer, and when the profile was made and changed."""

    customer: DataCustomer
    created_at: datetime
    updated_at: datetime
    version: int = 1


class Quantity(msgspec.Struct, frozen=True):
    """What is in stock, and since when."""

    on_hand: int
    at: datetime


def location_record(place: DataLocation, *, is_open: bool) -> Record:
    """Answer one of GET /v2/locations."""
    record = {
        "id": place.code,
        "name": place.name,
        "address": {
            "address_line_1": place.street,
            "locality": place.city,
            "administrative_district_level_1": place.region,
            "postal_code": place.postal_code,
            "country": COUNTRY,
        },
        "timezone": "America/Sao_Paulo",
        "capabilities": ["CREDIT_CARD_PROCESSING"],
        "status": "ACTIVE" if is_open else "INACTIVE",
        "created_at": "2016-09-19T17:33:12Z",
        "merchant_id": MERCHANT,
        "country": COUNTRY,
        "language_code": "pt-BR",
        "currency": CURRENCY,
        "business_name": place.owner,
        "type": "PHYSICAL",
        "mcc": "7299",
    }
    if place.latitude is not None and place.longitude is not None:
        record["coordinates"] = {"latitude": place.latitude, "longitude": place.longitude}
    return record


def variation_record(object_id: str, sku: str, item: DataItem | None) -> Record:
    """Answer a CatalogObject of type ITEM_VARIATION."""
    data: Record = {
        "item_id": f"{object_id[:-4]}ITEM",
        "name": "Regular",
        "sku": sku,
        "ordinal": 0,
        "pricing_type": "FIXED_PRICING" if item else "VARIABLE_PRICING",
        "track_inventory": True,
        "sellable": True,
        "stockable": True,
    }
    if item is not None:
        data["price_money"] = money(cents(item.price), CURRENCY)
    return {
        "type": "ITEM_VARIATION",
        "id": object_id,
        "updated_at": "2016-11-16T22:25:24.878Z",
        "version": 1479335124878,
        "is_deleted": False,
        "present_at_all_locations": True,
        "item_variation_data": data,
    }


def count_record(object_id: str, location: str, quantity: Quantity) -> Record:
    """Answer an InventoryCount."""
    return {
        "catalog_object_id": object_id,
        "catalog_object_type": "ITEM_VARIATION",
        "state": "IN_STOCK",
        "location_id": location,
        "quantity": str(quantity.on_hand),
        "calculated_at": stamp(quantity.at),
    }


def customer_record(profile: Profile) -> Record:
    """Answer a Customer. Square has no place for a Brazilian tax id."""
    customer = profile.customer
    record = {
        "id": customer.ref,
        "created_at": stamp(profile.created_at),
        "updated_at": stamp(profile.updated_at),
        "given_name": customer.first_name,
        "family_name": customer.last_name,
        "email_address": customer.email,
        "preferences": {"email_unsubscribed": False},
        "creation_source": "DIRECTORY",
        "version": profile.version,
    }
    if customer.phone is not None:
        record["phone_number"] = customer.phone
    return record
