"""A bare Starlette that answers the same bytes to everything: they come by standard input."""

import sys

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.peers.serving import serve


def make_app(body: bytes) -> Starlette:
    """Answer the app."""

    async def answer(request: Request) -> Response:
        await request.body()
        return Response(body, media_type="application/json")

    return Starlette(routes=[Route("/graphql", answer, methods=["POST"])])


if __name__ == "__main__":
    serve(make_app(sys.stdin.buffer.read()))
