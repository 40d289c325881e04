"""What is asked: the exact queries, on the demo's sample."""

from random import Random
from typing import Any

from gateway.demo.catalogue import make_catalogue

AVAILABILITY = """
query Availability($skus: [Sku!]!) {
  availability(skus: $skus) {
    sku status availableToSell isComplete freshness { asOf isStale }
  }
}
"""
ORDERS = """
query Orders {
  orders(first: 20) {
    nodes { number status placedAt total { amount currency } lines { sku quantity } }
  }
}
"""
TWENTY = [item.sku for item in make_catalogue(2000, Random(7))[:20]]  # noqa: S311

QUESTIONS: list[tuple[str, str, dict[str, Any]]] = [
    ("availability of one SKU", AVAILABILITY, {"skus": ["CAM-AZUL-M"]}),
    ("availability of twenty SKUs", AVAILABILITY, {"skus": TWENTY}),
    ("a page of twenty orders with lines", ORDERS, {}),
]
