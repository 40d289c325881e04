"""Records of stock that an application writes: a balance (B), what came (E) and what went (S)."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from connectors.bling.sandbox.account import Account
from connectors.bling.sandbox.forms import id_of
from gateway.connect.testing.dataset import DataStock

Amount = Annotated[float, Meta(ge=0)]


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a request's body."""


class Product(Form, frozen=True):
    id: int
    codigo: str | None = None


class Deposit(Form, frozen=True):
    id: int


class StockRecord(Form, frozen=True):
    """POST /estoques."""

    produto: Product
    deposito: Deposit
    operacao: Literal["B", "E", "S"]
    quantidade: Amount
    preco: Amount = 0.0
    custo: Amount = 0.0
    observacoes: str = ""


class RecordRefused(ValueError):
    """A record that Bling does not take; `element` is the member that is wrong, if one is."""

    def __init__(self, message: str, element: str = "") -> None:
        super().__init__(message)
        self.element = element


class Movements:
    """The records of one account, the first first, by number."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._written: list[tuple[str, str]] = []

    def write(self, raw: bytes) -> tuple[int, StockRecord, DataStock]:
        """Take a record; answer its number and what it comes to. Raises RecordRefused."""
        try:
            record = msgspec.json.decode(raw, type=StockRecord)
        except msgspec.DecodeError as error:
            raise RecordRefused(str(error)) from error
        sku = self._account.products.get(record.produto.id)
        location = self._account.deposits.get(record.deposito.id)
        if sku is None:
            raise RecordRefused("O produto não foi encontrado", "produto")
        if location is None:
            raise RecordRefused("O depósito não foi encontrado", "deposito")
        if record.quantidade != int(record.quantidade):
            raise RecordRefused("Este sandbox conta unidades inteiras", "quantidade")
        return self._take(record, sku, location.code)

    def count_of(self, sku: str, location: str) -> int:
        """Answer how many records there are of a product at a deposit."""
        return self._written.count((sku, location))

    def _take(
        self, record: StockRecord, sku: str, location: str
    ) -> tuple[int, StockRecord, DataStock]:
        known = self._account.level(sku, location)
        units = int(record.quantidade)
        if record.operacao != "B":
            units = known.on_hand + (units if record.operacao == "E" else -units)
        stock = msgspec.structs.replace(known, on_hand=units)
        self._account.put_stock(stock)
        self._written.append((sku, location))
        number = id_of("record", str(len(self._written)))
        return number, record, stock
