"""Bling's records in the model's terms: pure, and total but for ContractError with the path."""

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from connectors.bling import wire
from connectors.bling.zone import read_moment
from gateway.connect.errors import MalformedPayload, UnknownValue
from gateway.model.customer import CustomerRecord
from gateway.model.invoice import InvoiceRecord, InvoiceStatus
from gateway.model.location import Address, LocationKind, LocationRecord
from gateway.model.money import Money
from gateway.model.order import ChannelState, OrderLineRecord, OrderRecord, PaymentStatus
from gateway.model.stock import PositionRef, StockRecord

CURRENCY = "BRL"
_CENT = Decimal("0.01")
_MOST = Decimal(10) ** 15
_MOST_UNITS = 2**31 - 1
_FOREIGN = "EX"

# Bling's own situations of sales orders, by id (GET /situacoes/modulos/{idModuloSistema}, 2026-11).
SITUATIONS: Mapping[int, tuple[str, ChannelState]] = {
    6: ("Em aberto", ChannelState.CONFIRMED),
    9: ("Atendido", ChannelState.INVOICED),
    12: ("Cancelado", ChannelState.CANCELLED),
    15: ("Em andamento", ChannelState.HANDLING),
    18: ("Venda Agenciada", ChannelState.CONFIRMED),
    21: ("Em digitação", ChannelState.PENDING),
    24: ("Verificado", ChannelState.HANDLING),
}
# GET /nfe, the parameter `situacao` (2026-11).
INVOICE_SITUATIONS: Mapping[int, tuple[str, InvoiceStatus]] = {
    1: ("Pendente", InvoiceStatus.PENDING),
    2: ("Cancelada", InvoiceStatus.CANCELLED),
    3: ("Aguardando recibo", InvoiceStatus.PENDING),
    4: ("Rejeitada", InvoiceStatus.REJECTED),
    5: ("Autorizada", InvoiceStatus.ISSUED),
    6: ("Emitida DANFE", InvoiceStatus.ISSUED),
    7: ("Registrada", InvoiceStatus.PENDING),
    8: ("Aguardando protocolo", InvoiceStatus.PENDING),
    9: ("Denegada", InvoiceStatus.REJECTED),
    10: ("Consulta situação", InvoiceStatus.PENDING),
    11: ("Bloqueada", InvoiceStatus.PENDING),
}
OUTGOING = 1
DELETED = "E"


def map_order(
    order: wire.Order, word: str, state: ChannelState, observed_at: datetime
) -> OrderRecord:
    """Answer an order whose situation is called so and amounts to that; raises MalformedPayload."""
    placed_at = read_moment(order.data, "data")
    if placed_at is None:
        raise MalformedPayload("the order has no date", "data")
    freight = order.transporte.frete if order.transporte else None
    ipi = order.tributacao.total_ipi if order.tributacao else None
    return OrderRecord(
        ref=str(order.id),
        number=str(order.numero),
        observed_at=observed_at,
        updated_at=None,
        placed_at=placed_at,
        state=state,
        native_status=word,
        payment_status=(
            PaymentStatus.CANCELLED if state is ChannelState.CANCELLED else PaymentStatus.UNKNOWN
        ),
        currency=CURRENCY,
        lines=tuple(_line(item, i) for i, item in enumerate(order.itens)),
        subtotal=_money(order.total_produtos, "totalProdutos"),
        shipping_total=_money(freight or Decimal(0), "transporte.frete"),
        discount_total=_discount(order),
        tax_total=_money(ipi or Decimal(0), "tributacao.totalIPI"),
        total=_money(order.total, "total"),
        customer=CustomerRecord(
            ref=str(order.contato.id),
            observed_at=observed_at,
            name=order.contato.nome or None,
            tax_id=order.contato.numero_documento or None,
        ),
        shipping_address=_address(order.transporte),
        promised_delivery_by=read_moment(order.data_prevista, "dataPrevista"),
        channel_ref=order.numero_loja or None,
    )


def map_invoice(invoice: wire.Invoice, observed_at: datetime) -> InvoiceRecord | None:
    """Answer an invoice, None for one that belongs to no channel's order; raises ContractError."""
    order_ref = invoice.numero_pedido_loja or (invoice.loja.numero if invoice.loja else None)
    if invoice.tipo != OUTGOING or not order_ref:
        return None
    known = INVOICE_SITUATIONS.get(invoice.situacao)
    if known is None:
        raise UnknownValue(f"no situation of an invoice: {invoice.situacao}", "situacao")
    word, status = known
    return InvoiceRecord(
        ref=str(invoice.id),
        order_ref=order_ref,
        observed_at=observed_at,
        updated_at=None,
        status=status,
        native_status=word,
        number=invoice.numero or None,
        series=str(invoice.serie) if invoice.serie not in (None, "") else None,
        key=_key(invoice.chave_acesso),
        issued_at=read_moment(invoice.data_emissao, "dataEmissao"),
        total=_money(invoice.valor_nota, "valorNota"),
        url=invoice.link_danfe or invoice.link_pdf or None,
    )


