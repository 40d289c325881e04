"""Published stock: read SKU by SKU, and the two names of a SKU."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec import Raw

from connectors.vtex import mapping, wire
from connectors.vtex.client import SKU_PAGE, VtexClient
from connectors.vtex.cursors import SkuCursor
from connectors.vtex.settings import VtexSettings
from gateway.connect.concurrency import concurrently
from gateway.connect.cursors import read_cursor, write_cursor
from gateway.connect.deadline import Deadline
from gateway.connect.decoding import decode
from gateway.connect.errors import ContractError, MalformedPayload, NotFound, UpstreamFault
from gateway.connect.protocols import Found
from gateway.connect.records import Mapped, Page, Unmappable
from gateway.model.stock import PositionRef, StockRecord

Read = Mapped[StockRecord] | Unmappable

_NAMES_KEPT = 200_000


@dataclass(frozen=True, slots=True)
class Shelf:
    """What every warehouse has of one SKU, as it was read."""

    observed_at: datetime
    balances: tuple[Raw, ...]


class Stock:
    """The published stock of one account.

    With `item_code = refId` an item is named by its reference code, and VTEX's inventory knows
    only VTEX's number: both directions are asked of the catalogue and kept.
    """

    def __init__(self, client: VtexClient, settings: VtexSettings) -> None:
        self._client = client
        self._by_id = settings.item_code == "id"
        self._ids: dict[str, str] = {}
        self._codes: dict[str, str] = {}

    async def levels(
        self, positions: Sequence[PositionRef], deadline: Deadline
    ) -> list[Found[StockRecord]]:
        """Answer the positions in the asked order, None where VTEX lists no such position."""
        items = list(dict.fromkeys(position.item for position in positions))
        ids = await self.ids_of(items, deadline)
        shelves = await concurrently(
            self._levels_of(item, ids.get(item), deadline) for item in items
        )
        found = dict(zip(items, shelves, strict=True))
        return [_level(position, found[position.item]) for position in positions]

    async def walk(self, cursor: str | None, deadline: Deadline) -> Page[StockRecord]:
        """Answer the positions of one page of the catalogue's SKUs."""
        at = read_cursor(cursor, SkuCursor) if cursor is not None else SkuCursor(page=1, last=-1)
        answer = await self._client.sku_ids(at.page, deadline)
        ids = decode(answer.body, tuple[int, ...])
        if ids and ids[-1] == at.last:
            raise UpstreamFault("the list of SKUs repeats a page")
        reads = await concurrently(self._walked(str(sku_id), deadline) for sku_id in ids)
        is_last = len(ids) < SKU_PAGE
        following = None if is_last else write_cursor(SkuCursor(page=at.page + 1, last=ids[-1]))
        return Page(
            items=tuple(read for shelf in reads for read in shelf),
            next_cursor=following,
            is_last=is_last,
            observed_at=answer.started_at,
        )

    async def _levels_of(
        self, item: str, sku_id: str | None, deadline: Deadline
    ) -> dict[str | None, Read]:
        """Answer what lies of an item at each warehouse, and last what names none."""
        shelf = await self._shelf(sku_id, deadline) if sku_id is not None else None
        if shelf is None:
            return {}
        return {_place(raw): _map(raw, item, shelf.observed_at) for raw in shelf.balances}

    async def _walked(self, sku_id: str, deadline: Deadline) -> tuple[Read, ...]:
        item = await self._code_of(sku_id, deadline)
        shelf = await self._shelf(sku_id, deadline)
        if shelf is None:
            return ()
        if item is None:
            error = MalformedPayload(f"SKU {sku_id} has no reference code", "RefId")
            return tuple(
                Unmappable(sku_id, bytes(raw), error, _place(raw)) for raw in shelf.balances
            )
        return tuple(_map(raw, item, shelf.observed_at) for raw in shelf.balances)

    async def _shelf(self, sku_id: str, deadline: Deadline) -> Shelf | None:
        try:
            answer = await self._client.inventory(sku_id, deadline)
        except NotFound:
            return None
        return Shelf(answer.started_at, decode(answer.body, wire.Inventory).balance)

    async def ids_of(self, items: Sequence[str], deadline: Deadline) -> dict[str, str]:
        """Answer VTEX's number of each item that it has; raises MalformedPayload."""
        if self._by_id:
            return {item: item for item in items}
        unknown = [item for item in items if item not in self._ids]
        if unknown:
            answer = await self._client.sku_ids_of(unknown, deadline)
            told = decode(answer.body, dict[str, str | None])
            for code in unknown:
                if code not in told:
                    raise MalformedPayload("a code that was asked for is not answered", code)
                self._learn(told[code], code)
        return {item: self._ids[item] for item in items if item in self._ids}

    async def _code_of(self, sku_id: str, deadline: Deadline) -> str | None:
        if self._by_id:
            return sku_id
        if sku_id not in self._codes:
            try:
                answer = await self._client.sku(sku_id, deadline)
            except NotFound:
                return None
            self._learn(sku_id, decode(answer.body, wire.Sku).ref_id)
        return self._codes.get(sku_id)

    def _learn(self, sku_id: str | None, code: str | None) -> None:
        """Keep a SKU's two names; when too many are kept, all are asked anew."""
        if not sku_id or not code:
            return
        if len(self._codes) >= _NAMES_KEPT:
            self._codes.clear()
            self._ids.clear()
        self._codes[sku_id] = code
        self._ids[code] = sku_id


def _level(position: PositionRef, shelf: Mapping[str | None, Read]) -> Found[StockRecord]:
    """Answer the balance of a warehouse; what names none may be the one."""
    return shelf.get(position.location, shelf.get(None))


def _map(raw: Raw, item: str, observed_at: datetime) -> Read:
    try:
        record = mapping.map_balance(decode(raw, wire.Balance), item, observed_at)
    except ContractError as error:
        return Unmappable(item, bytes(raw), error, _place(raw))
    return Mapped(record, bytes(raw))


def _place(raw: Raw) -> str | None:
    try:
        return decode(raw, wire.BalancePlace).warehouse_id
    except ContractError:
        return None
