"""The sandbox's server: Bling's addresses, its tokens and limits, and what may happen there."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import msgspec
from aiohttp import web

from connectors.bling.sandbox import records
from connectors.bling.sandbox.access import APP, TokenDesk, answer, refusal
from connectors.bling.sandbox.account import IN_STOCK, Account
from connectors.bling.sandbox.forms import id_of
from connectors.bling.sandbox.hooks import COMPANY, SECONDS, Hooks, retry_after
from connectors.bling.sandbox.limits import Budget
from connectors.bling.sandbox.listing import QueryRefused, is_within, newest, period
from connectors.bling.sandbox.movements import Movements, RecordRefused
from gateway.connect.testing.dataset import (
    DataInvoice,
    DataLocation,
    DataOrder,
    Dataset,
    DataStock,
)
from gateway.connect.testing.pushes import Pushes
from gateway.connect.testing.sandbox import Sandbox, SandboxOptions

API = "/Api/v3"
SCOPE_MISSING = "The request requires higher privileges than provided by the access token"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class BlingSandbox(Sandbox):
    """A Bling account made of retail data."""

    title = "Bling sandbox"

    def __init__(self, options: SandboxOptions) -> None:
        self.budget = Budget(options.clock, options.speed)
        self.desk = TokenDesk(options.clock, options.speed)
        self.account = Account(options.clock)
        self.movements = Movements(self.account)
        super().__init__(options)
        self.hooks = Hooks(self.pushes, options.clock)
        self.acts = {
            "put_order": self._put_order,
            "put_invoice": self._put_invoice,
            "put_stock": self._put_stock,
            "show_stock": self._show_stock,
            "put_location": self._put_location,
            "put_situation": self._put_situation,
            "close_location": self._close_location,
            "delete_order": self._delete_order,
            "delete_invoice": self._delete_invoice,
            "delete_customer": self._delete_customer,
            "delete_stock": self._delete_stock,
            "delete_location": self._delete_location,
            "subscribe": self._subscribe,
            "push_unknown": self._push_unknown,
            "expire_tokens": self._expire_tokens,
            "revoke": self._revoke,
        }

    def make_pushes(self) -> Pushes:
        """Answer a sender that waits five seconds for an answer, and tries for three days."""
        return Pushes(partial(retry_after, self.options.speed), SECONDS)

    def settings_for(self, url: str) -> dict[str, str]:
        """Answer the settings of an application with every scope."""
        return {
            "endpoint": f"{url}{API}",
            "client_id": APP.client_id,
            "client_secret": APP.client_secret,
            "refresh_token": APP.refresh_token,
        }

    def seed(self, dataset: Dataset) -> None:
        """Make an account of the data; each record was changed when the data says."""
        account = self.account
        for location in dataset.locations:
            account.deposits.put(id_of("deposit", location.code), location)
        for item in dataset.items:
            account.put_item(item)
        for stock in dataset.stock:
            account.put_stock(stock)
        for order in dataset.orders:
            account.put_order(order, changed_at=order.updated_at)
        for invoice in dataset.invoices:
            account.invoices.put(id_of("invoice", invoice.order), invoice)

    async def operation_of(self, request: web.Request) -> str:
        """Answer the operation's name, as the connector has it."""
        return request.match_info.route.name or "Unknown"

    def add_routes(self, app: web.Application) -> None:
        """Add Bling's addresses, each behind the application's token and the account's limits."""
        account = self.account
        for name, path, handler in (
            ("GetCompany", "/empresas/me/dados-basicos", self._company),
            ("ListOrders", "/pedidos/vendas", self._listing(account.orders, account.order_row)),
            ("ListInvoices", "/nfe", self._invoices),
            ("ListContacts", "/contatos", self._contacts),
            ("ListDeposits", "/depositos", self._deposits),
            ("ListProducts", "/produtos", self._products),
            ("ListBalances", "/estoques/saldos", self._balances),
            ("GetOrder", "/pedidos/vendas/{id}", self._one(account.orders, account.order_record)),
            ("GetInvoice", "/nfe/{id}", self._one(account.invoices, account.invoice_record)),
            ("GetContact", "/contatos/{id}", self._one(account.contacts, account.contact_record)),
            ("GetSituation", "/situacoes/{id}", self._situation),
        ):
            app.router.add_get(f"{API}{path}", partial(self._guarded, handler), name=name)
        write = partial(self._guarded, self._write_stock)
        app.router.add_post(f"{API}/estoques", write, name="CreateStockRecord")
        app.router.add_post(f"{API}/oauth/token", self._token, name="RenewToken")

    async def _guarded(self, handler: Handler, request: web.Request) -> web.StreamResponse:
        app = self.desk.app_of(request)
        if app is None:
            return refusal(401, "invalid_token", "The access token provided is invalid")
        if not app.scopes:
            return refusal(403, "insufficient_scope", SCOPE_MISSING)
        refused = self.budget.refused()
        if refused is not None:
            return refused
        try:
            return await handler(request)
        except QueryRefused as error:
            return refusal(400, "VALIDATION_ERROR", str(error))
        except RecordRefused as error:
            return refused_record(error)

    async def _token(self, request: web.Request) -> web.Response:
        return self.desk.grant(request, await request.read())

    async def _company(self, request: web.Request) -> web.Response:
        company = {
            "id": COMPANY,
            "nome": "Sandbox LTDA",
            "cnpj": "11.222.333/0001-81",
            "email": "sandbox@example.com",
            "dataContrato": "2024-12-31",
        }
        return answer({"data": company})

    def _listing(self, shelf: Any, row: Callable[[Any], Any]) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            return answer({"data": [row(each) for each in shelf.page(request.query)]})

        return handle

    def _one(self, shelf: Any, record: Callable[[Any], Any]) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            told = request.match_info["id"]
            found = shelf.get(int(told)) if told.isascii() and told.isdigit() else None
            return _not_found() if found is None else answer({"data": record(found)})

        return handle

    async def _invoices(self, request: web.Request) -> web.Response:
        since, until = period(request.query, "dataEmissao", self.clock.now())
        if since is None and until is None:
            rows = self.account.invoices.page(request.query)
        else:
            every = list(self.account.invoices)
            found = [each for each in every if is_within(each.issued_at, since, until)]
            rows = newest(found, request.query)
        return answer({"data": [self.account.invoice_row(each) for each in rows]})

    async def _contacts(self, request: web.Request) -> web.Response:
        if request.query.get("criterio", "3") != "1":
            raise QueryRefused("this sandbox knows the criterion 1 alone: all contacts")
        rows = self.account.contacts.page(request.query)
        return answer({"data": [self.account.contact_row(each) for each in rows]})

    async def _deposits(self, request: web.Request) -> web.Response:
        is_open = request.query.get("situacao", "1") == "1"
        found = [each for each in self.account.deposits if self.account.is_open(each) == is_open]
        rows = newest(found, request.query)
        return answer({"data": [self.account.deposit_row(each) for each in rows]})

    async def _products(self, request: web.Request) -> web.Response:
        codes = request.query.getall("codigos[]", None)
        found = [sku for sku in self.account.products if codes is None or sku in codes]
        rows = newest(found, request.query)
        return answer({"data": [self.account.product_row(sku) for sku in rows]})

    async def _balances(self, request: web.Request) -> web.Response:
        told = request.query.getall("idsProdutos[]", [])
        balance = request.query.get("filtroSaldoEstoque", str(IN_STOCK))
        if not told or not all(each.isdigit() for each in told) or balance not in ("0", "1", "2"):
            raise QueryRefused("idsProdutos[] are numbers, filtroSaldoEstoque is 0, 1 or 2")
        rows = self.account.balance_rows(dict.fromkeys(map(int, told)), int(balance))
        return answer({"data": rows})

    async def _situation(self, request: web.Request) -> web.Response:
        told = request.match_info["id"]
        known = self.account.situations.get(int(told)) if told.isdigit() else None
        if known is None:
            return _not_found()
        return answer({"data": records.situation_record(int(told), *known)})

    def _put_order(self, told: dict[str, Any]) -> dict[str, str]:
        order = msgspec.convert(told["order"], DataOrder)
        order = msgspec.structs.replace(order, updated_at=self.clock.now())
        is_new = self.account.put_order(order)
        row = self.account.order_row(order)
        names = ("id", "data", "numero", "numeroLoja", "total")
        data = {
            **{name: row[name] for name in names},
            "contato": {"id": row["contato"]["id"]},
            "vendedor": {"id": 0},
            "loja": {"id": row["loja"]["id"]},
            "situacao": row["situacao"],
        }
        self.hooks.tell("order.created" if is_new else "order.updated", data)
        return {"id": str(row["id"])}

    def _put_invoice(self, told: dict[str, Any]) -> dict[str, str]:
        invoice = msgspec.convert(told["invoice"], DataInvoice)
        is_new = self.account.invoices.put(id_of("invoice", invoice.order), invoice)
        row = self.account.invoice_row(invoice)
        names = ("id", "tipo", "situacao", "numero", "dataEmissao", "dataOperacao")
        data = {
            **{name: row[name] for name in names},
            "contato": {"id": row["contato"]["id"]},
            "naturezaOperacao": row["naturezaOperacao"],
            "loja": {"id": row["loja"]["id"]},
        }
        self.hooks.tell("invoice.created" if is_new else "invoice.updated", data)
        return {"id": str(row["id"])}

    async def _write_stock(self, request: web.Request) -> web.Response:
        number, record, stock = self.movements.write(await request.read())
        self._tell_stock(stock, record.operacao, int(record.quantidade))
        return answer({"data": {"id": number}}, 201)

    def _put_stock(self, told: dict[str, Any]) -> dict[str, str]:
        stock = msgspec.convert(told["stock"], DataStock)
        self.account.put_stock(stock)
        self._tell_stock(stock, "B", stock.on_hand)
        return {}

    def _show_stock(self, told: dict[str, Any]) -> dict[str, int]:
        stock = self.account.level(told["sku"], told["location"])
        effects = self.movements.count_of(stock.sku, stock.location)
        return {"quantity": stock.on_hand - stock.allocated, "effects": effects}

    def _tell_stock(self, stock: DataStock, operation: str, quantity: int) -> None:
        left = stock.on_hand - stock.allocated
        data = {
            "produto": {"id": id_of("product", stock.sku)},
            "deposito": {
                "id": id_of("deposit", stock.location),
                "saldoFisico": stock.on_hand,
                "saldoVirtual": left,
            },
            "operacao": operation,
            "quantidade": quantity,
            "saldoFisicoTotal": stock.on_hand,
            "saldoVirtualTotal": left,
        }
        self.hooks.tell("stock.created", data)

    def _put_location(self, told: dict[str, Any]) -> dict[str, str]:
        location = msgspec.convert(told["location"], DataLocation)
        self.account.deposits.put(id_of("deposit", location.code), location)
        return {}

    def _put_situation(self, told: dict[str, Any]) -> dict[str, str]:
        told = {"inherits": 0, **told}
        self.account.put_situation(told["order"], told["id"], told["name"], told["inherits"])
        return {}

    def _close_location(self, told: dict[str, Any]) -> dict[str, str]:
        self.account.closed.add(id_of("deposit", told["code"]))
        return {}

    def _delete_order(self, told: dict[str, Any]) -> dict[str, str]:
        order_id = id_of("order", told["ref"])
        if self.account.orders.pop(order_id) is not None:
            self.hooks.tell("order.deleted", {"id": order_id})
        return {}

    def _delete_invoice(self, told: dict[str, Any]) -> dict[str, str]:
        invoice_id = id_of("invoice", told["order"])
        if self.account.invoices.pop(invoice_id) is not None:
            self.hooks.tell("invoice.deleted", {"id": invoice_id})
        return {}

    def _delete_customer(self, told: dict[str, Any]) -> dict[str, str]:
        """Mark a contact as deleted: Bling goes on to list it among all."""
        contact_id = id_of("contact", told["ref"])
        customer = self.account.contacts.get(contact_id)
        if customer is not None:
            self.account.deleted_contacts.add(contact_id)
            self.account.contacts.put(contact_id, customer)
        return {}

    def _delete_stock(self, told: dict[str, Any]) -> dict[str, str]:
        self.account.delete_stock(told["sku"], told["location"])
        return {}

    def _delete_location(self, told: dict[str, Any]) -> dict[str, str]:
        self.account.deposits.pop(id_of("deposit", told["code"]))
        return {}

    def _subscribe(self, told: dict[str, Any]) -> dict[str, str]:
        self.hooks.add(told["url"])
        return {}

    def _push_unknown(self, told: dict[str, Any]) -> dict[str, str]:
        self.hooks.tell("weather.updated", {"sky": "blue"})
        return {}

    def _expire_tokens(self, told: dict[str, Any]) -> dict[str, str]:
        self.desk.expire_access()
        return {}

    def _revoke(self, told: dict[str, Any]) -> dict[str, str]:
        self.desk.revoke()
        return {}


def _not_found() -> web.Response:
    return refusal(404, "RESOURCE_NOT_FOUND", "O recurso não foi encontrado")


def refused_record(error: RecordRefused) -> web.Response:
    """Answer as Bling refuses a record, with the member that is wrong."""
    field = {"code": 1, "msg": str(error), "element": error.element, "namespace": "ESTOQUES"}
    told = "O estoque não pode ser salvo, pois ocorreram problemas em sua validação."
    return refusal(400, "VALIDATION_ERROR", told, fields=[field])
