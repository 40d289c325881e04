"""A real server on a free port in the test's own loop, over a tiny real schema."""

import asyncio
import contextlib
import io
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import strawberry
import structlog
from graphql import GraphQLError, OperationType, get_operation_ast, graphql_sync, parse
from starlette.types import ASGIApp

from gateway.bootstrap.trusting import trusted_documents_of
from gateway.demo.issuer import make_demo_issuer
from gateway.model.principal import Principal
from gateway.settings import LogSettings, Settings, read_settings
from gateway.web.app import create_app
from gateway.web.auth import GatewayAuthenticator
from gateway.web.jwks import Fetch, IssuerKeys
from gateway.web.keys import key_ring_of
from gateway.web.logs import configure_logs
from gateway.web.parts import (
    ExecutionOutcome,
    GraphQLRequest,
    HookDelivery,
    HookOutcome,
    HookVerdict,
    Live,
    LiveAnswer,
    Missing,
    RequestContext,
    WebParts,
)
from gateway.web.request_lines import request_lines
from gateway.web.server import serve
from gateway.web.subscribers import Subscribers
from gateway.web.tokens import CustomerTokens

STOREFRONT_KEY = "pk_storefront_0123456789"
PARTNER_KEY = "canary-partner-key-5f1c9d"
OPERATOR_KEY = "canary-operator-key-77aa1"
SHOP = "https://shop.example.com"
CONFIGURATION: dict[str, Any] = {
    "server": {"port": 0},
    "database": {"dsn": "postgresql://nobody@127.0.0.1/none"},
    "sources": {"shop": {"connector": "any"}},
    "channels": {"web": {"name": "Web", "source": "shop"}},
    "keys": [
        {
            "id": "shop",
            "kind": "storefront",
            "key": STOREFRONT_KEY,
            "allowed_origins": [SHOP],
        },
        {
            "id": "seller",
            "kind": "partner",
            "key": {"env": "PARTNER_KEY"},
            "channels": ["web"],
            "owners": ["seller-9"],
        },
        {"id": "care", "kind": "operator", "key": {"env": "OPERATOR_KEY"}},
    ],
    "customers": {
        "issuer": "https://issuer.demo.invalid",
        "audience": "trama",
        "jwks_url": "https://issuer.demo.invalid/jwks",
    },
}
ENVIRON = {"PARTNER_KEY": PARTNER_KEY, "OPERATOR_KEY": OPERATOR_KEY}


class SteppedClock:
    """A clock that moves when the test says so."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def now(self) -> datetime:
        return datetime(2026, 1, 2, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@strawberry.type
class Query:
    @strawberry.field
    def greet(self, name: str = "you") -> str:
        return f"hello {name}"

    @strawberry.field
    def broken(self) -> str | None:
        raise GraphQLError("not today")


@strawberry.type
class Mutation:
    @strawberry.mutation
    def bump(self) -> int:
        return 1


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def ticks(self, after: int | None = None) -> AsyncIterator[int]:
        yield 0


SCHEMA = strawberry.Schema(Query, Mutation, Subscription)


class Channel:
    """A subscription's answers, given by the test one by one; it counts what is taken."""

    def __init__(self, request: GraphQLRequest) -> None:
        self.request = request
        self.taken = 0
        self.closed = asyncio.Event()
        self._answers: asyncio.Queue[LiveAnswer | Exception | None] = asyncio.Queue()
        self._take: Callable[[LiveAnswer], bool] = lambda _: False

    def tick(self, number: int) -> None:
        """Give an answer."""
        body = b'{"data":{"ticks":%d}}' % number
        self._answers.put_nowait(LiveAnswer(body, f"c{number}"))

    def give(self, answer: LiveAnswer | Exception | None) -> None:
        """Give an answer, a failure, or the end."""
        self._answers.put_nowait(answer)

    def hand_to(self, take: Callable[[LiveAnswer], bool]) -> None:
        self._take = take

    def hand(self, answer: LiveAnswer) -> bool:
        """Hand an answer over at once; answer whether it was taken."""
        return self._take(answer)

    async def __aiter__(self) -> AsyncIterator[LiveAnswer]:
        while (answer := await self._answers.get()) is not None:
            if isinstance(answer, Exception):
                raise answer
            self.taken += 1
            yield answer

    async def aclose(self) -> None:
        self.closed.set()


