"""Serves the schema that is not ours, by the engine or by Strawberry's own app, tuned.

python -m benchmarks.peers.library engine|strawberry
"""

import sys
from typing import Any

import orjson
import strawberry
from graphql import DocumentNode, parse, validate
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache

from benchmarks.library import SCHEMA, Query
from benchmarks.peers.serving import serve
from gateway.engine.engine import Engine


class ByEngine:
    """Answers; a document that it has met is neither parsed nor validated again."""

    def __init__(self) -> None:
        self._engine = Engine(SCHEMA._schema)
        self._documents: dict[str, DocumentNode] = {}

    async def answer(self, request: Request) -> Response:
        """Answer a POST."""
        asked = orjson.loads(await request.body())
        planned = self._engine.plan(self._document(asked["query"]))
        response = await self._engine.execute(planned, asked.get("variables"))
        return Response(response.body(), media_type="application/json")

    def _document(self, text: str) -> DocumentNode:
        if text not in self._documents:
            document = parse(text)
            if errors := validate(SCHEMA._schema, document):
                raise errors[0]
            self._documents[text] = document
        return self._documents[text]


def make_app(by: str) -> Starlette:
    """Answer the app."""
    if by == "engine":
        return Starlette(routes=[Route("/graphql", ByEngine().answer, methods=["POST"])])
    cached = [lambda: ParserCache(), lambda: ValidationCache()]
    endpoint: GraphQL[Any, None] = GraphQL(strawberry.Schema(Query, extensions=cached))
    return Starlette(routes=[Route("/graphql", endpoint)])


if __name__ == "__main__":
    serve(make_app(sys.argv[1]))
