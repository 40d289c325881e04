"""Runs the app on uvicorn until it is told to stop."""

import asyncio
import contextlib
import gc
import signal
import socket
import sys
from collections.abc import Callable, Iterator

import uvicorn
from starlette.types import ASGIApp

from gateway.settings import LiveLimits
from gateway.web.beginning import Beginning
from gateway.web.frames import bounded_socket
from gateway.web.pages import use_large_pages
from gateway.web.protocol import bounded_http

KEEP_ALIVE_SECONDS = 75
# New objects until the youngest are looked at, and how often that is until the older ones are: a
# hundred thousand take some ten milliseconds.
COLLECTING = (10_000, 10, 20)
LARGEST_FRAME_BYTES = 65_536
DEFAULT_LIVE = LiveLimits()


class _Server(uvicorn.Server):
    """Leaves signals to the process, which has more to close than the server."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_started()


async def serve(
    app: ASGIApp,
    host: str,
    port: int,
    *,
    on_ready: Callable[[int], None],
    stop: asyncio.Event,
    shutdown_seconds: int = 10,
    keep_alive_seconds: int = KEEP_ALIVE_SECONDS,
    live: LiveLimits = DEFAULT_LIVE,
    listener: socket.socket | None = None,
) -> None:
    """Serve until `stop` is set or this is cancelled; open requests have `shutdown_seconds`.

    With a `listener` that is bound already, the address is its own, and others may share it.

    Port 0 takes a free one; `on_ready` is told the port once requests are taken. Raises OSError
    where the address cannot be had. A connection that is silent, or sends half a request's head, is
    closed after `keep_alive_seconds`; sockets are told 1012 at the end, streams break off.
    """
    listener = listener or _listen(host, port)
    bound = listener.getsockname()[1]
    beginning = Beginning(asyncio.get_running_loop())
    config = _config(app, shutdown_seconds, keep_alive_seconds, live, beginning)
    server = _Server(config, lambda: on_ready(bound))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        server.should_exit = True
        stopping.cancel()
        try:
            await serving
        finally:
            beginning.close()
            listener.close()


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Answer the loop that a process should run on: uvloop's, where there is one."""
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop

    return uvloop.new_event_loop()


def settle_memory() -> None:
    """Look seldom for garbage in circles, never among what is there by now; keep that together.

    With thousands of sockets open each look at everything costs as much as hundreds of answers;
    Python takes one only once a quarter of what is old is new.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTING)
    use_large_pages()


@contextlib.contextmanager
def stop_on_signals(stop: asyncio.Event) -> Iterator[None]:
    """Set `stop` when the process is asked to end (SIGINT, SIGTERM)."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def bound(host: str, port: int) -> socket.socket:
    """Answer a socket that has the address, and takes no connections before somebody listens.

    Raises OSError where the address cannot be had.
    """
    bound = socket.socket(_family(host), socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


def _listen(host: str, port: int) -> socket.socket:
    return socket.create_server((host, port), family=_family(host), backlog=2048)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _config(
    app: ASGIApp,
    shutdown_seconds: int,
    keep_alive_seconds: int,
    live: LiveLimits,
    beginning: Beginning,
) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        interface="asgi3",
        http=bounded_http(live.stalled_seconds, beginning),
        ws=bounded_socket(live.stalled_seconds),
        loop="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=keep_alive_seconds,
        timeout_graceful_shutdown=shutdown_seconds,
        ws_max_size=LARGEST_FRAME_BYTES,
        ws_per_message_deflate=False,
        ws_ping_interval=live.ping_seconds,
        ws_ping_timeout=live.stalled_seconds,
    )
