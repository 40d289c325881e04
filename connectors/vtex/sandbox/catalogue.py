"""SKUs with VTEX's numbers, what each warehouse has of them, and the warehouses."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gateway.connect.testing.dataset import DataLocation, DataStock

_MOST = 2_147_483_647


class Catalogue:
    """A number for every SKU code, the same for the same data."""

    def __init__(self) -> None:
        self.ids: dict[str, str] = {}
        self.codes: dict[str, str] = {}
        self._sorted: list[int] | None = None

    def add(self, codes: Iterable[str]) -> None:
        """Give each code its number; a number that is taken gives way to the next."""
        for code in codes:
            if code in self.ids:
                continue
            number = int.from_bytes(hashlib.sha256(code.encode()).digest()[:4], "big") % _MOST
            while str(number) in self.codes:
                number = (number + 1) % _MOST
            self.ids[code] = str(number)
            self.codes[str(number)] = code
            self._sorted = None

    def page(self, number: int, size: int) -> list[int]:
        """Answer a page of all numbers, in order."""
        if self._sorted is None:
            self._sorted = sorted(map(int, self.codes))
        return self._sorted[(number - 1) * size : number * size]


@dataclass(frozen=True)
class Told:
    """What a position was set to, how often that changed it, and the age that came with it."""

    quantity: int
    effects: int
    as_of: str | None


class Shelves:
    """What each warehouse has, by SKU code."""

    def __init__(self) -> None:
        self.warehouses: dict[str, DataLocation] = {}
        self._levels: dict[str, dict[str, DataStock]] = {}
        self._told: dict[tuple[str, str], Told] = {}

    def put(self, stock: DataStock) -> None:
        """Set a position."""
        self._levels.setdefault(stock.sku, {})[stock.location] = stock

    def set(self, sku: str, location: str, quantity: int, as_of: str) -> None:
        """Set what a warehouse has in all; what is reserved there stays."""
        before = self._levels.get(sku, {}).get(location)
        is_new = before is None or before.on_hand != quantity
        effects = self.told(sku, location).effects + is_new
        self._told[sku, location] = Told(quantity, effects, as_of)
        self.put(DataStock(sku, location, quantity, before.allocated if before else 0))

    def told(self, sku: str, location: str) -> Told:
        """Answer what a position was last set to."""
        return self._told.get((sku, location), Told(0, 0, None))

    def drop(self, sku: str, location: str) -> None:
        """Forget a position."""
        self._levels.get(sku, {}).pop(location, None)

    def inventory(self, sku_id: str, code: str) -> dict[str, Any]:
        """Answer GET /api/logistics/pvt/inventory/skus/{skuId}."""
        levels = self._levels.get(code, {}).values()
        return {"skuId": sku_id, "balance": [self._balance(level) for level in levels]}

    def configured(self) -> list[dict[str, Any]]:
        """Answer GET /api/logistics/pvt/configuration/warehouses."""
        return [_warehouse(location) for location in self.warehouses.values()]

    def _balance(self, level: DataStock) -> dict[str, Any]:
        place = self.warehouses.get(level.location)
        return {
            "warehouseId": level.location,
            "warehouseName": place.name if place else level.location,
            "totalQuantity": level.on_hand,
            "reservedQuantity": level.allocated,
            "hasUnlimitedQuantity": False,
            "timeToRefill": None,
            "dateOfSupplyUtc": None,
            "leadTime": "00:00:00",
        }


def _warehouse(location: DataLocation) -> dict[str, Any]:
    is_store = location.type == "STORE"
    return {
        "id": location.code,
        "name": location.name,
        "warehouseDocks": [{"dockId": location.code, "time": "1.00:00:00", "cost": 0.0}],
        "pickupPointIds": [location.code] if is_store else [],
        "priority": 0,
        "isActive": True,
    }
