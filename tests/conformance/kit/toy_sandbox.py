"""A vendor that does not exist: orders by pages, by refs and by changes; pushes that are signed."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any

import msgspec
from aiohttp import web

from gateway.connect.testing.dataset import DataOrder, Dataset
from gateway.connect.testing.pushes import Push, Pushes
from gateway.connect.testing.sandbox import Sandbox, SandboxOptions

FIRST, WEAK_FIRST = "toy-first-refresh-token", "toy-weak-refresh-token"
KEY, WEAK_KEY, SECRET = "toy-key-that-may-read", "toy-key-that-may-not", "toy-hook-secret"
PAGE = 10
SCOPE = "orders:read"


class ToySandbox(Sandbox):
    """The vendor's account."""

    title = "Toy sandbox"

    def __init__(self, options: SandboxOptions) -> None:
        self.orders: dict[str, dict[str, Any]] = {}
        self.gone: dict[str, str] = {}
        self.hooks: list[str] = []
        self.serial = 0
        super().__init__(options)
        self.acts = {
            "put_order": self._put_order,
            "delete_order": self._delete_order,
            "push_unknown": self._push_unknown,
        }

    def make_pushes(self) -> Pushes:
        return Pushes(lambda attempt: None, 5.0)

    def settings_for(self, url: str) -> dict[str, str]:
        return {"endpoint": url, "key": KEY, "hook_secret": SECRET}

    def seed(self, dataset: Dataset) -> None:
        for order in dataset.orders:
            self._keep(order)

    async def operation_of(self, request: web.Request) -> str:
        return request.path.strip("/").split("/")[0]

    def add_routes(self, app: web.Application) -> None:
        for method, path, handler in (
            ("GET", "/me", self._me),
            ("GET", "/orders", self._list),
            ("GET", "/batch", self._batch),
            ("GET", "/changes", self._changes),
            ("POST", "/hooks", self._hook),
        ):
            app.router.add_route(method, path, handler)

    def _keep(self, order: DataOrder) -> dict[str, Any]:
        self.serial += 1
        kept = {
            "id": order.ref,
            "at": order.updated_at.isoformat(),
            "placed": order.placed_at.isoformat(),
            "total": order.paid,
            "currency": order.currency,
            "state": order.word,
            "serial": self.serial,
        }
        self.orders[order.ref] = kept
        self.gone.pop(order.ref, None)
        return kept

    def _refused(self, request: web.Request) -> web.Response | None:
        key = request.headers.get("X-Key")
        if key == WEAK_KEY:
            return web.json_response({"missing": SCOPE}, status=403)
        return None if key == KEY else web.json_response({}, status=401)

    async def _me(self, request: web.Request) -> web.Response:
        return self._refused(request) or web.json_response({"name": "toy"})

    async def _list(self, request: web.Request) -> web.Response:
        return self._refused(request) or self._page(sorted(self.orders), request)

    async def _changes(self, request: web.Request) -> web.Response:
        since = request.query["since"]
        is_strict = request.query.get("strict") == "yes"
        rows = sorted(self.orders.values(), key=lambda row: (row["at"], row["id"]))
        kept = [
            row["id"] for row in rows if row["at"] > since or (row["at"] == since and not is_strict)
        ]
        gone = [ref for ref, at in self.gone.items() if at >= since]
        return self._refused(request) or self._page(kept, request, gone)

    def _page(
        self, refs: list[str], request: web.Request, gone: Sequence[str] = ()
    ) -> web.Response:
        start = int(request.query.get("after", "0"))
        end = start + PAGE
        body = {
            "rows": [self.orders[ref] for ref in refs[start:end]],
            "next": str(end) if end < len(refs) else None,
            "gone": list(gone),
        }
        return web.json_response(body)

    async def _batch(self, request: web.Request) -> web.Response:
        asked = json.loads(request.query["refs"])
        rows = [self.orders[ref] for ref in sorted(asked) if ref in self.orders]
        return self._refused(request) or web.json_response({"rows": rows})

    async def _hook(self, request: web.Request) -> web.Response:
        self.hooks = [(await request.json())["url"]]
        return self._refused(request) or web.json_response({})

    def _put_order(self, told: dict[str, Any]) -> dict[str, str]:
        kept = self._keep(msgspec.convert(told["order"], DataOrder))
        self._push({"topic": "order", "id": kept["id"], "serial": kept["serial"]})
        return {}

    def _delete_order(self, told: dict[str, Any]) -> dict[str, str]:
        if self.orders.pop(told["ref"], None) is not None:
            self.gone[told["ref"]] = self.clock.now().isoformat()
        return {}

    def _push_unknown(self, told: dict[str, Any]) -> dict[str, str]:
        self._push({"topic": "weather", "sky": "blue", "serial": self.serial})
        return {}

    def _push(self, told: dict[str, Any]) -> None:
        body = json.dumps(told).encode()
        for url in self.hooks:
            self.pushes.send(Push(url, {"X-Signature": signature(body)}, body))


class RenewingSandbox(ToySandbox):
    """The same account behind access tokens, each renewed for a refresh token of a single use."""

    def __init__(self, options: SandboxOptions) -> None:
        self.access: set[str] = set()
        self.refresh = {FIRST, WEAK_FIRST}
        self.granted = 0
        super().__init__(options)
        self.acts["expire_tokens"] = self._expire

    def settings_for(self, url: str) -> dict[str, str]:
        return {**super().settings_for(url), "refresh_token": FIRST}

    def add_routes(self, app: web.Application) -> None:
        super().add_routes(app)
        app.router.add_post("/token", self._grant)

    def _refused(self, request: web.Request) -> web.Response | None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return super()._refused(request) if token in self.access else web.Response(status=401)

    async def _grant(self, request: web.Request) -> web.Response:
        told = str((await request.post())["refresh_token"])
        if told not in self.refresh:
            return web.json_response({}, status=401)
        self.refresh.remove(told)
        self.granted += 1
        pair = {kind: f"toy-{kind}-token-{self.granted}" for kind in ("access", "refresh")}
        self.access.add(pair["access"])
        self.refresh.add(pair["refresh"])
        return web.json_response(pair)

    def _expire(self, told: dict[str, Any]) -> dict[str, str]:
        self.access.clear()
        return {}


def signature(body: bytes) -> str:
    """Answer the proof of a push."""
    return hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
