"""Bling's calls, one function each, in Bling's terms."""

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import urlencode

from connectors.bling import wire
from connectors.bling.settings import BlingSettings
from connectors.bling.zone import SAO_PAULO, written
from gateway.connect.deadline import Deadline
from gateway.connect.decoding import decode
from gateway.connect.definition import ConnectContext
from gateway.connect.errors import AuthenticationFailed, ContractError, Rejected, UpstreamFault
from gateway.connect.http import Response
from gateway.connect.settings import Secret
from gateway.connect.tokens import Grant, Tokens
from gateway.connect.wording import words_of

# A page of records that are read one by one: all streams of an account share three requests a
# second, and a page is to be read within a source's time-out.
PAGE = 15
# A page of rows that are whole, and of products whose balances are asked for together.
LONG_PAGE = 50

# A page of rows of which most are known already.
LONGEST_PAGE = 100

# After "3 requests a second": the second, and what the clocks may be apart.
SECOND_SECONDS = 2.0

# Scopes, as the page of an application names them. https://developer.bling.com.br/aplicativos
ORDERS = "Pedidos de Venda"
INVOICES = "Notas Fiscais"
CONTACTS = "Contatos"
DEPOSITS = "Depósitos de Estoque"
STOCK = "Estoques"
PRODUCTS = "Produtos"
SITUATIONS = "Situações"
COMPANY = "Dados da Empresa"

# The operation that says what there is, balanço, and what its record is remarked with.
BALANCE = "B"
NOTE = "Trama"

T = TypeVar("T")
Query = Sequence[tuple[str, str]]


