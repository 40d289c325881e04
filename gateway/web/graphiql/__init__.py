"""GraphiQL, bundled on the spot and served without any other host."""

from gateway.web.graphiql.build import AssetsUnavailable, ensure_assets
from gateway.web.graphiql.examples import DemoKey, Example
from gateway.web.graphiql.page import graphiql_routes

__all__ = ["AssetsUnavailable", "DemoKey", "Example", "ensure_assets", "graphiql_routes"]
