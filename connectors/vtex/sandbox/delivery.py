"""Where an order goes and how far its package has come, as VTEX's records."""

from typing import Any

from connectors.vtex.sandbox.forms import cents, part_id, stamp
from gateway.connect.testing.dataset import DataAddress, DataOrder

INVOICED = ("invoiced", "shipped", "delivered")


def shipping_data(order: DataOrder) -> dict[str, Any]:
    """Answer `shippingData`: the address, and per item what was promised and from where."""
    address = _address(order.address, order)
    info = []
    for index, line in enumerate(order.lines):
        part: dict[str, Any] = {
            "itemIndex": index,
            "selectedSla": "Normal",
            "price": cents(line.freight),
            "listPrice": cents(line.freight),
            "sellingPrice": cents(line.freight),
            "deliveryWindow": None,
            "deliveryCompany": "Correios",
            "selectedDeliveryChannel": "delivery",
            "deliveryIds": [
                {
                    "courierId": "1",
                    "courierName": "Correios",
                    "dockId": line.location,
                    "quantity": line.quantity,
                    "warehouseId": line.location,
                }
            ],
        }
        if order.promised_by:
            part["shippingEstimateDate"] = stamp(order.promised_by)
        info.append(part)
    return {
        "id": "shippingData",
        "address": address,
        "logisticsInfo": info,
        "trackingHints": None,
        "selectedAddresses": [address],
    }


def _address(address: DataAddress, order: DataOrder) -> dict[str, Any]:
    known = address.latitude is not None and address.longitude is not None
    return {
        "addressType": "residential",
        "receiverName": f"{order.customer.first_name} {order.customer.last_name}",
        "addressId": part_id(order.ref, "address"),
        "versionId": None,
        "entityId": None,
        "postalCode": address.postal_code,
        "city": address.city,
        "state": address.region,
        "country": "BRA",
        "street": address.street,
        "number": address.number,
        "neighborhood": address.district,
        "complement": "",
        "reference": None,
        "geoCoordinates": [address.longitude, address.latitude] if known else [],
    }


def packages(order: DataOrder) -> list[dict[str, Any]]:
    """Answer the one package of an invoiced order, and how far it has come."""
    if order.word not in INVOICED:
        return []
    moved = order.word != "invoiced"
    items = [
        {"itemIndex": i, "quantity": line.quantity, "price": cents(line.unit_price)}
        for i, line in enumerate(order.lines)
    ]
    return [
        {
            "items": items,
            "courier": "Correios" if moved else None,
            "invoiceNumber": order.number,
            "invoiceValue": cents(order.paid),
            "invoiceUrl": None,
            "issuanceDate": stamp(order.approved_at or order.updated_at),
            "trackingNumber": f"TR{order.number}BR" if moved else None,
            "invoiceKey": None,
            "trackingUrl": None,
            "type": "Output",
            "courierStatus": _courier_status(order) if moved else None,
        }
    ]


def _courier_status(order: DataOrder) -> dict[str, Any]:
    finished = order.word == "delivered"
    status: dict[str, Any] = {"status": "ok", "finished": finished, "data": []}
    if finished:
        status["deliveredDate"] = stamp(order.delivered_at or order.updated_at)
    return status
