"""What is asked: the exact queries, printed in RESULTS.md."""

AVAILABILITY = """\
query Availability($skus: [Sku!]!) {
  availability(skus: $skus) {
    sku status availableToSell isComplete
    freshness { asOf servedFrom isStale }
    locations {
      location { code name }
      onHand availableToPromise
      freshness { asOf servedFrom isStale }
    }
  }
}
"""

WIDE_AVAILABILITY = AVAILABILITY.replace(
    "query Availability($skus: [Sku!]!)", "query WideAvailability($skus: [Sku!]!, $group: ID!)"
).replace("availability(skus: $skus)", "availability(skus: $skus, locationGroup: $group)")

GROUPS = "query Groups { locations(first: 1) { nodes { groups { id code } } } }\n"

_ORDER = """\
fragment Shown on Order {
  number status placedAt total { amount currency }
  customer { name }
  invoices { number status total { amount currency } }
  fulfillmentOrders { status location { code } shipments { trackingNumber } }
  freshness { asOf servedFrom isStale source { id } }
}
"""

ORDER_PAGE = (
    """\
query Page {
  orders(first: 25) { nodes { ...Shown } }
}
"""
    + _ORDER
)

ORDER_IDS = "query Ids { orders(first: 25) { nodes { id } } }\n"

ORDER = (
    """\
query Live($id: ID!) {
  order(by: { id: $id }, freshness: { maxAge: "PT0S", onStale: REFRESH_OR_SERVE }) { ...Shown }
}
"""
    + _ORDER
)

LEVEL = """\
query Level($skus: [Sku!]!) {
  availability(skus: $skus) { locations { onHand } }
}
"""


ORDER_EVENTS = """\
subscription Events {
  orderEvents { cursor node { id type orderId version changedFields occurredAt } }
}
"""


FEDERATED_PAGE = """\
query Page($refs: [String]) {
  batch_orders(input: { refs: $refs }) {
    rows { ref total customer { name } invoices { ref total } works { location } }
  }
}
"""


LIVE_PAGE = (
    """\
query LivePage($keys: [OrderByInput!]!) {
  ordersByKey(keys: $keys, freshness: { maxAge: "PT0S", onStale: REFRESH_OR_SERVE }) { ...Shown }
}
"""
    + _ORDER
)


def aliased_page(size: int) -> str:
    """Answer a query of so many orders, each by a field of its own, as its sources have it now."""
    asked = ", ".join(f"$id{n}: ID!" for n in range(size))
    fields = "\n".join(
        f"  order{n}: order(by: {{ id: $id{n} }}, "
        'freshness: { maxAge: "PT0S", onStale: REFRESH_OR_SERVE }) { ...Shown }'
        for n in range(size)
    )
    return f"query AliasedPage({asked}) {{\n{fields}\n}}\n{_ORDER}"


EVERY = {
    "order events": ORDER_EVENTS,
    "availability": AVAILABILITY,
    "availability in a group": WIDE_AVAILABILITY,
    "a page of orders": ORDER_PAGE,
    "a page of orders, each read at its sources": LIVE_PAGE,
    "the same page, each order by a field of its own": aliased_page(25),
    "one order, read at its sources": ORDER,
    "what a webhook changed": LEVEL,
}

# What peers are asked whose schema is not ours.
OF_PEERS = {"the page of orders, as Hive Gateway is asked for it": FEDERATED_PAGE}
