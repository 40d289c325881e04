"""The operations that are sent, and what each may cost at most.

Field names: https://developer.shiphero.com/schema/ (2026-11). Costs follow ShipHero's rule as its
guide tells it: one credit an operation and one a row asked for, nested rows multiplied; what does
not come is credited back.
"""

from dataclasses import dataclass
from functools import cache

PAGE = 100
LEVELS = 25
REFS = 25
SMALLEST_PAGE = 5

# A page asks for 500 lines and 500 shipped lines in all: few orders of many, or many of few.
_LINES_A_PAGE = 500
_LINES = 5
_ALL_LINES = 250
_FEW_ORDERS = 2
_ALL_ORDERS = 50

# What a page leaves of the credits, so that a walk does not keep single reads waiting.
_SPARE = 1000


@dataclass(frozen=True, slots=True)
class Operation:
    """A named document, its highest cost in credits, its scope, and what it leaves of credits."""

    name: str
    text: str
    cost: int
    scope: str
    spare: int = 0


_VIEW_ORDERS = "view:orders"
_QUOTA = "user_quota { credits_remaining increment_rate }"


def _order_parts(lines: int) -> str:
    return f"""
fragment OrderParts on Order {{
  id partner_order_id fulfillment_status updated_at
  holds {{
    address_hold client_hold fraud_hold operator_hold payment_hold shipping_method_hold
  }}
  line_items(first: {lines}) {{
    pageInfo {{ hasNextPage }}
    edges {{ node {{ id sku quantity warehouse_id tote_picks {{ picked_quantity }} }} }}
  }}
  allocations {{
    warehouse_id
    line_items {{ line_item_id quantity_allocated is_kit_component }}
  }}
  shipments {{
    id warehouse_id created_date completed delivered
    line_items(first: {lines}) {{
      pageInfo {{ hasNextPage }}
      edges {{ node {{ line_item_id quantity shipping_label_id }} }}
    }}
    shipping_labels {{
      id carrier shipping_method tracking_number tracking_url delivered refunded
    }}
  }}
}}"""


_ORDER_NODES = "pageInfo { hasNextPage } edges { cursor node { ...OrderParts } }"
_LEVEL_NODES = """pageInfo { hasNextPage }
      edges { cursor node { id sku warehouse_id on_hand allocated reserve_inventory } }"""


@cache
def orders_page(size: int) -> Operation:
    """Answer the operation that reads a page of orders: the smaller, the more lines of each."""
    lines = _LINES_A_PAGE // size
    text = f"""query Orders($since: ISODateTime, $after: String) {{
  orders(updated_from: $since) {{
    request_id complexity
    data(first: {size}, after: $after) {{ {_ORDER_NODES} }}
  }}
  {_QUOTA}
}}{_order_parts(lines)}"""
    return Operation("Orders", text, 1 + size * 2 * lines, _VIEW_ORDERS, _SPARE)


ORDER = Operation(
    "Order",
    f"""query Order($id: String!) {{
  order(id: $id) {{ request_id complexity data {{ ...OrderParts }} }}
  {_QUOTA}
}}{_order_parts(_ALL_LINES)}""",
    1 + 2 * _ALL_LINES,
    _VIEW_ORDERS,
)

WAREHOUSE_PRODUCTS = Operation(
    "WarehouseProducts",
    f"""query WarehouseProducts($since: ISODateTime, $after: String) {{
  warehouse_products(updated_from: $since) {{
    request_id complexity
    data(first: {PAGE}, after: $after) {{
      {_LEVEL_NODES}
    }}
  }}
  {_QUOTA}
}}""",
    1 + PAGE,
    "the view scope of warehouse_products",
    _SPARE,
)

WAREHOUSES = Operation(
    "Warehouses",
    f"""query Warehouses {{
  account {{
    request_id complexity
    data {{
      warehouses {{
        id identifier company_name
        address {{ name address1 address2 city state country zip }}
      }}
    }}
  }}
  {_QUOTA}
}}""",
    1,
    "the view scope of account",
)

CHECK = Operation(
    "Check",
    f"""query Check {{
  account {{ request_id complexity data {{ id username }} }}
  orders {{ request_id complexity data(first: 1) {{ edges {{ node {{ id }} }} }} }}
  warehouse_products {{ request_id complexity data(first: 1) {{ edges {{ node {{ id }} }} }} }}
  {_QUOTA}
}}""",
    5,
    _VIEW_ORDERS,
)

WEBHOOKS = Operation(
    "Webhooks",
    f"""query Webhooks {{
  webhooks {{
    request_id complexity
    data(first: {PAGE}) {{
      pageInfo {{ hasNextPage }}
      edges {{ cursor node {{ name url shop_name }} }}
    }}
  }}
  {_QUOTA}
}}""",
    1 + PAGE,
    "the view scope of webhooks",
)

CREATE_WEBHOOK = Operation(
    "CreateWebhook",
    """mutation CreateWebhook($data: CreateWebhookInput!) {
  webhook_create(data: $data) {
    request_id complexity
    webhook { name url shop_name shared_signature_secret }
  }
}""",
    10,
    "the change scope of webhooks",
)

DELETE_WEBHOOK = Operation(
    "DeleteWebhook",
    """mutation DeleteWebhook($data: DeleteWebhookInput!) {
  webhook_delete(data: $data) { request_id complexity }
}""",
    10,
    "the change scope of webhooks",
)


def orders_of(count: int, is_exhaustive: bool = False) -> Operation:
    """Answer the operation that reads the orders of `count` partner order ids, aliased o0, o1...

    It asks for a few orders of each id, which is more than there are as a rule, or for all.
    """
    first = _ALL_ORDERS if is_exhaustive else _FEW_ORDERS
    names = ", ".join(f"$p{i}: String!" for i in range(count))
    parts = "\n".join(
        f"  o{i}: orders(partner_order_id: $p{i}) {{ data(first: {first}) {{ {_ORDER_NODES} }} }}"
        for i in range(count)
    )
    text = f"query OrdersByRef({names}) {{\n{parts}\n  {_QUOTA}\n}}{_order_parts(_LINES)}"
    return Operation("OrdersByRef", text, count * (1 + first * 2 * _LINES), _VIEW_ORDERS)


def levels_of(count: int) -> Operation:
    """Answer the operation that reads `count` positions, aliased w0, w1..."""
    names = ", ".join(f"$s{i}: String!, $w{i}: String!" for i in range(count))
    parts = "\n".join(
        f"  w{i}: warehouse_products(sku: $s{i}, warehouse_id: $w{i}) {{"
        f" data(first: 2) {{ {_LEVEL_NODES} }} }}"
        for i in range(count)
    )
    text = f"query Levels({names}) {{\n{parts}\n  {_QUOTA}\n}}"
    return Operation("Levels", text, count * 3, WAREHOUSE_PRODUCTS.scope)