class BlingClient:
    """One account's API."""

    def __init__(self, settings: BlingSettings, context: ConnectContext) -> None:
        self._clock = context.clock
        client = f"{settings.client_id}:{settings.client_secret.reveal()}"
        proof = base64.b64encode(client.encode()).decode()
        asking = {"Accept": "1.0", "Authorization": f"Basic {proof}"}
        self._token_session = context.session(settings.token_address, asking, self._wait)
        self._tokens = Tokens(
            context.credentials,
            context.clock,
            settings.refresh_token,
            Secret(client),
            self._renew,
        )
        self._session = context.session(
            settings.address, {"Accept": "application/json"}, self._wait, self._tokens
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._tokens.close()
        await self._session.close()
        await self._token_session.close()

    async def company(self, deadline: Deadline) -> Response:
        """GET whom the token speaks for."""
        return await self._get("/empresas/me/dados-basicos", "GetCompany", deadline, COMPANY)

    async def orders(self, since: datetime | None, page: int, deadline: Deadline) -> Response:
        """GET a page of the orders, or of those changed since a moment."""
        query = _listing(page, PAGE, since)
        return await self._get("/pedidos/vendas", "ListOrders", deadline, ORDERS, query)

    async def order(self, order_id: str, deadline: Deadline) -> Response:
        """GET one order."""
        return await self._get(f"/pedidos/vendas/{order_id}", "GetOrder", deadline, ORDERS)

    async def situation(self, situation_id: int, deadline: Deadline) -> Response:
        """GET one situation."""
        path = f"/situacoes/{situation_id}"
        return await self._get(path, "GetSituation", deadline, SITUATIONS)

    async def invoices(self, since: datetime | None, page: int, deadline: Deadline) -> Response:
        """GET a page of the outgoing invoices; they have no filter by change."""
        query = [*_listing(page, PAGE), ("tipo", "1")]
        return await self._get("/nfe", "ListInvoices", deadline, INVOICES, query)

    async def invoices_issued(self, since: datetime, page: int, deadline: Deadline) -> Response:
        """GET a long page of the outgoing invoices that were issued since a moment."""
        query = [*_listing(page, LONGEST_PAGE), ("tipo", "1")]
        query.append(("dataEmissaoInicial", written(since)))
        return await self._get("/nfe", "ListInvoices", deadline, INVOICES, query)

    async def invoice(self, invoice_id: str, deadline: Deadline) -> Response:
        """GET one invoice."""
        return await self._get(f"/nfe/{invoice_id}", "GetInvoice", deadline, INVOICES)

    async def contacts(self, since: datetime | None, page: int, deadline: Deadline) -> Response:
        """GET a page of all contacts, or of those changed since a moment.

        Without `criterio` only those that were added last would come.
        """
        query = [*_listing(page, PAGE, since), ("criterio", "1")]
        return await self._get("/contatos", "ListContacts", deadline, CONTACTS, query)

    async def contact(self, contact_id: str, deadline: Deadline) -> Response:
        """GET one contact."""
        return await self._get(f"/contatos/{contact_id}", "GetContact", deadline, CONTACTS)

    async def deposits(self, situation: int, page: int, deadline: Deadline) -> Response:
        """GET a page of the deposits that are active (1), or are not (0)."""
        query = [*_listing(page, LONG_PAGE), ("situacao", str(situation))]
        return await self._get("/depositos", "ListDeposits", deadline, DEPOSITS, query)

    async def products(self, page: int, deadline: Deadline) -> Response:
        """GET a page of the products that are not deleted: active ones and inactive ones."""
        query = [*_listing(page, LONG_PAGE), ("criterio", "5"), ("tipo", "T")]
        return await self._get("/produtos", "ListProducts", deadline, PRODUCTS, query)

    async def products_by_code(self, codes: Sequence[str], deadline: Deadline) -> Response:
        """GET the products of at most a page of codes."""
        query = [
            *_listing(1, LONG_PAGE),
            ("criterio", "5"),
            ("tipo", "T"),
            *(("codigos[]", code) for code in codes),
        ]
        return await self._get("/produtos", "ListProducts", deadline, PRODUCTS, query)

    async def balances(
        self, product_ids: Sequence[int], balance: int | None, deadline: Deadline
    ) -> Response:
        """GET what every deposit has of at most a page of products.

        `balance` filters: 0 what is out of stock, 1 what is in stock, 2 what is below nothing. The
        specification calls 1 the default.
        """
        query = [("idsProdutos[]", str(each)) for each in product_ids]
        if balance is not None:
            query.append(("filtroSaldoEstoque", str(balance)))
        return await self._get("/estoques/saldos", "ListBalances", deadline, STOCK, query)

    async def balance(
        self, product_id: int, deposit_id: int, quantity: int, deadline: Deadline
    ) -> None:
        """POST what a deposit has of a product from now on. Sent once; raises Rejected."""
        body = {
            "produto": {"id": product_id},
            "deposito": {"id": deposit_id},
            "operacao": BALANCE,
            "quantidade": quantity,
            "observacoes": NOTE,
        }
        answer = await self._session.request(
            "POST",
            "/estoques",
            operation="CreateStockRecord",
            deadline=deadline,
            json=body,
            scope=STOCK,
            answers=(400,),
        )
        if answer.status == 400:
            raise _rejected(answer)
        decode(decode(answer.body, wire.Single).data, wire.Named)

    async def _get(
        self, path: str, operation: str, deadline: Deadline, scope: str, query: Query = ()
    ) -> Response:
        asked = f"{path}?{urlencode(query)}" if query else path
        return await self._session.request(
            "GET", asked, operation=operation, deadline=deadline, scope=scope
        )

    async def _renew(self, refresh_token: str, deadline: Deadline) -> Grant:
        """POST a refresh token, which is spent by it. Sent once."""
        try:
            answer = await self._token_session.request(
                "POST",
                "/oauth/token",
                operation="RenewToken",
                deadline=deadline,
                form={"grant_type": "refresh_token", "refresh_token": refresh_token},
                denied=(400, 401),
            )
        except AuthenticationFailed as error:
            raise AuthenticationFailed(
                "Bling does not renew the token: authorise the application again"
            ) from error
        try:
            grant = decode(answer.body, wire.Grant)
        except ContractError as error:
            raise UpstreamFault("the answer holds no tokens") from error
        return Grant(grant.access_token, grant.refresh_token, grant.expires_in)

    def _wait(self, response: Response) -> float:
        """Answer how long a 429 asks to wait: over the second, or over Sao Paulo's day."""
        try:
            period = decode(response.body, wire.Refusal).error.period
        except (ContractError, UpstreamFault):
            period = None
        return self._until_tomorrow() if period == "day" else SECOND_SECONDS

    def _until_tomorrow(self) -> float:
        now = self._clock.now().astimezone(SAO_PAULO)
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return (midnight - now).total_seconds()


def _rejected(answer: Response) -> Rejected:
    try:
        fault = decode(answer.body, wire.FaultAnswer).error
    except ContractError:
        fault = wire.Fault("400")
    told = (fault.description, *(each.msg for each in fault.fields))
    words = " ".join(text for text in told if text)
    return Rejected(f"Bling does not take it: {words_of(words or fault.type)}", fault.type)


def _listing(page: int, size: int, since: datetime | None = None) -> list[tuple[str, str]]:
    query = [("pagina", str(page)), ("limite", str(size))]
    return query if since is None else [*query, ("dataAlteracaoInicial", written(since))]


def grouped(names: Sequence[T], size: int = LONG_PAGE) -> list[Sequence[T]]:
    """Answer names in lots that one call takes."""
    return [names[first : first + size] for first in range(0, len(names), size)]
