"""Stock: what each deposit has of each product; products are listed, balances asked in lots."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from msgspec import Raw

from connectors.bling import mapping, wire
from connectors.bling.client import LONG_PAGE, BlingClient, grouped
from connectors.bling.cursors import Place, WalkCursor
from connectors.bling.lists import read_page
from gateway.connect.concurrency import concurrently
from gateway.connect.cursors import read_cursor, write_cursor
from gateway.connect.deadline import Deadline
from gateway.connect.decoding import decode
from gateway.connect.errors import ContractError, CursorExpired, MalformedPayload
from gateway.connect.protocols import Found
from gateway.connect.records import Mapped, Page, Unmappable
from gateway.model.stock import PositionRef, StockRecord

Read = Mapped[StockRecord] | Unmappable

STREAM = "stock"
_NAMES_KEPT = 200_000
# What is asked for without a filter, then what was not listed: out of stock, and below nothing.
_BALANCES = (None, 0, 2)


@dataclass(frozen=True, slots=True)
class Shelf:
    """What every deposit has of one product, as it was read."""

    observed_at: datetime
    raw: Raw


class Stock:
    """The stock of one account.

    An item is named by its code, and Bling's balances by its number: both are kept as they come.
    """

    def __init__(self, client: BlingClient) -> None:
        self._client = client
        self._ids: dict[str, int] = {}
        self._codes: dict[int, str] = {}

    def code_of(self, product_id: int) -> str | None:
        """Answer a product's code, None where it has not been read yet."""
        return self._codes.get(product_id)

    async def levels(
        self, positions: Sequence[PositionRef], deadline: Deadline
    ) -> list[Found[StockRecord]]:
        """Answer the positions in the asked order, None where Bling lists no such position."""
        ids = await self.ids_of([position.item for position in positions], deadline)
        shelves, broken = await self._shelves(list(ids.values()), deadline)
        return [
            _level(position, shelves.get(ids[position.item]), broken)
            if position.item in ids
            else None
            for position in positions
        ]

    async def walk(self, cursor: str | None, deadline: Deadline) -> Page[StockRecord]:
        """Answer the positions of one page of products."""
        at = Place() if cursor is None else _own(cursor)
        listed = await read_page(self._client.products, LONG_PAGE, at, deadline)
        products = [_product(raw) for raw in listed.rows]
        self._learn(each for each in products if isinstance(each, wire.Product))
        ids = list(dict.fromkeys(p.id for p in products if isinstance(p, wire.Product)))
        shelves, broken = await self._shelves(ids, deadline)
        items = [read for product in products for read in _walked(product, shelves)]
        following = listed.following
        upcoming = write_cursor(WalkCursor(STREAM, following)) if following else None
        return Page((*_once(items), *broken), upcoming, following is None, listed.observed_at)

    async def _shelves(
        self, ids: Sequence[int], deadline: Deadline
    ) -> tuple[dict[int, Shelf], list[Unmappable]]:
        """Answer the balances by product, and those that name none.

        Products that no filter lists are not kept in stock.
        """
        lots = await concurrently(self._lot(lot, deadline) for lot in grouped(ids))
        shelves = {product_id: shelf for found, _ in lots for product_id, shelf in found.items()}
        return shelves, [each for _, broken in lots for each in broken]

    async def _lot(
        self, ids: Sequence[int], deadline: Deadline
    ) -> tuple[dict[int, Shelf], list[Unmappable]]:
        found: dict[int, Shelf] = {}
        broken: list[Unmappable] = []
        for balance in _BALANCES:
            absent = [each for each in ids if each not in found]
            if not absent:
                break
            answer = await self._client.balances(absent, balance, deadline)
            for raw in decode(answer.body, wire.Listed).data:
                try:
                    product_id = decode(raw, wire.BalanceOf).produto.id
                except ContractError as error:
                    broken.append(Unmappable(None, bytes(raw), error))
                else:
                    found[product_id] = Shelf(answer.started_at, raw)
        return found, broken

    async def ids_of(self, codes: Sequence[str], deadline: Deadline) -> dict[str, int]:
        """Answer the numbers of the products that there are, by their codes.

        raises MalformedPayload: what cannot be read may be any of them.
        """
        items = list(dict.fromkeys(codes))
        unknown = [item for item in items if item and item not in self._ids]
        for lot in grouped(unknown):
            answer = await self._client.products_by_code(lot, deadline)
            self._learn(decode(answer.body, wire.CodedProducts).data)
        return {item: self._ids[item] for item in items if item in self._ids}

    def _learn(self, products: Iterable[wire.Product | wire.CodedProduct]) -> None:
        """Keep what products are called; when too many are kept, all are asked anew."""
        if len(self._codes) >= _NAMES_KEPT:
            self._codes.clear()
            self._ids.clear()
        for product in products:
            if product.codigo:
                self._codes[product.id] = product.codigo
                self._ids[product.codigo] = product.id


def _own(text: str) -> Place:
    cursor = read_cursor(text, WalkCursor)
    if cursor.stream != STREAM:
        raise CursorExpired("this cursor is not of the stock: backfill")
    return cursor.place


def _product(raw: Raw) -> wire.Product | Unmappable:
    try:
        return decode(raw, wire.Product)
    except ContractError as error:
        return Unmappable(None, bytes(raw), error)


def _walked(product: wire.Product | Unmappable, shelves: Mapping[int, Shelf]) -> Iterable[Read]:
    if isinstance(product, Unmappable):
        return (product,)
    shelf = shelves.get(product.id)
    if shelf is None:
        return ()
    rows = _rows(product.codigo or str(product.id), shelf)
    if isinstance(rows, Unmappable):
        return (rows,)
    if not product.codigo:
        error = MalformedPayload("the product has no code", "codigo")
        return tuple(
            Unmappable(str(product.id), bytes(row), error, _deposit_of(row)) for row in rows
        )
    return tuple(_map(row, product.codigo, shelf.observed_at) for row in rows)


def _level(
    position: PositionRef, shelf: Shelf | None, broken: Sequence[Unmappable]
) -> Found[StockRecord]:
    """Answer the balance at a deposit; what names no product, or no deposit, may be the one."""
    if shelf is None:
        return replace(broken[0], ref=position.item) if broken else None
    rows = _rows(position.item, shelf)
    if isinstance(rows, Unmappable):
        return rows
    found = {_deposit_of(row): row for row in rows}
    row = found.get(position.location, found.get(None))
    return None if row is None else _map(row, position.item, shelf.observed_at)


def _rows(item: str, shelf: Shelf) -> tuple[Raw, ...] | Unmappable:
    """Answer a product's balance at each deposit, or why it cannot be read."""
    try:
        return decode(shelf.raw, wire.Balance).depositos
    except ContractError as error:
        return Unmappable(item, bytes(shelf.raw), error)


def _map(raw: Raw, item: str, observed_at: datetime) -> Read:
    try:
        record = mapping.map_balance(decode(raw, wire.DepositBalance), item, observed_at)
    except ContractError as error:
        return Unmappable(item, bytes(raw), error, _deposit_of(raw))
    return Mapped(record, bytes(raw))


def _deposit_of(raw: Raw) -> str | None:
    try:
        return str(decode(raw, wire.Named).id)
    except ContractError:
        return None


def _once(items: Iterable[Read]) -> tuple[Read, ...]:
    """Answer each position once: a list that moved shows a product twice."""
    found: dict[object, Read] = {}
    for index, item in enumerate(items):
        key = item.record.position if isinstance(item, Mapped) else index
        found.setdefault(key, item)
    return tuple(found.values())
