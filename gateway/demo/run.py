"""The whole demo: sandboxes, database, gateway, data; ready when everything has been read."""

import asyncio
import fcntl
import json
import os
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.bootstrap import Gateway, GatewayOptions, StartFailed, open_gateway
from gateway.bootstrap.watching import serving_metrics
from gateway.connect.deadline import Deadline
from gateway.connect.definition import load_connector
from gateway.connect.errors import SourceError
from gateway.demo.configuration import DemoKeys, DemoPlace, demo_configuration
from gateway.demo.data import SAMPLE, DataFiles, DemoData, ensure_data
from gateway.demo.examples import demo_examples
from gateway.demo.issuer import DemoIssuer, make_demo_issuer
from gateway.demo.processes import RunningSandbox, running_sandboxes
from gateway.demo.systems import HASTE, LEDGER, MARKETPLACE, SYSTEMS
from gateway.demo.trading import trade
from gateway.model.time import Clock, SystemClock
from gateway.projection.streams import load_streams
from gateway.settings import Settings, read_settings
from gateway.sync.reading import OnProgress
from gateway.telemetry.tracing import tracing
from gateway.web import server
from gateway.web.graphiql import (
    AssetsUnavailable,
    DemoKey,
    ensure_assets,
    graphiql_routes,
)
from gateway.web.logs import configure_logs

READY_FILE = "demo.json"
TOKEN_SECONDS = 30 * 24 * 3600
READY_POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """How the demo runs. `data` is a folder of real orders; None generates a sample."""

    port: int
    data_dir: Path
    data: Path | None
    speed: float


@dataclass(frozen=True, slots=True)
class DemoReady:
    """What there is once everything has been read."""

    url: str
    keys: dict[str, str]
    data: DemoData
    sandboxes: list[RunningSandbox]
    quarantined: int
    graphiql: str | None


@dataclass(frozen=True, slots=True)
class Watchers:
    """Who is told what: sentences, progress of reads, and that the demo is ready."""

    say: Callable[[str], None]
    on_progress: OnProgress
    on_ready: Callable[[DemoReady], None]


async def run_demo(options: DemoOptions, watchers: Watchers, clock: Clock | None = None) -> None:
    """Run until SIGINT or SIGTERM; leaves nothing running. Raises StartFailed."""
    stop, now = asyncio.Event(), clock or SystemClock()
    port = _free_port(options.port)
    with server.stop_on_signals(stop), _own_folder(options.data_dir) as folder:
        files = DataFiles(folder)
        data = await asyncio.to_thread(ensure_data, files, options.data, now.now(), watchers.say)
        bundling = asyncio.create_task(asyncio.to_thread(_assets, folder, watchers.say))
        speeds = {system: options.speed * HASTE.get(system, 1) for system in SYSTEMS}
        watchers.say(
            f"Starting the vendors' sandboxes, {options.speed:g} times faster than life, "
            f"{LEDGER}'s {speeds[LEDGER]:g} times..."
        )
        async with running_sandboxes(files.seeds, speeds) as sandboxes:
            assets, why = await bundling
            place = DemoPlace(port, folder, files.coordinates, data.is_ledger_whole)
            await _Demo(place, data, sandboxes, watchers, now, assets, why).run(stop)


class _Demo:
    """One run, once its sandboxes are up."""

    def __init__(
        self,
        place: DemoPlace,
        data: DemoData,
        sandboxes: list[RunningSandbox],
        watchers: Watchers,
        clock: Clock,
        assets: Path | None,
        why: str | None,
    ) -> None:
        self._place = place
        self._data = data
        self._sandboxes = sandboxes
        self._watchers = watchers
        self._clock = clock
        self._assets = assets
        self._why = why
        self._issuer: DemoIssuer = make_demo_issuer(clock)
        self._keys = _load_keys(place.data_dir)

    async def run(self, stop: asyncio.Event) -> None:
        """Serve, read everything, tell that it is ready, and wait for the end."""
        self._watchers.say("Starting Postgres...")
        options = GatewayOptions(
            routes=[self._issuer.route, *self._page()],
            on_progress=self._watchers.on_progress,
            clock=self._clock,
            migrates=True,
        )
        settings = self._settings()
        with tracing(settings.tracing):
            await self._serve_and_read(settings, options, stop)

    async def _serve_and_read(
        self, settings: Settings, options: GatewayOptions, stop: asyncio.Event
    ) -> None:
        async with (
            open_gateway(settings, options) as gateway,
            serving_metrics(settings.metrics, gateway.metrics_app, self._watchers.say),
        ):
            listening = asyncio.Event()
            tasks = [
                asyncio.create_task(_serve(gateway, self._place.port, listening, stop)),
                asyncio.create_task(gateway.work()),
                asyncio.create_task(self._open(gateway, listening)),
                asyncio.create_task(stop.wait()),
            ]
            try:
                await _until_over(tasks)
            finally:
                stop.set()
                for task in tasks[1:]:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _open(self, gateway: Gateway, listening: asyncio.Event) -> None:
        """Tell that it is ready, and let business go on; real orders stay as they are."""
        await self._tell_ready(gateway, listening)
        if self._data.origin == SAMPLE:
            seed = DataFiles(self._place.data_dir).seeds[MARKETPLACE]
            sandbox = next(each for each in self._sandboxes if each.connector == MARKETPLACE)
            await trade(seed, sandbox.url, self._data.shown, self._clock)

    def _settings(self) -> Settings:
        limits = {s.connector: load_connector(s.connector).manifest.limits for s in self._sandboxes}
        tree, environ = demo_configuration(self._place, self._keys, self._sandboxes, limits)
        settings = read_settings(tree, environ, self._place.data_dir)
        configure_logs(settings.log, secrets=settings.secret_texts())
        return settings

    def _page(self) -> list[Any]:
        examples = demo_examples(self._data.shown)
        keys = [
            DemoKey(kind, "Authorization", f"Bearer {value}")
            for kind, value in self._shown_keys().items()
        ]
        return graphiql_routes(
            self._assets, "/graphql", examples, keys, self._why or "GraphiQL is not available here"
        )

    def _shown_keys(self) -> dict[str, str]:
        customer = self._data.shown.customer
        claims = {"customer_refs": [[MARKETPLACE, customer]]}
        token = self._issuer.issue(customer, claims, TOKEN_SECONDS)
        return {
            "storefront": self._keys.storefront,
            "customer": token,
            "partner": self._keys.partner,
            "operator": self._keys.operator,
        }

    async def _tell_ready(self, gateway: Gateway, listening: asyncio.Event) -> None:
        await listening.wait()
        url = f"http://127.0.0.1:{self._place.port}"
        await _subscribe(gateway, url, self._watchers.say)
        await _everything_read(gateway, self._clock)
        quarantined = await gateway.pool.fetchval(
            "SELECT count(*) FROM quarantine WHERE resolved_at IS NULL"
        )
        keys = self._shown_keys()
        _write_private(
            self._place.data_dir / READY_FILE,
            json.dumps({"url": f"{url}/graphql", "keys": keys}, indent=1),
        )
        ready = DemoReady(
            f"{url}/graphql", keys, self._data, self._sandboxes, quarantined, self._why
        )
        self._watchers.on_ready(ready)


