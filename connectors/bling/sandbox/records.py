"""Retail data as Bling's records."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connectors.bling.sandbox.forms import day, dotted, id_of, number, stamp, telephone
from gateway.connect.testing.dataset import (
    DataCustomer,
    DataInvoice,
    DataLocation,
    DataOrder,
    DataStock,
)

# The eight words of the retail data, as Bling's situations of sales orders: id, name, value.
SITUATIONS: Mapping[str, tuple[int, str, int]] = {
    "created": (21, "Em digitação", 10),
    "approved": (6, "Em aberto", 0),
    "processing": (15, "Em andamento", 3),
    "invoiced": (9, "Atendido", 1),
    "shipped": (9, "Atendido", 1),
    "delivered": (9, "Atendido", 1),
    "canceled": (12, "Cancelado", 2),
    "unavailable": (12, "Cancelado", 2),
}
# The two words of an invoice, as Bling's numbers.
INVOICE_SITUATIONS = {"issued": 5, "cancelled": 2}
_COLOURS = {21: "#9DC6FF", 6: "#E9DC40", 15: "#0065F9", 9: "#3FB57A", 12: "#CBCBCB"}
SHOP_ID = id_of("shop", "marketplace")


def order_row(order: DataOrder, situation: tuple[int, int]) -> dict[str, Any]:
    """Answer a row of GET /pedidos/vendas."""
    goods = sum((Decimal(x.unit_price) * x.quantity for x in order.lines), Decimal(0))
    placed = day(order.placed_at)
    return {
        "id": id_of("order", order.ref),
        "numero": order_number(order),
        "numeroLoja": order.ref,
        "data": placed,
        "dataSaida": day(order.shipped_at) if order.shipped_at else "0000-00-00",
        "dataPrevista": day(order.promised_by) if order.promised_by else "0000-00-00",
        "totalProdutos": number(goods),
        "total": number(order.paid),
        "contato": {
            "id": id_of("contact", order.customer.ref),
            "nome": name_of(order.customer),
            "tipoPessoa": kind_of(order.customer),
            "numeroDocumento": order.customer.tax_id or "",
        },
        "situacao": {"id": situation[0], "valor": situation[1]},
        "loja": {"id": SHOP_ID, "unidadeNegocio": {"id": 0}},
    }


def order_record(order: DataOrder, situation: tuple[int, int], invoice_id: int) -> dict[str, Any]:
    """Answer GET /pedidos/vendas/{idPedidoVenda}; what was paid beyond all is another expense."""
    freight = sum((Decimal(line.freight) for line in order.lines), Decimal(0))
    row = order_row(order, situation)
    rest = Decimal(order.paid) - Decimal(str(row["totalProdutos"])) - freight
    return {
        **row,
        "numeroPedidoCompra": "",
        "outrasDespesas": number(max(rest, Decimal(0))),
        "observacoes": "",
        "observacoesInternas": "",
        "desconto": {"valor": number(max(-rest, Decimal(0))), "unidade": "REAL"},
        "categoria": {"id": 0},
        "notaFiscal": {"id": invoice_id},
        "tributacao": {"totalICMS": 0, "totalIPI": 0},
        "itens": [_item(order, index) for index in range(len(order.lines))],
        "parcelas": [
            {
                "id": id_of("instalment", order.ref),
                "dataVencimento": row["data"],
                "valor": row["total"],
                "observacoes": "",
                "caut": "",
                "formaPagamento": {"id": id_of("payment", "boleto")},
            }
        ],
        "transporte": _transport(order, freight),
        "vendedor": {"id": 0},
        "intermediador": {"cnpj": "", "nomeUsuario": ""},
        "taxas": {"taxaComissao": 0, "custoFrete": 0, "valorBase": 0},
    }


def invoice_row(invoice: DataInvoice, order: DataOrder | None) -> dict[str, Any]:
    """Answer a row of GET /nfe; the contact is the buyer of the order, where it is known."""
    issued = stamp(invoice.issued_at)
    return {
        "id": id_of("invoice", invoice.order),
        "tipo": 1,
        "situacao": INVOICE_SITUATIONS[invoice.word],
        "numero": invoice.number,
        "dataEmissao": issued,
        "dataOperacao": issued,
        "chaveAcesso": invoice.key,
        "contato": _recipient(order),
        "naturezaOperacao": {"id": id_of("nature", "sale")},
        "loja": {"id": SHOP_ID, "numero": invoice.order},
    }


def invoice_record(invoice: DataInvoice, order: DataOrder | None) -> dict[str, Any]:
    """Answer GET /nfe/{idNotaFiscal}."""
    page = f"https://sandbox.invalid/doc.view.php?chave={invoice.key}"
    return {
        **invoice_row(invoice, order),
        "serie": int(invoice.series),
        "valorNota": number(invoice.total),
        "valorFrete": 0,
        "finalidade": 1,
        "xml": f"{page}&tipo=xml",
        "linkDanfe": page,
        "linkPDF": f"{page}&tipo=pdf",
        "optanteSimplesNacional": True,
        "numeroPedidoLoja": invoice.order,
        "vendedor": {"id": 0},
        "itens": [],
        "parcelas": [],
    }


def contact_row(customer: DataCustomer, *, is_deleted: bool) -> dict[str, Any]:
    """Answer a row of GET /contatos."""
    return {
        "id": id_of("contact", customer.ref),
        "nome": name_of(customer),
        "codigo": customer.ref,
        "situacao": "E" if is_deleted else "A",
        "numeroDocumento": dotted(customer.tax_id or ""),
        "telefone": "",
        "celular": telephone(customer.phone or ""),
    }


def contact_record(customer: DataCustomer, *, is_deleted: bool) -> dict[str, Any]:
    """Answer GET /contatos/{idContato}."""
    return {
        **contact_row(customer, is_deleted=is_deleted),
        "fantasia": "",
        "tipo": kind_of(customer),
        "indicadorIe": 9,
        "ie": "",
        "rg": "",
        "orgaoEmissor": "",
        "email": customer.email,
        "emailNotaFiscal": "",
        "numeroDocumento": customer.tax_id or "",
        "vendedor": {"id": 0},
        "dadosAdicionais": {"naturalidade": ""},
        "financeiro": {"limiteCredito": 0, "condicaoPagamento": "", "categoria": {"id": 0}},
        "pais": {"nome": ""},
        "tiposContato": [{"id": id_of("kind", "customer"), "descricao": "Cliente"}],
        "pessoasContato": [],
    }


def deposit_row(location: DataLocation, *, is_active: bool) -> dict[str, Any]:
    """Answer a row of GET /depositos, described by the location's code."""
    return {
        "id": id_of("deposit", location.code),
        "descricao": location.code,
        "situacao": int(is_active),
        "padrao": False,
        "desconsiderarSaldo": False,
    }


