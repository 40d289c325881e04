"""The vendor's server: pages made once, batches that take as long as they are told to."""

import argparse
import asyncio
import signal
from functools import cache
from typing import Any

import msgspec
import uvloop
from aiohttp import web

from benchmarks.retail import LOCATIONS, location_of, on_hand_of, order_of, sku_of
from benchmarks.vendor import wire
from benchmarks.vendor.description import description
from gateway.connect.testing.traffic import Traffic
from gateway.model.time import SystemClock

PAGE = 1000
_ENCODER = msgspec.json.Encoder()


class Vendor:
    """An account: its lists by stream, each row by the ref that a batch asks for."""

    def __init__(self, skus: int, orders: int, wait_seconds: float, *, is_channel: bool) -> None:
        self._wait_seconds = wait_seconds
        self.traffic = Traffic(SystemClock())
        channel_refs = {order_of(n): None if is_channel else order_of(n) for n in range(orders)}
        self.rows: dict[str, dict[str, Any]] = {
            "locations": {
                location_of(n): wire.Place(location_of(n), f"Location {n}")
                for n in range(LOCATIONS)
            },
            "stock": {
                f"{sku_of(n)}@{location_of(k)}": wire.Level(
                    sku_of(n), location_of(k), on_hand_of(n, k), 1
                )
                for n in range(skus)
                for k in range(LOCATIONS)
            },
            "orders": {
                ref: wire.Sale(ref, sku_of(0), f"buyer-{n}", "10.00", 1, channel_ref)
                for n, (ref, channel_ref) in enumerate(channel_refs.items())
            },
            "fulfillments": {
                ref: wire.Work(f"work-{ref}", ref, location_of(0), sku_of(0), 1)
                for ref in channel_refs
            },
            "customers": {
                f"buyer-{n}": wire.Person(f"buyer-{n}", f"Customer buyer-{n}")
                for n in range(orders)
            },
            "invoices": {
                f"bill-{ref}": wire.Bill(f"bill-{ref}", ref, "10.00", 1) for ref in channel_refs
            },
        }
        self._page = cache(self._encode_page)

    def app(self) -> web.Application:
        """Answer the server."""
        app = web.Application(client_max_size=16 * 1024 * 1024)
        app.router.add_get("/_traffic", self._traffic)
        app.router.add_post("/_put", self._put)
        app.router.add_get("/openapi.json", self._describe)
        app.router.add_get("/{stream}", self._list)
        app.router.add_post("/{stream}/batch", self._batch)
        return app

    async def _list(self, request: web.Request) -> web.Response:
        body = self._page(request.match_info["stream"], int(request.query["after"]))
        return web.Response(body=body, content_type="application/json")

    def _encode_page(self, stream: str, after: int) -> bytes:
        rows = list(self.rows[stream].values())
        end = after + PAGE
        following = end if end < len(rows) else None
        return _ENCODER.encode({"rows": rows[after:end], "next": following})

    async def _batch(self, request: web.Request) -> web.Response:
        stream = request.match_info["stream"]
        self.traffic.enter(stream)
        asked = msgspec.json.decode(await request.read(), type=wire.Asked)
        await asyncio.sleep(self._wait_seconds)
        found = self._found(stream, asked)
        self.traffic.leave()
        return web.Response(body=_ENCODER.encode({"rows": found}), content_type="application/json")

    def _found(self, stream: str, asked: wire.Asked) -> list[Any]:
        rows, orders = self.rows[stream], frozenset(asked.orders)
        found = [rows[ref] for ref in asked.refs if ref in rows]
        if orders:
            found += [row for row in rows.values() if row.order in orders]
        return found

    async def _describe(self, request: web.Request) -> web.Response:
        """Answer the OpenAPI description of the batches of the streams that are asked for."""
        streams = request.query["streams"].split(",")
        return web.json_response(description(str(request.url.origin()), streams))

    async def _put(self, request: web.Request) -> web.Response:
        """Change a level, as a sale at the vendor does."""
        level = msgspec.json.decode(await request.read(), type=wire.Level)
        self.rows["stock"][f"{level.item}@{level.location}"] = level
        return web.Response()

    async def _traffic(self, request: web.Request) -> web.Response:
        """Answer the batches by stream since the last time this was asked."""
        found = dict(self.traffic.requests)
        self.traffic.reset()
        return web.json_response(found)


async def _serve(vendor: Vendor) -> None:
    over, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, over.set)
    runner = web.AppRunner(vendor.app(), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    print(f"Listening on http://{host}:{port}", flush=True)
    await over.wait()
    await runner.cleanup()


def main() -> None:
    """Serve an account until told to end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skus", type=int, default=0)
    parser.add_argument("--orders", type=int, default=0)
    parser.add_argument("--wait-seconds", type=float, default=0.0)
    parser.add_argument("--is-channel", action="store_true")
    told = parser.parse_args()
    vendor = Vendor(told.skus, told.orders, told.wait_seconds, is_channel=told.is_channel)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(vendor))


if __name__ == "__main__":
    main()