async def _serve(
    gateway: Gateway, port: int, listening: asyncio.Event, stop: asyncio.Event
) -> None:
    try:
        await server.serve(
            gateway.app, "127.0.0.1", port, stop=stop,
            on_ready=lambda _: listening.set(), shutdown_seconds=2,
            live=gateway.settings.limits.live,
        )  # fmt: skip
    except OSError as error:
        raise StartFailed(
            [f"port {port} cannot be had ({error.strerror}): choose PORT="]
        ) from error


async def _until_over(tasks: "list[asyncio.Task[Any]]") -> None:
    """Wait until the end is asked for, or a part fails."""
    pending = set(tasks)
    telling, stopping = tasks[2], tasks[3]
    while not stopping.done():
        done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
            if task not in (telling, stopping):
                return


async def _subscribe(gateway: Gateway, url: str, say: Callable[[str], None]) -> None:
    for source in gateway.sources:
        if source.hooks is None:
            continue
        try:
            deadline = Deadline.after(10, gateway.clock)
            await source.hooks.subscribe(f"{url}/hooks/{source.id}", deadline=deadline)
        except SourceError as error:
            say(f"{source.id} does not push ({error.code}: {error}); it is polled")


async def _everything_read(gateway: Gateway, clock: Clock) -> None:
    read = {(source.id, stream) for source in gateway.sources for stream in source.streams}
    while True:
        states = [s for s in await load_streams(gateway.pool) if (s.source_id, s.stream) in read]
        if all(s.backfilled_at is not None and s.walk_started_at is None for s in states):
            return
        await clock.sleep(READY_POLL_SECONDS)


def _assets(folder: Path, say: Callable[[str], None]) -> tuple[Path | None, str | None]:
    try:
        return ensure_assets(_cache(folder), say), None
    except AssetsUnavailable as error:
        say(f"GraphiQL is left out: {error.reason}")
        return None, error.reason


def _cache(folder: Path) -> Path:
    """Answer where built assets are kept for every demo of this user; else the demo's folder."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "trama"
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError:
        return folder
    return cache if os.access(cache, os.W_OK) else folder


@contextmanager
def _own_folder(folder: Path) -> Iterator[Path]:
    """Hold the folder for this demo alone; raises StartFailed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / "demo.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StartFailed([f"{folder} cannot be used ({error.strerror})"]) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise StartFailed(
            [f"another demo uses {folder}: stop it, or choose another DATA_DIR"]
        ) from None
    try:
        (folder / READY_FILE).unlink(missing_ok=True)
        yield folder.resolve()
    finally:
        (folder / READY_FILE).unlink(missing_ok=True)
        os.close(lock)


def _free_port(port: int) -> int:
    """Answer the port, or a free one for 0; raises StartFailed when it is taken."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError as error:
            raise StartFailed(
                [f"port {port} cannot be had ({error.strerror}): choose another, make demo PORT="]
            ) from error
        chosen: int = trial.getsockname()[1]
        return chosen


def _load_keys(folder: Path) -> DemoKeys:
    """Answer the folder's keys, made once."""
    path = folder / "keys.json"
    if path.is_file():
        return DemoKeys(**json.loads(path.read_text("utf-8")))
    made = {
        kind: f"demo-{kind}-{secrets.token_urlsafe(18)}"
        for kind in ("storefront", "partner", "operator")
    }
    _write_private(path, json.dumps(made))
    return DemoKeys(**made)


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    draft = path.with_suffix(".draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
