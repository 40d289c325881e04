"""The sandbox's server: VTEX's addresses, its keys, and what may happen there.

One exception to VTEX's rules: an order marked `is_beyond_window` is on the feed as soon as the
feed is configured, and can be read by its id though it is older than two years.
Orders do not move stock by themselves here: `put_stock` says what results.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any, Literal

import msgspec
from aiohttp import web

from connectors.vtex.sandbox.access import APP_KEY, KEYS, answer, key_of, refusal, refused_key
from connectors.vtex.sandbox.catalogue import Catalogue, Shelves
from connectors.vtex.sandbox.feed import ConfigConflict, Feed, FeedSettings, FilterRefused
from connectors.vtex.sandbox.forms import stamp_z
from connectors.vtex.sandbox.hook import (
    SECONDS,
    HookSettings,
    answers_ping,
    push_change,
    retry_after,
)
from connectors.vtex.sandbox.index import KEPT, OrderIndex, QueryRefused
from connectors.vtex.sandbox.limits import MinuteBudget
from connectors.vtex.sandbox.records import order_record, status_of
from gateway.connect.testing.dataset import DataLocation, DataOrder, Dataset, DataStock
from gateway.connect.testing.pushes import Pushes
from gateway.connect.testing.sandbox import Sandbox, SandboxOptions

ACCOUNT = "sandbox"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_SKU_PAGE_MOST = 1000


class QuantitySetting(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """The body that sets a warehouse's quantity of a SKU."""

    quantity: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
    unlimited_quantity: Literal[False]
    as_of: str | None = msgspec.field(name="dateUtcOnBalanceSystem", default=None)


