"""Retail data as VTEX's records."""

from collections.abc import Mapping
from typing import Any

from connectors.vtex.sandbox.delivery import INVOICED, packages, shipping_data
from connectors.vtex.sandbox.forms import cents, part_id, stamp
from gateway.connect.testing.dataset import DataLine, DataOrder

# The eight words of the retail data, as the states that VTEX has for them.
STATES = {
    "created": "payment-pending",
    "approved": "payment-approved",
    "processing": "handling",
    "invoiced": "invoiced",
    "shipped": "invoiced",
    "delivered": "invoiced",
    "canceled": "canceled",
    "unavailable": "canceled",
}
_CANCELED = {"canceled": "Canceled by the customer.", "unavailable": "Item unavailable."}


def status_of(order: DataOrder) -> str:
    """Answer VTEX's own word for where an order stands."""
    return STATES[order.word]


def order_record(
    order: DataOrder,
    sku_ids: Mapping[str, str],
    titles: Mapping[str, str],
    owners: Mapping[str, str],
) -> dict[str, Any]:
    """Answer GET /api/oms/pvt/orders/{orderId}; a broken order has no clientProfileData."""
    sellers = [seller_of(line, owners) for line in order.lines]
    record = {
        **_header(order),
        **_payment(order),
        "totals": _totals(order),
        "sellers": [
            {"id": seller_id, "name": name, "logo": None}
            for seller_id, name in dict(sellers).items()
        ],
        "items": [
            _item(order, i, line, sku_ids[line.sku], titles.get(line.sku, line.sku), sellers[i][0])
            for i, line in enumerate(order.lines)
        ],
        "shippingData": shipping_data(order),
        "packageAttachment": {"packages": packages(order)},
        "clientProfileData": _profile(order),
        **_cancellation(order),
    }
    if order.is_broken:
        del record["clientProfileData"]
    return record


def list_row(order: DataOrder) -> dict[str, Any]:
    """Answer a row of GET /api/oms/pvt/orders."""
    status = status_of(order)
    return {
        "orderId": order.ref,
        "creationDate": stamp(order.placed_at),
        "clientName": f"{order.customer.first_name} {order.customer.last_name}",
        "items": None,
        "totalValue": cents(order.paid),
        "paymentNames": "Boleto",
        "status": status,
        "statusDescription": status,
        "marketPlaceOrderId": order.ref,
        "sequence": order.number,
        "salesChannel": "1",
        "affiliateId": "",
        "origin": "Marketplace",
        "workflowInErrorState": False,
        "workflowInRetry": False,
        "lastMessageUnread": None,
        "ShippingEstimatedDate": stamp(order.promised_by) if order.promised_by else None,
        "ShippingEstimatedDateMax": None,
        "ShippingEstimatedDateMin": None,
        "orderIsComplete": True,
        "listId": None,
        "listType": None,
        "authorizedDate": stamp(order.approved_at) if order.approved_at else None,
        "callCenterOperatorName": None,
        "totalItems": sum(line.quantity for line in order.lines),
        "currencyCode": order.currency,
    }


def seller_of(line: DataLine, owners: Mapping[str, str]) -> tuple[str, str]:
    """Answer the id and name of the seller that a line's location belongs to."""
    name = owners.get(line.location, "Main seller")
    return "".join(c for c in name.lower() if c.isascii() and c.isalnum()) or "1", name


def _header(order: DataOrder) -> dict[str, Any]:
    return {
        "orderId": order.ref,
        "sequence": order.number,
        "marketplaceOrderId": order.ref,
        "sellerOrderId": f"00-{order.ref}",
        "origin": "Marketplace",
        "affiliateId": "",
        "salesChannel": "1",
        "merchantName": None,
        "status": status_of(order),
        "workflowIsInError": False,
        "statusDescription": status_of(order),
        "value": cents(order.paid),
        "creationDate": stamp(order.placed_at),
        "lastChange": stamp(order.updated_at),
        "orderGroup": f"g{order.number}",
        "followUpEmail": order.customer.email,
        "lastMessage": None,
        "hostname": "sandbox",
        "roundingError": 0,
        "orderFormId": part_id(order.ref, "form"),
        "allowCancellation": order.word not in (*INVOICED, *_CANCELED),
        "allowEdition": False,
        "isCheckedIn": False,
        "storePreferencesData": _preferences(order.currency),
        "clientPreferencesData": {"locale": "pt-BR", "optinNewsLetter": False},
        "marketplace": {
            "baseURL": "http://sandbox.invalid",
            "isCertified": None,
            "name": "sandbox",
        },
        "openTextField": None,
        "marketplaceItems": [],
    }


