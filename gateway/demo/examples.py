"""The page's examples, on the demo's data."""

from gateway.web.graphiql import Example

AVAILABILITY = """\
query Availability($skus: [Sku!]!) {
  availability(skus: $skus) {
    sku
    status
    availableToSell
    isComplete
    freshness { asOf isStale servedFrom source { id } }
    locations {
      location { code name kind }
      onHand
      committed
      availableToPromise
      freshness { asOf }
    }
  }
}
"""
ORDER = """\
query OneOrder($channel: String!, $ref: String!) {
  order(by: {channelRef: {channel: $channel, ref: $ref}}) {
    number
    status
    nativeStatus
    placedAt
    total { amount currency }
    lines { sku title quantity quantities { ordered shipped delivered } unitPrice { amount } }
    fulfillmentOrders {
      status
      location { code name }
      source { id }
      shipments { carrier trackingNumber shippedAt isDelivered }
    }
    freshness { asOf isStale servedFrom source { id } }
  }
}
"""
ORDERS = """\
query LatestOrders {
  orders(first: 20) {
    totalCount
    nodes {
      number
      placedAt
      status
      nativeStatus
      total { amount currency }
      customer { name }
      fulfillmentOrders { status location { name } }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""
FRESH = """\
query CheckoutFresh($skus: [Sku!]!) {
  availability(skus: $skus, freshness: {maxAge: "PT0S", onStale: REFRESH_OR_FAIL}) {
    sku
    availableToSell
    freshness { asOf servedFrom source { id } }
  }
}
"""
SOURCES = """\
query Sources {
  sources {
    id
    title
    roles
    tier
    health { state since reason }
    streams { name watermark lastCompleteWalkAt lagSeconds quarantined }
  }
}
"""
VIEWER = """\
query Viewer {
  viewer { kind name scopes customers { name emails } }
  orders(first: 5) { totalCount nodes { number status placedAt } }
}
"""


def demo_examples(skus: list[str], channel: str, order_ref: str) -> list[Example]:
    """Answer the examples on these records."""
    return [
        Example("Availability", "What may be sold, where, and how old that is.",
                AVAILABILITY, {"skus": skus}),
        Example("OneOrder", "An order whose parts live in a marketplace and in a warehouse system.",
                ORDER, {"channel": channel, "ref": order_ref}),
        Example("LatestOrders", "A page of orders.", ORDERS),
        Example("CheckoutFresh", "Read at the source now, or fail.", FRESH, {"skus": skus}),
        Example("Sources", "The systems, and how they fare (operators only).", SOURCES),
        Example("Viewer", "Who asks, and what they reach.", VIEWER),
    ]  # fmt: skip
