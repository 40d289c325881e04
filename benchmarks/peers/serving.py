"""Serves a peer as Trama is served: uvicorn with uvloop and httptools; it logs no requests."""

import socket

import uvicorn
from starlette.types import ASGIApp


def serve(app: ASGIApp) -> None:
    """Serve on a free port until the process is told to end; says where it listens."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    config = uvicorn.Config(
        app, loop="uvloop", http="httptools", log_level="warning", access_log=False,
        ws_per_message_deflate=False,
    )  # fmt: skip
    print(f"Listening on http://127.0.0.1:{listener.getsockname()[1]}/graphql", flush=True)
    uvicorn.Server(config).run(sockets=[listener])
