"""VTEX's calls, one function each, in VTEX's terms."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import quote, urlencode

import msgspec

from connectors.vtex.settings import VtexSettings
from connectors.vtex.wire import FeedConfig, InventoryQuantity
from gateway.connect.deadline import Deadline
from gateway.connect.definition import ConnectContext
from gateway.connect.errors import UpstreamFault
from gateway.connect.http import Response

LOT = 10
LIST_PAGE = 100
LIST_PAGES = 30
SKU_PAGE = 100
HOOK_HEADER = "key"
SET_QUANTITY = "UpdateInventoryQuantity"
NO_CONTENT = 204

# VTEX's guide advises a minute after a 429 that names no time.
THROTTLED_SECONDS = 60.0

_LIST_ORDERS = "OMS access: List Orders"
_VIEW_ORDER = "OMS access: View order"
_FEED = "OMS access: Feed v3 and Hook view only"
_FEED_ADMIN = "OMS access: Feed v3 and Hook Admin"
_INVENTORY = "Logistics access: Logistics inventory read only"
_LOGISTICS = "Logistics access: Logistics viewer"
_INVENTORY_ADMIN = "Logistics access: Logistics inventory full access"
_CATALOG = "Catalog: Product and SKU management"


class VtexClient:
    """One account's API."""

    def __init__(self, settings: VtexSettings, context: ConnectContext) -> None:
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "X-VTEX-API-AppKey": settings.app_key,
            "X-VTEX-API-AppToken": settings.app_token.reveal(),
        }
        self._session = context.session(settings.address, headers, THROTTLED_SECONDS)

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    async def order(self, order_id: str, deadline: Deadline) -> Response:
        """GET one order."""
        path = f"/api/oms/pvt/orders/{quote(order_id, safe='')}"
        return await self._get(path, "GetOrder", deadline, _VIEW_ORDER)

    async def orders(
        self, since: datetime, until: datetime, page: int, deadline: Deadline
    ) -> Response:
        """GET a page of the orders created from `since` to `until`, both included, newest first."""
        query = {
            "f_creationDate": f"creationDate:[{_instant(since)} TO {_instant(until)}]",
            "orderBy": "creationDate,desc",
            "page": str(page),
            "per_page": str(LIST_PAGE),
        }
        return await self._get("/api/oms/pvt/orders", "ListOrders", deadline, _LIST_ORDERS, query)

    async def any_order(self, deadline: Deadline) -> Response:
        """GET the shortest list of orders: proof that the key may read them."""
        query = {"page": "1", "per_page": "15"}
        return await self._get("/api/oms/pvt/orders", "ListOrders", deadline, _LIST_ORDERS, query)

    async def feed_config(self, deadline: Deadline) -> Response:
        """GET the key's feed configuration; NotFound when it has none."""
        return await self._get("/api/orders/feed/config", "GetFeedConfiguration", deadline, _FEED)

    async def configure_feed(self, config: FeedConfig, deadline: Deadline) -> None:
        """POST the key's feed configuration; the same twice changes nothing."""
        await self._post(
            "/api/orders/feed/config", "FeedConfiguration", config, deadline, _FEED_ADMIN
        )

    async def feed(self, deadline: Deadline) -> Response:
        """GET the next lot of the feed, which hides it for the visibility time-out.

        Not tried again on a broken connection: a lot that was lost on its way comes again.
        """
        return await self._session.request(
            "GET",
            f"/api/orders/feed?maxlot={LOT}",
            operation="ReadFeed",
            deadline=deadline,
            scope=_FEED,
            retry=False,
        )

    async def commit(self, handles: Sequence[str], deadline: Deadline) -> None:
        """POST handles: their items leave the feed."""
        await self._post(
            "/api/orders/feed", "CommitFeed", {"handles": list(handles)}, deadline, _FEED
        )

    async def configure_hook(self, url: str, secret: str, deadline: Deadline) -> None:
        """POST the key's hook, for any change of any order."""
        body = {
            "filter": {
                "type": "FromOrders",
                "expression": "$exists(orderId)",
                "disableSingleFire": True,
            },
            "hook": {"url": url, "headers": {HOOK_HEADER: secret}},
        }
        await self._post(
            "/api/orders/hook/config", "HookConfiguration", body, deadline, _FEED_ADMIN
        )

    async def inventory(self, sku_id: str, deadline: Deadline) -> Response:
        """GET what every warehouse has of a SKU."""
        path = f"/api/logistics/pvt/inventory/skus/{quote(sku_id, safe='')}"
        return await self._get(path, "InventoryBySku", deadline, _INVENTORY)

    async def set_quantity(
        self, sku_id: str, warehouse: str, quantity: InventoryQuantity, deadline: Deadline
    ) -> None:
        """PATCH what a warehouse has of a SKU; the same twice changes nothing."""
        path = (
            f"/api/logistics/pvt/inventory/skus/{quote(sku_id, safe='')}"
            f"/warehouses/{quote(warehouse, safe='')}/quantity"
        )
        answer = await self._session.request(
            "PATCH",
            path,
            operation=SET_QUANTITY,
            deadline=deadline,
            json=msgspec.to_builtins(quantity),
            scope=_INVENTORY_ADMIN,
            retry=True,
        )
        if answer.status != NO_CONTENT or answer.body:
            raise UpstreamFault(f"a quantity is set with 204 and no body, not {answer.status}")

    async def warehouses(self, deadline: Deadline) -> Response:
        """GET every warehouse."""
        path = "/api/logistics/pvt/configuration/warehouses"
        return await self._get(path, "AllWarehouses", deadline, _LOGISTICS)

    async def sku_ids(self, page: int, deadline: Deadline) -> Response:
        """GET a page of the ids of all SKUs."""
        path = "/api/catalog_system/pvt/sku/stockkeepingunitids"
        query = {"page": str(page), "pagesize": str(SKU_PAGE)}
        return await self._get(path, "ListallSKUIDs", deadline, _CATALOG, query)

    async def sku(self, sku_id: str, deadline: Deadline) -> Response:
        """GET a SKU, with its reference code."""
        path = f"/api/catalog/pvt/stockkeepingunit/{quote(sku_id, safe='')}"
        return await self._get(path, "Sku", deadline, _CATALOG)

    async def sku_ids_of(self, ref_ids: Sequence[str], deadline: Deadline) -> Response:
        """POST reference codes, which answers the id of each SKU, or null."""
        return await self._post(
            "/api/catalog_system/pub/sku/stockkeepingunitidsbyrefids",
            "SkuIdlistbyRefIdlist",
            list(ref_ids),
            deadline,
            _CATALOG,
        )

    async def _get(
        self,
        path: str,
        operation: str,
        deadline: Deadline,
        scope: str,
        query: Mapping[str, str] | None = None,
    ) -> Response:
        asked = f"{path}?{urlencode(query, quote_via=quote)}" if query else path
        return await self._session.request(
            "GET", asked, operation=operation, deadline=deadline, scope=scope
        )

    async def _post(
        self, path: str, operation: str, body: object, deadline: Deadline, scope: str
    ) -> Response:
        """Send what may be sent twice: every POST here asks, commits or sets the same again."""
        return await self._session.request(
            "POST",
            path,
            operation=operation,
            deadline=deadline,
            json=msgspec.to_builtins(body),
            scope=scope,
            retry=True,
        )


def _instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
