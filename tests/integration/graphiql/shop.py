"""A gateway with the page on it, as the demo has it, over the web tests' tiny schema."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import aiohttp

from gateway.web.app import create_app
from gateway.web.auth import GatewayAuthenticator
from gateway.web.graphiql import DemoKey, Example, graphiql_routes
from gateway.web.keys import key_ring_of
from gateway.web.parts import WebParts
from gateway.web.subscribers import Subscribers
from tests.integration.web.serving import (
    OPERATOR_KEY,
    PARTNER_KEY,
    STOREFRONT_KEY,
    Backstage,
    running,
    settings_with,
)

EXAMPLES = (
    Example(
        "A greeting",
        "somebody is greeted by name",
        "query Greeting($name: String!) { greet(name: $name) }",
        {"name": "</script><b>Ana"},
    ),
    Example("Both", "one root field answers, one fails", "query Both { greet broken }"),
)
KEYS = (
    DemoKey("storefront", "X-Api-Key", STOREFRONT_KEY),
    DemoKey("partner", "X-Api-Key", PARTNER_KEY),
    DemoKey("operator", "X-Api-Key", OPERATOR_KEY),
)


@contextlib.asynccontextmanager
async def shop(
    backstage: Backstage,
    assets: Path | None,
    unavailable: str = "GraphiQL is missing",
    examples: Sequence[Example] = EXAMPLES,
) -> AsyncIterator[aiohttp.ClientSession]:
    """Serve it; answer a client that is at home there."""
    settings = settings_with()
    parts = WebParts(
        execute=backstage.execute,
        open_live=backstage.open_live,
        authenticator=GatewayAuthenticator(key_ring_of(settings.keys), None),
        readiness=backstage.readiness,
        take_delivery=backstage.take_delivery,
        server=settings.server,
        clock=backstage.clock,
        subscribers=Subscribers(settings.limits),
        routes=graphiql_routes(assets, "/graphql", examples, KEYS, unavailable),
    )
    async with running(create_app(parts)) as client:
        yield client


def home_of(client: aiohttp.ClientSession) -> str:
    """Answer the server's address, without a slash at the end."""
    return str(client._base_url).rstrip("/")