class VtexSandbox(Sandbox):
    """A VTEX account made of retail data."""

    title = "VTEX sandbox"

    def __init__(self, options: SandboxOptions) -> None:
        self.budget = MinuteBudget(options.clock, options.speed)
        self.index = OrderIndex(options.clock, options.speed)
        self.catalogue = Catalogue()
        self.shelves = Shelves()
        self.orders: dict[str, DataOrder] = {}
        self.titles: dict[str, str] = {}
        self.owners: dict[str, str] = {}
        self.feeds: dict[str, Feed] = {}
        self.hooks: dict[str, HookSettings] = {}
        self.serial = 0
        super().__init__(options)
        self.acts = {
            "put_order": self._put_order,
            "put_stock": self._put_stock,
            "delete_stock": self._delete_stock,
            "put_location": self._put_location,
            "delete_location": self._delete_location,
            "push_unknown": self._push_unknown,
            "show_stock": self._show_stock,
        }

    def make_pushes(self) -> Pushes:
        """Answer a sender that waits five seconds for an answer, as VTEX does."""
        return Pushes(partial(retry_after, self.options.speed), SECONDS)

    def settings_for(self, url: str) -> dict[str, str]:
        """Answer the settings of a connector with the full role."""
        return {
            "endpoint": url,
            "account": ACCOUNT,
            "app_key": APP_KEY,
            "app_token": KEYS[APP_KEY],
            "hook_secret": "hook-secret-of-the-sandbox",
        }

    def seed(self, dataset: Dataset) -> None:
        """Make an account of the data."""
        for location in dataset.locations:
            self._place(location)
        for item in dataset.items:
            self.titles[item.sku] = item.title
        self.catalogue.add(item.sku for item in dataset.items)
        self.catalogue.add(stock.sku for stock in dataset.stock)
        self.catalogue.add(line.sku for order in dataset.orders for line in order.lines)
        for stock in dataset.stock:
            self.shelves.put(stock)
        self.orders = {order.ref: order for order in dataset.orders}
        self.index.seed(dataset.orders)

    async def operation_of(self, request: web.Request) -> str:
        """Answer VTEX's name of the operation."""
        return request.match_info.route.name or "Unknown"

    def add_routes(self, app: web.Application) -> None:
        """Add VTEX's addresses, each behind the account's keys and its budget."""
        oms, feed, hook = "/api/oms/pvt/orders", "/api/orders/feed", "/api/orders/hook/config"
        logistics, skus = "/api/logistics/pvt", "/api/catalog_system"
        routes: list[tuple[str, str, str, Handler]] = [
            ("GetOrder", "GET", f"{oms}/{{orderId}}", self._get_order),
            ("ListOrders", "GET", oms, self._list_orders),
            ("GetFeedConfiguration", "GET", f"{feed}/config", self._get_feed),
            ("FeedConfiguration", "POST", f"{feed}/config", self._set_feed),
            ("DeleteFeed", "DELETE", f"{feed}/config", self._delete_feed),
            ("ReadFeed", "GET", feed, self._read_feed),
            ("CommitFeed", "POST", feed, self._commit_feed),
            ("HookConfiguration", "POST", hook, self._set_hook),
            ("DeleteHook", "DELETE", hook, self._delete_hook),
            ("InventoryBySku", "GET", f"{logistics}/inventory/skus/{{skuId}}", self._inventory),
            (
                "UpdateInventoryQuantity",
                "PATCH",
                f"{logistics}/inventory/skus/{{skuId}}/warehouses/{{warehouseId}}/quantity",
                self._set_quantity,
            ),
            ("AllWarehouses", "GET", f"{logistics}/configuration/warehouses", self._warehouses),
            ("ListallSKUIDs", "GET", f"{skus}/pvt/sku/stockkeepingunitids", self._sku_ids),
            ("Sku", "GET", "/api/catalog/pvt/stockkeepingunit/{skuId}", self._sku),
            (
                "SkuIdlistbyRefIdlist",
                "POST",
                f"{skus}/pub/sku/stockkeepingunitidsbyrefids",
                self._sku_ids_of,
            ),
        ]
        for name, method, path, handler in routes:
            app.router.add_route(method, path, partial(self._guarded, handler), name=name)

    async def _guarded(self, handler: Handler, request: web.Request) -> web.StreamResponse:
        refused = refused_key(request)
        if refused is not None:
            return refused
        wait = self.budget.take()
        if wait:
            return refusal(429, "429", "Too Many Requests", {"Retry-After": str(wait)})
        try:
            return await handler(request)
        except (QueryRefused, FilterRefused, msgspec.DecodeError) as error:
            return refusal(400, "400", str(error))
        except ConfigConflict as error:
            return refusal(409, "409", str(error))

    async def _get_order(self, request: web.Request) -> web.Response:
        order = self.orders.get(request.match_info["orderId"])
        if order is None or not self._is_shown(order):
            return refusal(404, "OMS007", "Order Not Found")
        return answer(order_record(order, self.catalogue.ids, self.titles, self.owners))

    async def _list_orders(self, request: web.Request) -> web.Response:
        return answer(self.index.page(dict(request.query)))

    async def _get_feed(self, request: web.Request) -> web.Response:
        feed = self._feed_of(request)
        if feed is None:
            return refusal(404, "404", "Feed configuration not found")
        return answer(
            {
                **msgspec.to_builtins(feed.settings),
                "quantity": feed.quantity,
                "approximateAgeOfOldestMessageInSeconds": feed.oldest_age,
            }
        )

    async def _set_feed(self, request: web.Request) -> web.Response:
        settings = msgspec.json.decode(await request.read(), type=FeedSettings)
        settings.filter.check()
        feed = self._feed_of(request)
        if feed is not None:
            feed.settings = settings
            return web.Response()
        feed = Feed(settings, self.clock, self.speed)
        self.feeds[key_of(request)] = feed
        for order in self.orders.values():
            if order.is_beyond_window:
                feed.tell(self._change(order, None), None)
        return web.Response()

    async def _delete_feed(self, request: web.Request) -> web.Response:
        self.feeds.pop(key_of(request), None)
        return web.Response()

    async def _read_feed(self, request: web.Request) -> web.Response:
        lot = request.query.get("maxlot", "")
        if not lot.isdigit() or not 1 <= int(lot) <= 10:
            raise QueryRefused("maxlot is between 1 and 10")
        feed = self._feed_of(request)
        if feed is None:
            return refusal(404, "404", "Feed configuration not found")
        return answer(feed.read(int(lot)))

    async def _commit_feed(self, request: web.Request) -> web.Response:
        handles = msgspec.json.decode(await request.read(), type=dict[str, list[str]])
        feed = self._feed_of(request)
        if feed is None:
            return refusal(404, "404", "Feed configuration not found")
        feed.commit(handles.get("handles", []))
        return web.Response()

    async def _set_hook(self, request: web.Request) -> web.Response:
        settings = msgspec.json.decode(await request.read(), type=HookSettings)
        settings.filter.check()
        if not await answers_ping(settings.hook):
            return refusal(400, "400", "The endpoint did not answer the ping with 200")
        self.hooks[key_of(request)] = settings
        return web.Response()

    async def _delete_hook(self, request: web.Request) -> web.Response:
        self.hooks.pop(key_of(request), None)
        return web.Response()

    async def _inventory(self, request: web.Request) -> web.Response:
        sku_id = request.match_info["skuId"]
        code = self.catalogue.codes.get(sku_id)
        if code is None:
            return refusal(404, "404", "SKU not found")
        return answer(self.shelves.inventory(sku_id, code))

    async def _set_quantity(self, request: web.Request) -> web.Response:
        told = msgspec.json.decode(await request.read(), type=QuantitySetting)
        code = self.catalogue.codes.get(request.match_info["skuId"])
        warehouse = request.match_info["warehouseId"]
        if code is None or warehouse not in self.shelves.warehouses:
            return refusal(400, "400", "SKU or warehouse not found")
        self.shelves.set(code, warehouse, told.quantity, told.as_of or self.clock.now().isoformat())
        return web.Response(status=204)

    async def _warehouses(self, request: web.Request) -> web.Response:
        return answer(self.shelves.configured())

    async def _sku_ids(self, request: web.Request) -> web.Response:
        page, size = request.query.get("page", ""), request.query.get("pagesize", "")
        if not (page.isdigit() and size.isdigit() and 1 <= int(size) <= _SKU_PAGE_MOST):
            raise QueryRefused("page and pagesize are numbers, pagesize at most 1000")
        return answer(self.catalogue.page(max(1, int(page)), int(size)))

    async def _sku(self, request: web.Request) -> web.Response:
        sku_id = request.match_info["skuId"]
        code = self.catalogue.codes.get(sku_id)
        if code is None:
            return refusal(404, "404", "SKU not found")
        name = self.titles.get(code, code)
        return answer({"Id": int(sku_id), "IsActive": True, "Name": name, "RefId": code})

    async def _sku_ids_of(self, request: web.Request) -> web.Response:
        codes = msgspec.json.decode(await request.read(), type=list[str])
        return answer({code: self.catalogue.ids.get(code) for code in codes})

    def _put_order(self, told: dict[str, Any]) -> dict[str, str]:
        order = msgspec.convert(told["order"], DataOrder)
        order = msgspec.structs.replace(order, updated_at=self.clock.now())
        before = self.orders.get(order.ref)
        self.catalogue.add(line.sku for line in order.lines)
        self.orders[order.ref] = order
        self.index.put(order)
        status_before = status_of(before) if before else None
        change = self._change(order, before)
        for feed in self.feeds.values():
            feed.tell(change, status_before)
        for key, hook in self.hooks.items():
            if hook.filter.wants(status_before, change["state"]):
                push_change(hook, self.pushes, _notification(change, key))
        return {"status": change["state"]}

    def _put_stock(self, told: dict[str, Any]) -> dict[str, str]:
        stock = msgspec.convert(told["stock"], DataStock)
        self.catalogue.add([stock.sku])
        self.shelves.put(stock)
        return {}

    def _delete_stock(self, told: dict[str, Any]) -> dict[str, str]:
        self.shelves.drop(told["sku"], told["location"])
        return {}

    def _put_location(self, told: dict[str, Any]) -> dict[str, str]:
        self._place(msgspec.convert(told["location"], DataLocation))
        return {}

    def _delete_location(self, told: dict[str, Any]) -> dict[str, str]:
        self.shelves.warehouses.pop(told["code"], None)
        return {}

    def _show_stock(self, told: dict[str, Any]) -> dict[str, Any]:
        return asdict(self.shelves.told(told["sku"], told["location"]))

    def _push_unknown(self, told: dict[str, Any]) -> dict[str, str]:
        for hook in self.hooks.values():
            push_change(hook, self.pushes, {"Domain": "Weather", "Sky": "blue"})
        return {}

    def _place(self, location: DataLocation) -> None:
        self.shelves.warehouses[location.code] = location
        self.owners[location.code] = location.owner

    def _is_shown(self, order: DataOrder) -> bool:
        return order.is_beyond_window or order.placed_at >= self.clock.now() - KEPT

    def _feed_of(self, request: web.Request) -> Feed | None:
        key = key_of(request)
        feed = self.feeds.get(key)
        if feed is not None and feed.is_removed:
            del self.feeds[key]
            return None
        return feed

    def _change(self, order: DataOrder, before: DataOrder | None) -> dict[str, Any]:
        self.serial += 1
        return {
            "eventId": f"{self.serial:032X}",
            "domain": "Marketplace",
            "state": status_of(order),
            "lastState": status_of(before) if before else "",
            "orderId": order.ref,
            "lastChange": stamp_z((before or order).updated_at),
            "currentChange": stamp_z(order.updated_at),
        }


def _notification(change: dict[str, Any], key: str) -> dict[str, Any]:
    names = ("domain", "orderId", "state", "lastState", "lastChange", "currentChange")
    body = {name[0].upper() + name[1:]: change[name] for name in names}
    return {**body, "Origin": {"Account": ACCOUNT, "Key": key}}