def map_contact(contact: wire.Contact, observed_at: datetime) -> CustomerRecord | None:
    """Answer a customer, None for one that was deleted."""
    if contact.situacao == DELETED:
        return None
    return CustomerRecord(
        ref=str(contact.id),
        observed_at=observed_at,
        name=contact.nome or None,
        emails=_present(contact.email, contact.email_nota_fiscal),
        phones=_present(contact.celular, contact.telefone),
        tax_id=contact.numero_documento or None,
    )


def map_deposit(deposit: wire.Deposit, observed_at: datetime) -> LocationRecord:
    """Answer a location. Bling has neither codes, kinds nor addresses: a description is all."""
    return LocationRecord(
        ref=str(deposit.id),
        code=deposit.descricao,
        name=deposit.descricao,
        kind=LocationKind.DISTRIBUTION_CENTER,
        observed_at=observed_at,
        is_active=deposit.situacao == 1 and not deposit.desconsiderar_saldo,
    )


def map_balance(balance: wire.DepositBalance, item: str, observed_at: datetime) -> StockRecord:
    """Answer one position, in whole units: what is on hand is rounded down, what is reserved up."""
    on_hand = _sane(balance.saldo_fisico, "saldoFisico")
    reserved = max(Decimal(0), on_hand - _sane(balance.saldo_virtual, "saldoVirtual"))
    return StockRecord(
        position=PositionRef(item, str(balance.id)),
        observed_at=observed_at,
        on_hand=_units(on_hand.to_integral_value(ROUND_FLOOR), "saldoFisico"),
        committed=_units(reserved.to_integral_value(ROUND_CEILING), "saldoVirtual"),
    )


def _line(item: wire.Item, index: int) -> OrderLineRecord:
    if not item.codigo:
        raise MalformedPayload("the line has no product code", f"itens[{index}].codigo")
    quantity = _sane(item.quantidade, f"itens[{index}].quantidade")
    if quantity != quantity.to_integral_value() or quantity < 0:
        raise MalformedPayload(f"not whole units: {quantity}", f"itens[{index}].quantidade")
    return OrderLineRecord(
        ref=str(item.id),
        item=item.codigo,
        title=item.descricao or None,
        quantity=_units(quantity, f"itens[{index}].quantidade"),
        unit_price=_money(item.valor, f"itens[{index}].valor"),
    )


def _discount(order: wire.Order) -> Money:
    told = order.desconto
    if told is None:
        return _money(Decimal(0), "desconto")
    if told.unidade in (None, "", "REAL"):
        return _money(told.valor, "desconto.valor")
    if told.unidade != "PERCENTUAL":
        raise UnknownValue(f"no unit of a discount: {told.unidade!r}", "desconto.unidade")
    share = _sane(told.valor, "desconto.valor") / 100
    off = _sane(order.total_produtos, "totalProdutos") * share
    return Money(_sane(off, "desconto.valor").quantize(_CENT, ROUND_HALF_UP), CURRENCY)


def _address(transport: wire.Transport | None) -> Address | None:
    label = transport.etiqueta if transport else None
    if label is None or not any(getattr(label, name) for name in label.__struct_fields__):
        return None
    return Address(
        recipient=label.nome or None,
        street=label.endereco or None,
        number=label.numero or None,
        complement=label.complemento or None,
        district=label.bairro or None,
        city=label.municipio or None,
        region=label.uf or None,
        postal_code=label.cep or None,
        country=(label.nome_pais or None) if label.uf == _FOREIGN else "BR",
    )


def _key(text: str | None) -> str | None:
    if not text:
        return None
    if len(text) != 44 or not text.isascii() or not text.isalnum():
        raise MalformedPayload("not an access key of 44 digits", "chaveAcesso")
    return text


def _present(*texts: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def _money(amount: Decimal, path: str) -> Money:
    """Answer an amount in reais, to the centavo; a price may have further digits."""
    told = _sane(amount, path)
    rounded = told.quantize(_CENT)
    return Money(rounded if rounded == told else told, CURRENCY)


def _sane(amount: Decimal, path: str) -> Decimal:
    if not amount.is_finite() or abs(amount) >= _MOST:
        raise MalformedPayload("no amount", path)
    return amount


def _units(quantity: Decimal, path: str) -> int:
    if abs(quantity) > _MOST_UNITS:
        raise MalformedPayload("more units than can be", path)
    return int(quantity)
