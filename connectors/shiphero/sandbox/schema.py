"""The part of ShipHero's schema that the sandbox keeps, in its own words.

Written from ShipHero's reference (https://developer.shiphero.com/schema/, 2026-11), since no schema
file is published: the types that are read, with some of their neighbours.
"""

from graphql import GraphQLSchema, build_schema

_SDL = """
scalar ISODateTime
scalar BigInt

type Query {
  account: AccountQueryResult
  order(id: String!): OrderQueryResult
  orders(
    partner_order_id: String, order_number: String, fulfillment_status: String,
    updated_from: ISODateTime, updated_to: ISODateTime,
    order_date_from: ISODateTime, order_date_to: ISODateTime
  ): OrdersQueryResult
  warehouse_products(
    sku: String, warehouse_id: String, updated_from: ISODateTime, updated_to: ISODateTime
  ): WarehouseProductsQueryResult
  webhooks: WebhooksQueryResult
  user_quota: UserQuota
}

type Mutation {
  webhook_create(data: CreateWebhookInput!): CreateWebhookOutput
  webhook_delete(data: DeleteWebhookInput!): MutationOutput
}

type PageInfo {
  hasNextPage: Boolean!
  hasPreviousPage: Boolean!
  startCursor: String
  endCursor: String
}

type UserQuota { credits_remaining: Int max_available: Int increment_rate: Int }

type AccountQueryResult { request_id: String complexity: Int data: Account }
type Account {
  id: String
  legacy_id: BigInt
  email: String
  username: String
  status: String
  is_3pl: Boolean
  is_multi_warehouse: Boolean
  warehouses: [Warehouse]
}
type Warehouse {
  id: String
  legacy_id: BigInt
  account_id: String
  identifier: String
  company_name: String
  profile: String
  address: Address
}
type Address {
  name: String
  address1: String
  address2: String
  city: String
  state: String
  country: String
  zip: String
  phone: String
}

type OrderQueryResult { request_id: String complexity: Int data: Order }
type OrdersQueryResult {
  request_id: String
  complexity: Int
  data(first: Int, after: String): OrderConnection
}
type OrderConnection { edges: [OrderEdge]! pageInfo: PageInfo! }
type OrderEdge { node: Order cursor: String! }
type Order {
  id: String
  legacy_id: BigInt
  order_number: String
  partner_order_id: String
  shop_name: String
  fulfillment_status: String
  order_date: ISODateTime
  updated_at: ISODateTime
  currency: String
  total_price: String
  email: String
  holds: OrderHolds
  line_items(first: Int, after: String): LineItemConnection
  allocations: [OrderWarehouseAllocation]
  shipments: [Shipment]
}
type OrderHolds {
  address_hold: Boolean
  client_hold: Boolean
  fraud_hold: Boolean
  operator_hold: Boolean
  payment_hold: Boolean
  shipping_method_hold: Boolean
}
type LineItemConnection { edges: [LineItemEdge]! pageInfo: PageInfo! }
type LineItemEdge { node: LineItem cursor: String! }
type LineItem {
  id: String
  legacy_id: BigInt
  sku: String
  partner_line_item_id: String
  product_name: String
  price: String
  quantity: Int
  quantity_allocated: Int
  quantity_shipped: Int
  quantity_pending_fulfillment: Int
  fulfillment_status: String
  warehouse_id: String
  tote_picks: [TotePick]
}
type TotePick { id: String sku: String quantity: Int picked_quantity: Int }
type OrderWarehouseAllocation {
  order_id: String
  warehouse_id: String
  allocated_at: ISODateTime
  allocation_reference: String
  ready_to_ship: Boolean
  line_items: [OrderLineItemAllocation]
}
type OrderLineItemAllocation {
  line_item_id: String
  sku: String
  warehouse_id: String
  quantity_allocated: Int
  is_kit_component: Boolean
}
type Shipment {
  id: String
  legacy_id: BigInt
  order_id: String
  warehouse_id: String
  created_date: ISODateTime
  completed: Boolean
  delivered: Boolean
  picked_up: Boolean
  dropshipment: Boolean
  shipped_off_shiphero: Boolean
  total_packages: Int
  line_items(first: Int, after: String): ShipmentLineItemConnection
  shipping_labels: [ShippingLabel]
}
type ShipmentLineItemConnection { edges: [ShipmentLineItemEdge]! pageInfo: PageInfo! }
type ShipmentLineItemEdge { node: ShipmentLineItem cursor: String! }
type ShipmentLineItem {
  id: String
  line_item_id: String
  shipment_id: String
  shipping_label_id: String
  quantity: Int
}
type ShippingLabel {
  id: String
  legacy_id: BigInt
  shipment_id: String
  order_id: String
  carrier: String
  shipping_method: String
  shipping_name: String
  tracking_number: String
  tracking_url: String
  created_date: ISODateTime
  package_number: Int
  status: String
  delivered: Boolean
  refunded: Boolean
  needs_refund: Boolean
}

type WarehouseProductsQueryResult {
  request_id: String
  complexity: Int
  data(first: Int, after: String): WarehouseProductConnection
}
type WarehouseProductConnection { edges: [WarehouseProductEdge]! pageInfo: PageInfo! }
type WarehouseProductEdge { node: WarehouseProduct cursor: String! }
type WarehouseProduct {
  id: String
  sku: String
  account_id: String
  warehouse_id: String
  warehouse_identifier: String
  active: Boolean
  on_hand: Int
  allocated: Int
  available: Int
  backorder: Int
  reserve_inventory: Int
  created_at: ISODateTime
  updated_at: ISODateTime
}

type WebhooksQueryResult {
  request_id: String
  complexity: Int
  data(first: Int, after: String): WebhookConnection
}
type WebhookConnection { edges: [WebhookEdge]! pageInfo: PageInfo! }
type WebhookEdge { node: Webhook cursor: String! }
type Webhook {
  id: String
  account_id: String
  name: String
  url: String
  shop_name: String
  shared_signature_secret: String
}
input CreateWebhookInput { name: String! url: String! shop_name: String }
input DeleteWebhookInput { name: String! shop_name: String }
type CreateWebhookOutput { request_id: String complexity: Int webhook: Webhook }
type MutationOutput { request_id: String complexity: Int }
"""


def shiphero_schema() -> GraphQLSchema:
    """Answer the schema, without resolvers; its times are texts."""
    return build_schema(_SDL)
