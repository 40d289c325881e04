"""The sandbox's server: one GraphQL endpoint, its tokens and credits, and what may happen there.

Orders do not move stock by themselves here: `put_stock` says what results.
"""

import math
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
from aiohttp import web
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    OperationDefinitionNode,
    execute,
    get_operation_ast,
    parse,
    validate,
)

from connectors.shiphero.sandbox.access import (
    HOOK_SECRET,
    SCOPES,
    TOKEN,
    answer,
    missing_scope,
    refusal,
    refused_token,
)
from connectors.shiphero.sandbox.costs import Costing, Quota
from connectors.shiphero.sandbox.events import inventory_events, order_events
from connectors.shiphero.sandbox.hooks import SECONDS, Hooks, retry_after
from connectors.shiphero.sandbox.resolvers import Account, Asked, NotFoundHere
from connectors.shiphero.sandbox.schema import shiphero_schema
from connectors.shiphero.sandbox.store import Orders, Shelves, Warehouses
from gateway.connect.testing.dataset import DataLocation, DataOrder, Dataset, DataStock
from gateway.connect.testing.pushes import Pushes
from gateway.connect.testing.sandbox import Sandbox, SandboxOptions

_KEPT_DOCUMENTS = 256
_THROTTLED = 30
_NOT_FOUND = 5
_MISSING_SCOPE = 7


