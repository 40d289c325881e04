"""The page's examples, on the demo's data."""

from gateway.demo.configuration import CHANNEL, TILLS
from gateway.demo.data import Shown
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
    invoices { number series key status total { amount } source { id } }
    customer { name links { source { id } reason } }
    freshness { asOf isStale servedFrom source { id } }
  }
}
"""
SALE = """\
query TillSale($channel: String!, $ref: String!) {
  order(by: {channelRef: {channel: $channel, ref: $ref}}) {
    number
    channel { code name }
    placedAt
    status
    nativeStatus
    total { amount currency }
    lines { sku quantity unitPrice { amount } }
    customer { name }
  }
  orders(first: 10, filter: {channel: [$channel]}) {
    totalCount
    nodes { number placedAt status total { amount } }
  }
}
"""
CUSTOMER = """\
query LinkedCustomer($email: String!) {
  customer(by: {email: $email}) {
    name
    emails
    taxId
    links { source { id } ref reason linkedBy }
    orders(first: 10) { nodes { number channel { code } placedAt status total { amount } } }
    freshness { asOf source { id } }
  }
}
"""
CONFLICTS = """\
query Conflicts($channel: String!, $ref: String!) {
  order(by: {channelRef: {channel: $channel, ref: $ref}}) {
    number
    shippingTotal { amount }
    total { amount }
    conflicts {
      field
      shown { value source { id } }
      others { value asOf source { id } }
    }
  }
}
"""
ORDERS = """\
query LatestOrders {
  orders(first: 20) {
    totalCount
    nodes {
      number
      channel { code }
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
FOLLOWED = """\
subscription OrderUpdates {
  orderEvents {
    cursor
    node {
      type
      version
      changedFields
      occurredAt
      order { number status nativeStatus promisedDeliveryBy }
    }
  }
}
"""
PULLED = """\
query WhatHappened {
  orderEvents(first: 10) {
    edges { cursor node { type version changedFields occurredAt order { number status } } }
    pageInfo { endCursor hasNextPage }
  }
}
"""
VIEWER = """\
query Viewer {
  viewer { kind name scopes customers { name emails } }
  orders(first: 5) { totalCount nodes { number status placedAt } }
}
"""


def demo_examples(shown: Shown) -> list[Example]:
    """Answer the examples on these records."""
    return [
        Example("Availability", "What may be sold, where, and how old that is.",
                AVAILABILITY, {"skus": shown.skus}),
        Example("OneOrder", "An order put together from marketplace, warehouse system and ERP.",
                ORDER, {"channel": CHANNEL, "ref": shown.order}),
        Example("TillSale", "A sale at a store's till, and the latest ones.",
                SALE, {"channel": TILLS, "ref": shown.sale}),
        Example("LinkedCustomer", "A customer whom several systems know, and why it is one.",
                CUSTOMER, {"email": shown.email}),
        Example("Conflicts", "Where two systems disagree on an order, and who won.",
                CONFLICTS, {"channel": CHANNEL, "ref": shown.disputed}),
        Example("LatestOrders", "A page of orders.", ORDERS),
        Example("OrderUpdates", "Follow order updates as they come; the first answer is a cursor.",
                FOLLOWED),
        Example("WhatHappened", "Pull the same updates, page by page.", PULLED),
        Example("CheckoutFresh", "Read at the source now, or fail.", FRESH, {"skus": shown.skus}),
        Example("Sources", "The systems, and how they fare (operators only).", SOURCES),
        Example("Viewer", "Who asks, and what they reach.", VIEWER),
    ]  # fmt: skip