def _preferences(currency: str) -> dict[str, Any]:
    return {
        "countryCode": "BRA",
        "currencyCode": currency,
        "currencyFormatInfo": {
            "CurrencyDecimalDigits": 2,
            "CurrencyDecimalSeparator": ",",
            "CurrencyGroupSeparator": ".",
            "CurrencyGroupSize": 3,
            "StartsWithCurrencySymbol": True,
        },
        "currencyLocale": 1046,
        "currencySymbol": "R$",
        "timeZone": "E. South America Standard Time",
    }


def _payment(order: DataOrder) -> dict[str, Any]:
    approved = order.approved_at
    invoiced = order.word in INVOICED
    payment = {
        "id": part_id(order.ref, "payment"),
        "paymentSystem": "6",
        "paymentSystemName": "Boleto",
        "value": cents(order.paid),
        "installments": 1,
        "referenceValue": cents(order.paid),
        "group": "bankInvoice",
    }
    return {
        "isCompleted": approved is not None,
        "authorizedDate": stamp(approved) if approved else None,
        "invoicedDate": stamp(approved or order.updated_at) if invoiced else None,
        "paymentData": {
            "transactions": [
                {
                    "isActive": True,
                    "transactionId": part_id(order.ref, "transaction"),
                    "merchantName": "SANDBOX",
                    "payments": [payment],
                }
            ],
            "giftCards": [],
        },
    }


def _totals(order: DataOrder) -> list[dict[str, Any]]:
    """What was paid beyond goods and freight (interest) is in `value` alone, as at VTEX."""
    goods = sum(cents(line.unit_price) * line.quantity for line in order.lines)
    freight = sum(cents(line.freight) for line in order.lines)
    off = min(0, cents(order.paid) - goods - freight)
    return [
        {"id": "Items", "name": "Total dos Itens", "value": goods},
        {"id": "Discounts", "name": "Total dos Descontos", "value": off},
        {"id": "Shipping", "name": "Total do Frete", "value": freight},
        {"id": "Tax", "name": "Total da Taxa", "value": 0},
    ]


def _item(
    order: DataOrder, index: int, line: DataLine, sku_id: str, title: str, seller: str
) -> dict[str, Any]:
    price = cents(line.unit_price)
    return {
        "uniqueId": part_id(order.ref, str(index)),
        "id": sku_id,
        "productId": sku_id,
        "ean": None,
        "lockId": f"00-{order.ref}",
        "quantity": line.quantity,
        "seller": seller,
        "name": title,
        "refId": line.sku,
        "price": price,
        "listPrice": price,
        "manualPrice": None,
        "priceTags": [],
        "sellerSku": sku_id,
        "tax": 0,
        "measurementUnit": "un",
        "unitMultiplier": 1,
        "sellingPrice": price,
        "isGift": False,
        "parentItemIndex": None,
    }


def _profile(order: DataOrder) -> dict[str, Any]:
    customer = order.customer
    return {
        "id": "clientProfileData",
        "email": customer.email,
        "firstName": customer.first_name,
        "lastName": customer.last_name,
        "documentType": "cpf",
        "document": customer.tax_id or "",
        "phone": customer.phone or "",
        "corporateName": None,
        "tradeName": None,
        "corporateDocument": None,
        "stateInscription": None,
        "corporatePhone": None,
        "isCorporate": False,
        "userProfileId": customer.ref,
        "userProfileVersion": None,
        "customerClass": None,
        "customerCode": None,
    }


def _cancellation(order: DataOrder) -> dict[str, Any]:
    reason = _CANCELED.get(order.word)
    if reason is None:
        return {"cancelReason": None, "cancellationData": None}
    return {
        "cancelReason": reason,
        "cancellationData": {
            "RequestedByUser": order.word == "canceled",
            "RequestedBySystem": False,
            "RequestedBySellerNotification": order.word == "unavailable",
            "RequestedByPaymentNotification": False,
            "Reason": reason,
            "CancellationDate": stamp(order.updated_at),
        },
    }
