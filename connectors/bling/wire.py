"""Bling's JSON as Bling names it: only what is read here, strict in types.

https://developer.bling.com.br/referencia (API v3, 2026-11). The specification requires little of
what Bling always sends; what is required here is what a record is useless without.
"""

from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta, Raw, Struct

# Ids have up to 64 bits; 0 stands for none.
Id = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Text = Annotated[str, Meta(min_length=1)]


class Wire(Struct, frozen=True, rename="camel"):
    """A JSON object; members that are not named here are Bling's to add."""


class Listed(Wire, frozen=True):
    """What a list answers: its rows, each as its own bytes."""

    data: tuple[Raw, ...]


class Single(Wire, frozen=True):
    """What a read of one record answers."""

    data: Raw


class Named(Wire, frozen=True):
    """Any record, by its id."""

    id: Id


class Grant(Struct, frozen=True):
    """POST /oauth/token."""

    access_token: Text
    refresh_token: Text
    expires_in: Annotated[float, Meta(gt=0)]


class Period(Struct, frozen=True):
    """Which limit was reached: `second` or `day`. https://developer.bling.com.br/limites"""

    period: str | None = None


class Refusal(Struct, frozen=True):
    """A 429's body."""

    error: Period


class FaultField(Struct, frozen=True):
    """What is wrong with one member of a request."""

    msg: str


class Fault(Struct, frozen=True):
    """Why a request is refused, in Bling's words."""

    type: str
    description: str | None = None
    fields: tuple[FaultField, ...] = ()


class FaultAnswer(Struct, frozen=True):
    """A 400's body."""

    error: Fault


class OrderContact(Wire, frozen=True):
    id: Id
    nome: str
    numero_documento: str | None = None


class Situation(Wire, frozen=True):
    id: Id


class Discount(Wire, frozen=True):
    valor: Decimal
    unidade: str | None = None


class Taxation(Wire, frozen=True):
    total_ipi: Decimal | None = msgspec.field(name="totalIPI", default=None)


class Label(Wire, frozen=True):
    """The parcel's address."""

    nome: str | None = None
    endereco: str | None = None
    numero: str | None = None
    complemento: str | None = None
    municipio: str | None = None
    uf: str | None = None
    cep: str | None = None
    bairro: str | None = None
    nome_pais: str | None = None


class Transport(Wire, frozen=True):
    frete: Decimal | None = None
    etiqueta: Label | None = None


class Item(Wire, frozen=True):
    """`valor` is for one unit, after the line's own discount."""

    id: Id
    quantidade: Decimal
    valor: Decimal
    codigo: str | None = None
    descricao: str | None = None


class Order(Wire, frozen=True):
    """GET /pedidos/vendas/{idPedidoVenda}. `numero_loja` is the order's id at its channel."""

    id: Id
    numero: int
    data: str
    total: Decimal
    total_produtos: Decimal
    contato: OrderContact
    situacao: Situation
    itens: tuple[Item, ...]
    numero_loja: str | None = None
    data_prevista: str | None = None
    desconto: Discount | None = None
    tributacao: Taxation | None = None
    transporte: Transport | None = None


class OrderSituation(Wire, frozen=True):
    """GET /situacoes/{idSituacao}. `id_herdado` is the situation that it is derived from."""

    id: Id
    nome: Text
    id_herdado: Id | None = None


class Shop(Wire, frozen=True):
    numero: str | None = None


class Invoice(Wire, frozen=True):
    """GET /nfe/{idNotaFiscal}. `numero_pedido_loja` is the order's id at its channel."""

    id: Id
    tipo: int
    situacao: int
    valor_nota: Decimal
    numero: str | None = None
    serie: int | str | None = None
    chave_acesso: str | None = None
    data_emissao: str | None = None
    numero_pedido_loja: str | None = None
    loja: Shop | None = None
    link_danfe: str | None = None
    link_pdf: str | None = msgspec.field(name="linkPDF", default=None)


class InvoiceRow(Wire, frozen=True):
    """GET /nfe, one of them: what tells that an invoice is another than it was."""

    id: Id
    situacao: int
    numero: str | None = None
    chave_acesso: str | None = None
    data_emissao: str | None = None


class Contact(Wire, frozen=True):
    """GET /contatos/{idContato}. `situacao` is E for a contact that was deleted."""

    id: Id
    nome: str
    situacao: Text
    numero_documento: str | None = None
    telefone: str | None = None
    celular: str | None = None
    email: str | None = None
    email_nota_fiscal: str | None = None


class Deposit(Wire, frozen=True):
    """GET /depositos, one of them. `desconsiderar_saldo`: its stock is not for sale."""

    id: Id
    descricao: Text
    situacao: int
    desconsiderar_saldo: bool | None = None


class Product(Wire, frozen=True):
    """GET /produtos, one of them. `codigo` is the SKU."""

    id: Id
    codigo: str | None = None


class CodedProduct(Wire, frozen=True):
    """One of those that were asked for by their codes."""

    id: Id
    codigo: str


class CodedProducts(Wire, frozen=True):
    """GET /produtos, by codes."""

    data: tuple[CodedProduct, ...]


class StockedProduct(Wire, frozen=True):
    id: Id


class BalanceOf(Wire, frozen=True):
    """The one thing that is read of a balance before the rest."""

    produto: StockedProduct


class Balance(Wire, frozen=True):
    """GET /estoques/saldos, one product of them, with what each deposit has of it."""

    produto: StockedProduct
    depositos: tuple[Raw, ...]


class DepositBalance(Wire, frozen=True):
    """`saldo_virtual` is what is left of `saldo_fisico` after reservations."""

    id: Id
    saldo_fisico: Decimal
    saldo_virtual: Decimal


class Company(Wire, frozen=True):
    """GET /empresas/me/dados-basicos."""

    id: Text
    nome: str | None = None


class Event(Struct, frozen=True, rename="camel"):
    """What a webhook holds: `event` is a resource and an action, set apart by a dot."""

    event: Text
    data: Raw


class EventId(Struct, frozen=True, rename="camel"):
    event_id: Text


class StockEvent(Wire, frozen=True):
    """The data of `stock.*`."""

    produto: Named
    deposito: Named


class VirtualStockEvent(Wire, frozen=True):
    """The data of `virtual_stock.*`."""

    produto: Named
    depositos: tuple[Named, ...] | None = None
