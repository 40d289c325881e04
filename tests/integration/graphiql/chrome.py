"""A browser for the tests: Chromium out of an npm package, driven over its DevTools protocol.

The protocol: https://chromedevtools.github.io/devtools-protocol/ (read 2026-11-23).
"""

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp

from gateway.web.graphiql.node import run_node
from tests.node import installed

PACKAGE = Path(__file__).parent / "chromium"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--no-zygote",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--remote-debugging-port=0",
    "--window-size=1280,800",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
FONTS = (
    '<?xml version="1.0"?>'
    "<fontconfig><dir>{0}/fonts</dir><cachedir>{0}/seen</cachedir></fontconfig>"
)


class Unanswered(Exception):
    """The browser could not do what it was asked, e.g. because the page just changed."""


class Page:
    """A tab, and everything that it said since it was opened."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._last = 0
        self.events: list[dict[str, Any]] = []

    @property
    def requested(self) -> list[str]:
        """The addresses that the page and its workers asked for."""
        sent = [e for e in self.events if e["method"] == "Network.requestWillBeSent"]
        return [event["params"]["request"]["url"] for event in sent]

    @property
    def complaints(self) -> list[str]:
        """What went wrong by the browser's own account: exceptions, refusals by the policy."""
        thrown = [e for e in self.events if e["method"] == "Runtime.exceptionThrown"]
        entries = [e["params"]["entry"] for e in self.events if e["method"] == "Log.entryAdded"]
        return [str(event["params"]["exceptionDetails"]) for event in thrown] + [
            entry["text"] for entry in entries if entry["level"] == "error"
        ]

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Answer what the browser answers; what it tells meanwhile is kept."""
        self._last += 1
        await self._socket.send_json({"id": self._last, "method": method, "params": params})
        while True:
            message = await self._socket.receive_json(timeout=30)
            if message.get("id") == self._last:
                if "error" in message:
                    raise Unanswered(message["error"])
                result: dict[str, Any] = message["result"]
                return result
            if "method" in message:
                self.events.append(message)

    async def open(self, url: str) -> None:
        """Go to an address."""
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self.call(f"{domain}.enable")
        await self.call("Page.navigate", url=url)

    async def value(self, script: str) -> Any:
        """Answer the value of an expression in the page."""
        answer = await self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def until(self, script: str, deadline_seconds: float = 60) -> Any:
        """Answer the first value of an expression that is true in JavaScript's sense."""
        try:
            async with asyncio.timeout(deadline_seconds):
                return await self._first(script)
        except TimeoutError:
            raise AssertionError(f"never came true: {script}; {self.complaints}") from None

    async def _first(self, script: str) -> Any:
        while True:
            with contextlib.suppress(Unanswered):
                if value := await self.value(f"({script}) || null"):
                    return value
            await asyncio.sleep(0.05)


@contextlib.contextmanager
def unpacked_chromium() -> Iterator[Path]:
    """Answer the folder of a browser of our own."""
    folder = Path(tempfile.mkdtemp(prefix="trama-chromium-"))
    try:
        shutil.copy(PACKAGE / "unpack.mjs", folder)
        (folder / "node_modules").symlink_to(installed(PACKAGE) / "node_modules")
        run_node(("unpack.mjs", str(folder)), folder, 120)
        fonts = folder / "fonts"
        (fonts / "fonts.conf").write_text(FONTS.format(fonts))
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.asynccontextmanager
async def browsing(folder: Path) -> AsyncIterator[Page]:
    """Start the browser with an empty profile; answer its first tab."""
    profile = Path(tempfile.mkdtemp(prefix="profile-", dir=folder))
    libraries = f"{folder / 'al2023' / 'lib'}:{folder}"
    process = await asyncio.create_subprocess_exec(
        str(folder / "chromium"),
        *FLAGS,
        f"--user-data-dir={profile}",
        "about:blank",
        env={
            "HOME": str(profile),
            "LD_LIBRARY_PATH": libraries,
            "FONTCONFIG_PATH": str(folder / "fonts"),
            "PATH": os.defpath,
        },
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        port = await _port_of(profile, lambda: process.returncode is None)
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client:
            async with client.get("/json/list") as response:
                tab = next(t for t in await response.json() if t["type"] == "page")
            async with client.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                yield Page(socket)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _port_of(profile: Path, is_alive: Callable[[], bool]) -> int:
    """Wait until the browser has written down where it listens."""
    note = profile / "DevToolsActivePort"
    async with asyncio.timeout(60):
        while not (note.exists() and "\n" in note.read_text()):
            assert is_alive(), "Chromium did not start"
            await asyncio.sleep(0.05)
    return int(note.read_text().splitlines()[0])