def product_row(sku: str, title: str, price: str, left: int) -> dict[str, Any]:
    """Answer a row of GET /produtos."""
    return {
        "id": id_of("product", sku),
        "nome": title,
        "codigo": sku,
        "preco": number(price),
        "precoCusto": 0,
        "estoque": {"saldoVirtualTotal": left},
        "tipo": "P",
        "situacao": "A",
        "formato": "S",
        "descricaoCurta": "",
        "imagemURL": "",
    }


def balance_row(sku: str, levels: Mapping[str, DataStock]) -> dict[str, Any]:
    """Answer a row of GET /estoques/saldos."""
    rows = list(levels.values())
    return {
        "produto": {"id": id_of("product", sku), "codigo": sku},
        "saldoFisicoTotal": sum(row.on_hand for row in rows),
        "saldoVirtualTotal": sum(row.on_hand - row.allocated for row in rows),
        "depositos": [
            {
                "id": id_of("deposit", row.location),
                "saldoFisico": row.on_hand,
                "saldoVirtual": row.on_hand - row.allocated,
            }
            for row in rows
        ],
    }


def situation_record(situation_id: int, name: str, inherited: int) -> dict[str, Any]:
    """Answer GET /situacoes/{idSituacao}."""
    return {
        "id": situation_id,
        "nome": name,
        "idHerdado": inherited,
        "cor": _COLOURS.get(situation_id, "#FFFFFF"),
    }


def order_number(order: DataOrder) -> int:
    """Answer the ERP's own number of an order."""
    return id_of("number", order.ref) % 1_000_000


def name_of(customer: DataCustomer) -> str:
    """Answer a contact's name."""
    return f"{customer.first_name} {customer.last_name}".strip()


def kind_of(customer: DataCustomer) -> str:
    """Answer J for a company, F for a person."""
    return "J" if len(customer.tax_id or "") == 14 else "F"


def _item(order: DataOrder, index: int) -> dict[str, Any]:
    line = order.lines[index]
    return {
        "id": id_of("item", f"{order.ref}|{index}"),
        "codigo": line.sku,
        "unidade": "UN",
        "quantidade": line.quantity,
        "desconto": 0,
        "valor": number(line.unit_price),
        "aliquotaIPI": 0,
        "descricao": line.sku,
        "descricaoDetalhada": "",
        "produto": {"id": id_of("product", line.sku)},
        "comissao": {"base": 0, "aliquota": 0, "valor": 0},
        "naturezaOperacao": {"id": 0},
    }


def _transport(order: DataOrder, freight: Decimal) -> dict[str, Any]:
    address = order.address
    return {
        "fretePorConta": 0,
        "frete": number(freight),
        "quantidadeVolumes": 1,
        "pesoBruto": 0,
        "prazoEntrega": 0,
        "contato": {"id": 0, "nome": ""},
        "etiqueta": {
            "nome": name_of(order.customer),
            "endereco": address.street,
            "numero": address.number,
            "complemento": "",
            "municipio": address.city,
            "uf": address.region,
            "cep": address.postal_code,
            "bairro": address.district,
            "nomePais": "BRASIL",
        },
        "volumes": [],
    }


def _recipient(order: DataOrder | None) -> dict[str, Any]:
    if order is None:
        return {
            "id": 0,
            "nome": "Consumidor Final",
            "tipoPessoa": "F",
            "numeroDocumento": "",
            "contribuinte": 9,
        }
    customer, address = order.customer, order.address
    return {
        "id": id_of("contact", customer.ref),
        "nome": name_of(customer),
        "tipoPessoa": kind_of(customer),
        "numeroDocumento": customer.tax_id or "",
        "ie": "",
        "rg": "",
        "contribuinte": 9,
        "telefone": telephone(customer.phone or ""),
        "email": customer.email,
        "endereco": {
            "endereco": address.street,
            "numero": address.number,
            "complemento": "",
            "bairro": address.district,
            "cep": address.postal_code,
            "municipio": address.city,
            "uf": address.region,
            "pais": "",
        },
    }
