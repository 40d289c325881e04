"""Which source wins a field that several know."""

from typing import Literal

from pydantic import Field

from gateway.settings.shape import Section, Text

OrderField = Literal[
    "payment_status",
    "subtotal",
    "shipping_total",
    "discount_total",
    "tax_total",
    "total",
    "shipping_address",
    "promised_delivery_by",
]


class AuthoritySettings(Section):
    """[authority]: source ids per field, the first that knows it wins; `channel` is the seller."""

    orders: dict[OrderField, tuple[Text, ...]] = Field(
        default={}, description='Per field of an order, e.g. total = ["erp", "channel"].'
    )
