"""The page on which people try the graph: GraphiQL, or the examples alone without it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from string import Template

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.web.graphiql.build import MANIFEST
from gateway.web.graphiql.examples import DemoKey, Example
from gateway.web.graphiql.plain import plain_page

Endpoint = Callable[[Request], Awaitable[Response]]
ASSETS_PATH = "/graphiql/assets"
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "worker-src 'self'",
        "connect-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_MEDIA_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".ttf": "font/ttf",
    ".txt": "text/plain",
}


def graphiql_routes(
    assets: Path | None,
    endpoint: str,
    examples: Sequence[Example],
    keys: Sequence[DemoKey],
    unavailable: str = "GraphiQL is not available here",
) -> list[BaseRoute]:
    """Answer the page at `/` and its assets; without assets a page of examples that says why.

    The page holds the keys, and anybody who reaches it may read them: only for a demo's.
    """
    if assets is None:
        return [Route("/", _plain(endpoint, examples, keys, unavailable), methods=["GET"])]
    page = HTMLResponse(_page(assets, endpoint, examples, keys), headers=_page_headers())
    return [Route("/", page, methods=["GET"]), Route(ASSETS_PATH + "/{name}", _files(assets))]


def _plain(
    endpoint: str, examples: Sequence[Example], keys: Sequence[DemoKey], unavailable: str
) -> Endpoint:
    async def serve(request: Request) -> Response:
        url = str(request.url.replace(path=endpoint, query="", fragment=""))
        return HTMLResponse(plain_page(url, examples, keys, unavailable), headers=_page_headers())

    return serve


def _files(assets: Path) -> Endpoint:
    """Serve the files that are in the folder now, by name alone: no path is ever put together."""
    known = {path.name: path for path in assets.iterdir() if path.suffix in _MEDIA_TYPES}
    headers = {**_HEADERS, "Cache-Control": "public, max-age=31536000, immutable"}

    async def serve(request: Request) -> Response:
        path = known.get(request.path_params["name"])
        if path is None:
            raise HTTPException(404)
        return FileResponse(path, headers=headers, media_type=_MEDIA_TYPES[path.suffix])

    return serve


def _page(assets: Path, endpoint: str, examples: Sequence[Example], keys: Sequence[DemoKey]) -> str:
    manifest = orjson.loads((assets / MANIFEST).read_bytes())
    template = Template((Path(__file__).parent / "templates" / "page.html").read_text("utf-8"))
    return template.substitute(
        script=f"{ASSETS_PATH}/{manifest['script']}",
        style=f"{ASSETS_PATH}/{manifest['style']}",
        configuration=_configuration(endpoint, examples, keys),
    )


def _configuration(endpoint: str, examples: Sequence[Example], keys: Sequence[DemoKey]) -> str:
    """Answer JSON that cannot end the script element it stands in."""
    shown = {
        "endpoint": endpoint,
        "examples": [asdict(example) for example in examples],
        "keys": [
            {"kind": key.kind, "headerName": key.header_name, "headerValue": key.header_value}
            for key in keys
        ],
    }
    return orjson.dumps(shown).decode().replace("<", "\\u003c")


def _page_headers() -> dict[str, str]:
    return {**_HEADERS, "Cache-Control": "no-store"}
