"""The list of orders: an index by creation time, some minutes behind, cut off at 30 pages."""

import re
from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from connectors.vtex.sandbox.records import list_row
from gateway.connect.testing.dataset import DataOrder
from gateway.model.time import Clock

KEPT = timedelta(days=731)
_LAG_SECONDS = 240.0
_PAGES = 30
_PARAMETERS = {"f_creationDate", "orderBy", "page", "per_page"}
_RANGE = re.compile(r"creationDate:\[(\S+) TO (\S+)\]")
_LAST = "\U0010ffff"


class QueryRefused(ValueError):
    """A query that VTEX, or this sandbox, does not take."""


class OrderIndex:
    """What GET /api/oms/pvt/orders sees: each order as it was when it was last indexed."""

    def __init__(self, clock: Clock, speed: float) -> None:
        self._clock = clock
        self._lag = _LAG_SECONDS / speed
        self._orders: dict[str, DataOrder] = {}
        self._keys: list[tuple[datetime, str]] = []
        self._coming: deque[tuple[float, DataOrder]] = deque()

    def seed(self, orders: Iterable[DataOrder]) -> None:
        """Index orders at once."""
        for order in orders:
            if not order.is_beyond_window:
                self._orders[order.ref] = order
        self._keys = sorted((order.placed_at, order.ref) for order in self._orders.values())

    def put(self, order: DataOrder) -> None:
        """Index an order, some minutes from now."""
        if not order.is_beyond_window:
            self._coming.append((self._clock.monotonic() + self._lag, order))

    def page(self, query: Mapping[str, str]) -> dict[str, Any]:
        """Answer a page; raises QueryRefused."""
        self._catch_up()
        unknown = set(query) - _PARAMETERS
        if unknown:
            raise QueryRefused(f"this sandbox does not filter by {', '.join(sorted(unknown))}")
        number = _whole(query, "page", 1, 1, _PAGES)
        size = _whole(query, "per_page", 15, 15, 100)
        found = self._found(query)
        first = (number - 1) * size
        return {
            "list": [list_row(self._orders[ref]) for _, ref in found[first : first + size]],
            "facets": [],
            "paging": {
                "total": len(found),
                "pages": -(-len(found) // size),
                "currentPage": number,
                "perPage": size,
            },
            "stats": {"stats": {"totalValue": _STATISTICS, "totalItems": _STATISTICS}},
        }

    def _found(self, query: Mapping[str, str]) -> list[tuple[datetime, str]]:
        since, until = _range_of(query.get("f_creationDate"))
        oldest = self._clock.now() - KEPT
        low = bisect_left(self._keys, (max(since, oldest) if since else oldest, ""))
        high = bisect_right(self._keys, (until, _LAST)) if until else len(self._keys)
        found = self._keys[low:high]
        order_by = query.get("orderBy", "creationDate,desc")
        if order_by not in ("creationDate,asc", "creationDate,desc"):
            raise QueryRefused("this sandbox orders by creationDate alone")
        return found if order_by.endswith("asc") else found[::-1]

    def _catch_up(self) -> None:
        now = self._clock.monotonic()
        while self._coming and self._coming[0][0] <= now:
            order = self._coming.popleft()[1]
            before = self._orders.get(order.ref)
            if before is not None and before.placed_at != order.placed_at:
                self._keys.remove((before.placed_at, before.ref))
                before = None
            if before is None:
                insort(self._keys, (order.placed_at, order.ref))
            self._orders[order.ref] = order


def _range_of(text: str | None) -> tuple[datetime | None, datetime | None]:
    if text is None:
        return None, None
    found = _RANGE.fullmatch(text)
    if found is None:
        raise QueryRefused("f_creationDate is creationDate:[... TO ...]")
    try:
        since, until = (datetime.fromisoformat(part) for part in found.groups())
    except ValueError as error:
        raise QueryRefused("f_creationDate holds no times") from error
    return since, until


def _whole(query: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = query.get(name, str(default))
    if not text.isdigit() or not least <= int(text) <= most:
        raise QueryRefused(f"{name} is between {least} and {most}")
    return int(text)


_NUMBERS: dict[str, Any] = {
    "Count": 0,
    "Max": 0,
    "Mean": 0.0,
    "Min": 0,
    "Missing": 0,
    "StdDev": 0.0,
    "Sum": 0,
    "SumOfSquares": 0,
}
_LEAF = {**_NUMBERS, "Facets": None}
_STATISTICS = {
    **_NUMBERS,
    "Facets": {
        "origin": {"Fulfillment": _LEAF, "Marketplace": _LEAF},
        "currencyCode": {"BRL": _LEAF},
    },
}