@dataclass
class Backstage:
    """What is below the web floor in these tests, and what it has seen."""

    clock: SteppedClock = field(default_factory=SteppedClock)
    asked: list[GraphQLRequest] = field(default_factory=list)
    contexts: list[RequestContext] = field(default_factory=list)
    deliveries: list[HookDelivery] = field(default_factory=list)
    outcome: ExecutionOutcome | None = None
    failure: Exception | None = None
    hold: asyncio.Event | None = None
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    verdict: HookOutcome = field(default_factory=lambda: HookOutcome(HookVerdict.STORED))
    missing: list[Missing] = field(default_factory=list)
    opened: "asyncio.Queue[Channel]" = field(default_factory=asyncio.Queue)

    def reset(self) -> None:
        """Forget what was seen and what was set."""
        for seen in (self.asked, self.contexts, self.deliveries, self.missing):
            seen.clear()
        self.reached.clear()
        self.opened = asyncio.Queue()
        self.outcome = self.failure = self.hold = None
        self.verdict = HookOutcome(HookVerdict.STORED)

    @property
    def principal(self) -> Principal:
        return self.contexts[-1].principal

    async def execute(self, request: GraphQLRequest, context: RequestContext) -> ExecutionOutcome:
        self.asked.append(request)
        self.contexts.append(context)
        self.reached.set()
        if self.hold is not None:
            await self.hold.wait()
        if self.failure is not None:
            raise self.failure
        return self.outcome or _executed(request)

    async def open_live(
        self, request: GraphQLRequest, context: RequestContext
    ) -> Live | ExecutionOutcome:
        """Answer a subscription to the test by `opened`, and execute anything else."""
        if not _subscribes(request):
            return await self.execute(request, context)
        self.asked.append(request)
        self.contexts.append(context)
        if self.failure is not None:
            raise self.failure
        channel = Channel(request)
        self.opened.put_nowait(channel)
        return channel

    async def take_delivery(self, delivery: HookDelivery) -> HookOutcome:
        self.deliveries.append(delivery)
        if self.failure is not None:
            raise self.failure
        return self.verdict

    async def readiness(self) -> Sequence[Missing]:
        if self.failure is not None:
            raise self.failure
        return self.missing


def _subscribes(request: GraphQLRequest) -> bool:
    try:
        operation = get_operation_ast(parse(request.query), request.operation_name)
    except GraphQLError:
        return False
    return operation is not None and operation.operation is OperationType.SUBSCRIPTION


def _executed(request: GraphQLRequest) -> ExecutionOutcome:
    """Answer what graphql-core, the reference, answers; its request errors have no path."""
    result = graphql_sync(
        SCHEMA._schema,
        request.query,
        variable_values=request.variables,
        operation_name=request.operation_name,
    )
    errors = result.errors or []
    has_data = result.data is not None or any(error.path for error in errors)
    body: dict[str, Any] = {"data": result.data} if has_data else {}
    if errors:
        body["errors"] = [error.formatted for error in errors]
    return ExecutionOutcome(body, has_data)


def settings_with(**sections: Any) -> Settings:
    """Answer the tests' configuration with some sections replaced."""
    return read_settings({**CONFIGURATION, **sections}, ENVIRON, Path())


def app_of(backstage: Backstage, settings: Settings, fetch: Fetch | None = None) -> ASGIApp:
    """Answer the app as a process would put it together."""
    return create_app(parts_of(backstage, settings, fetch))


def parts_of(backstage: Backstage, settings: Settings, fetch: Fetch | None = None) -> WebParts:
    """Answer what the app is put together from."""
    customers = None
    if settings.customers is not None:
        keys = IssuerKeys(settings.customers.jwks_url, fetch or _no_keys, backstage.clock)
        customers = CustomerTokens(settings.customers, keys, backstage.clock)
    return WebParts(
        execute=backstage.execute,
        open_live=backstage.open_live,
        authenticator=GatewayAuthenticator(key_ring_of(settings.keys), customers),
        readiness=backstage.readiness,
        take_delivery=backstage.take_delivery,
        server=settings.server,
        clock=backstage.clock,
        subscribers=Subscribers(settings.limits),
        limits=settings.limits,
        documents=trusted_documents_of(settings),
    )


async def _no_keys(url: str) -> bytes:
    return make_demo_issuer().jwks


@contextlib.contextmanager
def logging_to(
    form: str, secrets: Iterable[str] = (), level: str = "INFO"
) -> Iterator[io.StringIO]:
    """Send all logs to a stream, for a while."""
    stream = io.StringIO()
    root = logging.getLogger()
    handlers, root_level = root.handlers[:], root.level
    told = LogSettings.model_validate({"format": form, "level": level})
    configure_logs(told, secrets=secrets, stream=stream)
    try:
        yield stream
    finally:
        request_lines.flush()
        root.handlers[:] = handlers
        root.setLevel(root_level)
        structlog.reset_defaults()


@contextlib.asynccontextmanager
async def running(app: ASGIApp, **options: Any) -> AsyncIterator[aiohttp.ClientSession]:
    """Serve the app on a free port; answer a client that is at home there."""
    stop = asyncio.Event()
    ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(
        serve(app, "127.0.0.1", 0, on_ready=ready.set_result, stop=stop, **options)
    )
    try:
        port = await asyncio.wait_for(ready, 60)
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client:
            yield client
    finally:
        stop.set()
        await task


async def port_of(client: aiohttp.ClientSession) -> int:
    """Answer where a client's server listens."""
    async with client.get("/healthz") as response:
        return response.url.port or 0