class Body(msgspec.Struct):
    """POST /graphql."""

    query: str
    operation_name: str | None = msgspec.field(name="operationName", default=None)
    variables: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that is valid."""

    document: DocumentNode


class ShipHeroSandbox(Sandbox):
    """A ShipHero account made of retail data."""

    title = "ShipHero sandbox"

    def __init__(self, options: SandboxOptions) -> None:
        self.quota = Quota(options.clock, options.speed)
        self.warehouses = Warehouses()
        self.shelves = Shelves(self.warehouses)
        self.orders = Orders(self.warehouses)
        self.hooks = Hooks()
        self._schema = shiphero_schema()
        account = Account(self.warehouses, self.shelves, self.orders, self.hooks, self.quota)
        account.attach(self._schema)
        self._documents: OrderedDict[str, Prepared | list[GraphQLError]] = OrderedDict()
        self._serial = 0
        super().__init__(options)
        self.acts = {
            "put_order": self._put_order,
            "put_stock": self._put_stock,
            "delete_stock": self._delete_stock,
            "put_location": self._put_location,
            "delete_location": self._delete_location,
            "push_unknown": self._push_unknown,
        }

    def make_pushes(self) -> Pushes:
        """Answer a sender that waits ten seconds for an answer and tries five times more."""
        return Pushes(partial(retry_after, self.options.speed), SECONDS)

    def settings_for(self, url: str) -> dict[str, str]:
        """Answer the settings of a connector with every scope."""
        return {"endpoint": f"{url}/graphql", "token": TOKEN, "hook_secret": HOOK_SECRET}

    def seed(self, dataset: Dataset) -> None:
        """Make an account of the data; what the WMS does not know of is left out."""
        for location in dataset.locations:
            self.warehouses.put(location)
        unknown = {item.sku for item in dataset.items if not item.in_catalogue}
        before = self.clock.now() - timedelta(days=1)
        for stock in dataset.stock:
            if stock.sku not in unknown:
                self.shelves.put(stock, before)
        for order in dataset.orders:
            self.orders.put(order)

    async def operation_of(self, request: web.Request) -> str:
        """Answer the name that the caller gave the operation."""
        try:
            body = msgspec.json.decode(await request.read(), type=Body)
        except msgspec.DecodeError:
            return "Unknown"
        return body.operation_name or "Unnamed"

    def add_routes(self, app: web.Application) -> None:
        """Add ShipHero's one address."""
        app.router.add_post("/graphql", self._graphql)

    async def _graphql(self, request: web.Request) -> web.Response:
        if not self.quota.take_request():
            return answer({"message": "Too Many Requests"}, 429)
        refused = refused_token(request)
        if refused is not None:
            return refused
        try:
            body = msgspec.json.decode(await request.read(), type=Body)
        except msgspec.DecodeError as error:
            return answer({"errors": [{"message": str(error)}]}, 400)
        prepared = self._prepared(body.query)
        if not isinstance(prepared, Prepared):
            return answer({"errors": [{"message": error.message} for error in prepared]}, 400)
        operation = get_operation_ast(prepared.document, body.operation_name)
        if operation is None:
            return answer({"errors": [{"message": "Must provide an operation."}]}, 400)
        return self._operate(request, prepared.document, operation, body)

    def _operate(
        self,
        request: web.Request,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        body: Body,
    ) -> web.Response:
        self._serial += 1
        costing = Costing(document, body.variables or {})
        roots = costing.roots(operation)
        asked = Asked(f"{self._serial:024x}", costing.of(operation))
        lacking = missing_scope(request, roots)
        if lacking is not None:
            message = f"Missing required scope(s): {SCOPES[lacking]}"
            return refusal(lacking, _MISSING_SCOPE, message, asked.request_id)
        wait = self.quota.credits.take(asked.cost)
        if wait:
            return self._no_credits(roots[0], asked, wait)
        result = execute(
            self._schema,
            document,
            variable_values=body.variables,
            operation_name=body.operation_name,
            context_value=asked,
        )
        assert isinstance(result, ExecutionResult)
        self.quota.give_back(max(0, asked.cost - asked.rows - len(roots)))
        return _answer_of(result, asked)

    def _no_credits(self, field: str, asked: Asked, wait: float) -> web.Response:
        seconds, left = math.ceil(wait), self.quota.remaining
        message = (
            "There are not enough credits to perform the requested operation, which requires "
            f"{asked.cost} credits, but there are only {left} left. In {seconds} seconds you will "
            "have enough credits to perform the operation"
        )
        return refusal(
            field,
            _THROTTLED,
            message,
            asked.request_id,
            required_credits=asked.cost,
            remaining_credits=left,
            time_remaining=f"{seconds} seconds",
        )

    def _prepared(self, text: str) -> Prepared | list[GraphQLError]:
        """Parse and validate a document once."""
        found = self._documents.get(text)
        if found is None:
            try:
                document = parse(text, max_tokens=10_000)
                found = validate(self._schema, document) or Prepared(document)
            except GraphQLError as error:
                found = [error]
            self._documents[text] = found
            if len(self._documents) > _KEPT_DOCUMENTS:
                self._documents.popitem(last=False)
        return found

    def _put_order(self, told: dict[str, Any]) -> dict[str, str]:
        order = msgspec.convert(told["order"], DataOrder)
        order = msgspec.structs.replace(order, updated_at=self.clock.now())
        before = self.orders.put(order)
        for name, body in order_events(self.orders, before, order):
            self.hooks.push(self.pushes, name, body)
        return {}

    def _put_stock(self, told: dict[str, Any]) -> dict[str, str]:
        stock = msgspec.convert(told["stock"], DataStock)
        self.shelves.put(stock, self.clock.now())
        warehouse = self.warehouses.id_of(stock.location)
        for name, body in inventory_events(stock, warehouse):
            self.hooks.push(self.pushes, name, body)
        return {}

    def _delete_stock(self, told: dict[str, Any]) -> dict[str, str]:
        self.shelves.drop(told["sku"], told["location"])
        return {}

    def _put_location(self, told: dict[str, Any]) -> dict[str, str]:
        self.warehouses.put(msgspec.convert(told["location"], DataLocation))
        return {}

    def _delete_location(self, told: dict[str, Any]) -> dict[str, str]:
        self.warehouses.drop(told["code"])
        return {}

    def _push_unknown(self, told: dict[str, Any]) -> dict[str, str]:
        self.hooks.push_to_all(self.pushes, {"webhook_type": "Weather Update", "sky": "blue"})
        return {}


def _answer_of(result: ExecutionResult, asked: Asked) -> web.Response:
    if not result.errors:
        return answer({"data": result.data})
    errors = [_error(error, asked) for error in result.errors]
    return answer({"errors": errors, "data": result.data})


def _error(error: GraphQLError, asked: Asked) -> dict[str, Any]:
    field = str(error.path[0]) if error.path else None
    code = _NOT_FOUND if isinstance(error.original_error or error, NotFoundHere) else 2
    return {
        "message": error.message,
        "operation": field,
        "field": field,
        "request_id": asked.request_id,
        "code": code,
    }
