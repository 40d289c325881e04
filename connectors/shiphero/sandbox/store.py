"""What the account holds: warehouses, stock and orders, in the order they were made."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.shiphero.sandbox.records import (
    Record,
    is_known,
    order_record,
    stock_record,
    uuid_of,
    warehouse_record,
)
from gateway.connect.testing.dataset import DataLocation, DataOrder, DataStock


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a list: a page of them is made only when it is asked for."""

    keys: Sequence[Any]
    make: Callable[[Any], Record]


@dataclass(frozen=True, slots=True)
class Span:
    """A range of update times, both ends included."""

    since: datetime | None = None
    until: datetime | None = None

    def has(self, moment: datetime) -> bool:
        """Answer whether a moment lies within."""
        if self.since is not None and moment < self.since:
            return False
        return self.until is None or moment <= self.until


class Warehouses:
    """Every warehouse, and the id of each code that was ever named."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._records: dict[str, Record] = {}

    def put(self, location: DataLocation) -> None:
        """Add or change a warehouse."""
        self.id_of(location.code)
        self._records[location.code] = warehouse_record(location, self._numbers[location.code])

    def drop(self, code: str) -> None:
        """Forget a warehouse."""
        self._records.pop(code, None)

    def id_of(self, code: str) -> str:
        """Answer a warehouse's id."""
        return uuid_of("Warehouse", self._numbers.setdefault(code, len(self._numbers) + 1))

    def all(self) -> list[Record]:
        """Answer every warehouse."""
        return list(self._records.values())


class Shelves:
    """What each warehouse has of each SKU."""

    def __init__(self, warehouses: Warehouses) -> None:
        self._warehouses = warehouses
        self._records: dict[tuple[str, str], tuple[Record, datetime]] = {}
        self._by_sku: dict[str, list[tuple[str, str]]] = {}
        self._numbers: dict[tuple[str, str], int] = {}

    def put(self, stock: DataStock, now: datetime) -> None:
        """Set a position."""
        warehouse = self._warehouses.id_of(stock.location)
        key = (stock.sku, warehouse)
        number = self._numbers.setdefault(key, len(self._numbers) + 1)
        if key not in self._records:
            self._by_sku.setdefault(stock.sku, []).append(key)
        self._records[key] = (stock_record(stock, number, warehouse, now), now)

    def drop(self, sku: str, location: str) -> None:
        """Forget a position."""
        key = (sku, self._warehouses.id_of(location))
        if self._records.pop(key, None) is not None:
            self._by_sku[sku].remove(key)

    def rows(self, sku: str | None, warehouse: str | None, span: Span) -> Rows:
        """Answer the positions that fit."""
        keys = list(self._records) if sku is None else self._by_sku.get(sku, [])
        if warehouse is not None:
            keys = [key for key in keys if key[1] == warehouse]
        if span != Span():
            keys = [key for key in keys if span.has(self._records[key][1])]
        return Rows(keys, lambda key: self._records[key][0])


class Orders:
    """Every order that the WMS knows."""

    def __init__(self, warehouses: Warehouses) -> None:
        self._warehouses = warehouses
        self._orders: dict[str, DataOrder] = {}
        self._refs: list[str] = []
        self._numbers: dict[str, int] = {}

    def put(self, order: DataOrder) -> DataOrder | None:
        """Add or change an order that the WMS knows; answer what it was before."""
        before = self._orders.get(order.ref)
        if not is_known(order):
            return before
        if before is None:
            self._refs.append(order.ref)
            self._numbers[order.ref] = len(self._refs)
        self._orders[order.ref] = order
        return before

    def record(self, ref: str) -> Record:
        """Answer an order by the channel's id."""
        return order_record(self._orders[ref], self._numbers[ref], self._warehouses.id_of)

    def by_id(self, order_id: str) -> Record | None:
        """Answer an order by ShipHero's id."""
        for ref, number in self._numbers.items():
            if uuid_of("Order", number) == order_id:
                return self.record(ref)
        return None

    def rows(self, ref: str | None, fits: Callable[[DataOrder], bool] | None) -> Rows:
        """Answer the orders that fit."""
        keys = self._refs if ref is None else [ref] if ref in self._orders else []
        if fits is not None:
            keys = [key for key in keys if fits(self._orders[key])]
        return Rows(keys, self.record)
