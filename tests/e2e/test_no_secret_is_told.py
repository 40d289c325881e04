"""Canaries in every secret place of a configuration and in an order: they are told nowhere."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import asyncpg
from aiohttp import web
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from connectors.vtex.client import HOOK_HEADER
from gateway.connect.testing.dataset import DataAddress, DataCustomer
from gateway.demo.issuer import AUDIENCE, ISSUER, DemoIssuer, make_demo_issuer

from .canaries import PERSON, Told
from .collector import Collector, collecting
from .processes import KEYS, ROOT, Gateway, Vendor, gateway, toml, until
from .stage import Stage, a_retailer, an_order, everything_read, staged

METRICS_KEY = "canary-metrics-key-4711"
COLLECTOR_TOKEN = "canary-collector-token-4712"
NOW = """{ availability(skus: ["SKU-1"], freshness: {maxAge: "PT0S", onStale: REFRESH_OR_FAIL})
           { availableToSell } }"""
ORDER = """query($ref: String!) {
  order(by: {channelRef: {channel: "marketplace", ref: $ref}},
        freshness: {maxAge: "PT0S", onStale: REFRESH_OR_FAIL}) { number customer { name } } }"""
HEALTH = "{ sources { id health { state reason } streams { name health { reason } } } }"
CANARINA = DataCustomer(
    "c-9", PERSON["given name"], PERSON["family name"], PERSON["e-mail"], PERSON["tax id"],
    PERSON["telephone"],
)  # fmt: skip
AT_HOME = DataAddress(PERSON["street"], "9", "Centro", "Recife", "PE", "50010-000", -8.05, -34.9)
# The sandboxes' names of accounts and keys; the rest of their settings are secrets.
PUBLIC = {"account", "app_key", "endpoint"}


@dataclass
class Scene:
    """A stage whose every secret is known, and what was told on it."""

    stage: Stage
    collector: Collector
    issuer: DemoIssuer
    jwks_url: str
    token: str
    told: Told = field(default_factory=Told)

    @property
    def secrets(self) -> dict[str, str]:
        """Answer every secret by name."""
        found = {
            "metrics key": METRICS_KEY,
            "collector's token": COLLECTOR_TOKEN,
            "partner key": KEYS["partner"],
            "operator key": KEYS["operator"],
            "customer's token": self.token,
            "database password": urlsplit(self.stage.dsn).password or "",
        }
        for vendor in (self.stage.marketplace, self.stage.warehouse):
            found.update(
                (f"{vendor.connector} {name}", value)
                for name, value in vendor.settings.items()
                if name not in PUBLIC
            )
        assert len(found) == 10
        assert all(len(secret) > 12 for secret in found.values())
        return found

    async def fail(self, vendor: Vendor, status: int, form: str, times: int) -> None:
        """Let a vendor repeat in its errors everything that it was told."""
        mine = {name: s for name, s in self.secrets.items() if vendor.connector in name}
        sent = {name: s for name, s in mine.items() if "hook" not in name}
        assert (len(mine), len(sent)) == (2, 1)
        people = [PERSON[name] for name in ("e-mail", "tax id", "telephone")]
        echo = " ".join([*(sent if status == 200 else mine).values(), *people])
        fault = json.dumps({"errors": [{"code": 9, "message": echo}], "message": echo})
        page = f"<!DOCTYPE html><html><body>{echo}</body></html>"
        text = fault if form == "json" else page
        await vendor.fail(kind="body", status=status, text=text, times=times)

    @asynccontextmanager
    async def gateway(self, *arguments: str) -> AsyncIterator[Gateway]:
        """Start a gateway that tells as much as it ever does."""
        tree, environ = self.configuration()
        async with gateway(tree, environ, self.stage.folder, *arguments) as running:
            yield running
            await self.watch(running)

    def configuration(self) -> tuple[dict[str, Any], dict[str, str]]:
        """Answer the configuration with every secret there is."""
        tree, environ = self.stage.configuration()
        tree["log"] = {"level": "DEBUG"}
        tree["metrics"] = {"port": 0, "key": {"env": "STORY_METRICS"}}
        tree["tracing"] = {"sample_ratio": 1.0}
        tree["customers"] = {"issuer": ISSUER, "audience": AUDIENCE, "jwks_url": self.jwks_url}
        environ |= {
            "STORY_METRICS": METRICS_KEY,
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.collector.url,
            "OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer%20{COLLECTOR_TOKEN}",
            "OTEL_BSP_SCHEDULE_DELAY": "100",
        }
        return tree, environ

    async def watch(self, running: Gateway) -> None:
        """Keep what the metrics and the list of processes tell."""
        headers = {"Authorization": f"Bearer {METRICS_KEY}"}
        async with (
            aiohttp.ClientSession() as client,
            client.get(running.metrics_url, headers=headers) as answer,
        ):
            assert answer.status == 200
            self.told.add("metrics", await answer.read())
        self.told.add_command_lines(running.process.running.pid)

    async def send(self, running: Gateway, path: str, body: Any, **headers: str) -> int:
        """Send anything; keep the answer, which is no data, and answer its status."""
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        told = {"Content-Type": "application/json", **headers}
        async with (
            aiohttp.ClientSession() as client,
            client.post(running.url + path, data=sent, headers=told) as answer,
        ):
            self.told.add("error bodies", await answer.read())
            self.told.add("error bodies", repr(answer.headers))
            return answer.status

    async def speak(self, running: Gateway, *messages: object) -> int:
        """Say this on a socket; keep what is answered, and answer the code that closes it."""
        url = f"{running.url}/graphql".replace("http", "ws", 1)
        protocols = [Subprotocol("graphql-transport-ws")]
        async with connect(url, subprotocols=protocols, compression=None) as socket:
            for message in messages:
                await socket.send(json.dumps(message))
            with suppress(ConnectionClosed):
                async for heard in socket:
                    self.told.add("sockets", heard)
            self.told.add("sockets", socket.close_reason or "")
            return socket.close_code or 0

    async def errors(self, running: Gateway, query: str, **variables: str) -> list[Any]:
        """Ask what goes wrong; keep the errors, and answer their codes."""
        answer = await running.ask(query, variables)
        self.told.add("error bodies", json.dumps(answer.get("errors", [])))
        return [each["extensions"]["code"] for each in answer.get("errors", [])]

    async def command(self, *arguments: str, **environ: str) -> int | None:
        """Run a command; keep what it prints, and answer its code."""
        tree, told = self.configuration()
        path = self.stage.folder / "canary-command.toml"
        path.write_text(toml(tree), "utf-8")
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", *arguments, "-c", str(path), cwd=ROOT,
            env={**os.environ, **told, "COLUMNS": "400", **environ},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        printed, _ = await running.communicate()
        self.told.add(f"trama {arguments[0]}", printed)
        return running.returncode

    def assert_silence(self) -> None:
        """Hold that nothing was told, once everything has ended."""
        self.told.add_files(self.stage.folder, "*.log")
        self.told.add("spans", b"".join(self.collector.bodies))
        assert self.told.leaks({**self.secrets, **PERSON}) == []


@asynccontextmanager
async def a_scene(dsn: str, folder: Path) -> AsyncIterator[Scene]:
    """Start both vendors, an issuer and a collector."""
    issuer = make_demo_issuer()
    orders = [
        an_order(1, customer=CANARINA, address=AT_HOME),
        an_order(2, customer=CANARINA, address=AT_HOME, is_broken=True),
    ]
    async with (
        collecting() as collector,
        serving_keys(issuer) as jwks_url,
        staged(a_retailer(*orders), dsn, folder) as stage,
    ):
        claims = {"customer_refs": [["vtex", "c-9"]], "email": PERSON["e-mail"]}
        token = issuer.issue(PERSON["e-mail"], claims)
        yield Scene(stage, collector, issuer, jwks_url, token)


@asynccontextmanager
async def serving_keys(issuer: DemoIssuer) -> AsyncIterator[str]:
    """Serve the issuer's public keys."""

    async def keys(request: web.Request) -> web.Response:
        return web.Response(body=issuer.jwks, content_type="application/json")

    app = web.Application()
    app.router.add_get("/jwks", keys)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/jwks"
    finally:
        await runner.cleanup()


async def test_when_all_is_well_and_when_callers_err(database: str, tmp_path: Path) -> None:
    async with a_scene(database, tmp_path) as scene:
        secret = scene.stage.marketplace.settings["hook_secret"]
        async with scene.gateway() as running:
            await everything_read(running)
            found = await running.data(ORDER, {"ref": "1-01"})
            assert PERSON["given name"] in found["order"]["customer"]["name"]
            asked = {"query": ORDER, "variables": {"ref": "1-01"}}
            hers = {"Authorization": f"Bearer {scene.token}"}
            async with (
                aiohttp.ClientSession() as client,
                client.post(f"{running.url}/graphql", json=asked, headers=hers) as answer,
            ):
                assert (answer.status, "errors" in await answer.json()) == (200, False)
            for told in (scene.token[:-9] + "AAAAAAAAA", KEYS["operator"] + "x", "a b", ""):
                wrong = {"Authorization": f"Bearer {told}"}
                assert await scene.send(running, "/graphql", asked, **wrong) == 401
            for credential in (KEYS["operator"], scene.token):
                asked_by_address = f"/graphql?key={credential}"
                assert await scene.send(running, asked_by_address, {}) == 401
            for credential, code in (
                (KEYS["operator"], 4429), (scene.token, 4429), (scene.token[:-9] + "A" * 9, 4403),
            ):  # fmt: skip
                payload = {"Authorization": f"Bearer {credential}"}
                begins = {"type": "connection_init", "payload": payload}
                assert await scene.speak(running, begins, begins) == code
                unread = {"type": "subscribe", "id": 1, "payload": payload}
                assert await scene.speak(running, begins, unread) in (4400, code)
            right = {"Authorization": f"Bearer {KEYS['operator']}"}
            assert await scene.send(running, "/graphql", b'{"query": "' + b"x", **right) == 400
            assert await scene.errors(running, "{ nothing }") == ["BAD_REQUEST"]
            push = json.dumps({"OrderId": PERSON["e-mail"]}).encode()
            signed = {HOOK_HEADER: secret}
            assert await scene.send(running, "/hooks/vtex", push) == 401
            assert await scene.send(running, "/hooks/vtex", push, **{HOOK_HEADER: "x"}) == 401
            assert await scene.send(running, "/hooks/vtex", push + b"}{", **signed) == 200
            assert await scene.send(running, "/hooks/vtex", b"\xff" + push, **signed) == 200
            assert await scene.send(running, "/hooks/shiphero", push) == 401
            assert await scene.send(running, f"/hooks/vtex?{secret}", push, **signed) == 200

            async def are_set_aside() -> bool:
                query = "{ sources { streams { name quarantined } } }"
                sources = (await running.data(query))["sources"]
                return {
                    each["name"]: each["quarantined"]
                    for source in sources
                    for each in source["streams"]
                    if each["quarantined"]
                } == {"orders": 1}

            await until("the broken order is set aside", are_set_aside)
        assert await scene.command("check") == 0
        assert await scene.command("quarantine", "vtex") == 0
        assert await scene.command("replay", "vtex") == 0
        scene.assert_silence()


async def test_when_vendors_fail_and_repeat_what_they_were_told(
    database: str, tmp_path: Path
) -> None:
    async with a_scene(database, tmp_path) as scene:
        async with scene.gateway() as running:
            await everything_read(running)
        vendors = (scene.stage.warehouse, scene.stage.marketplace)
        for status, form in [
            (200, "json"), (200, "html"), (400, "json"), (401, "json"), (403, "html"),
            (500, "json"), (503, "html"),
        ]:  # fmt: skip
            async with scene.gateway("--no-worker") as running:
                for vendor in vendors:
                    await scene.fail(vendor, status, form, times=9)
                assert await scene.errors(running, NOW) == ["SOURCE_UNAVAILABLE"]
                assert await scene.errors(running, ORDER, ref="1-01")
                assert await scene.command("check") == 1
                for vendor in vendors:
                    await vendor.heal()
        assert b"***" in scene.told.texts["error bodies"]
        assert b"***" in scene.told.texts["trama check"]
        scene.assert_silence()


async def test_when_vendors_fail_while_they_are_read(database: str, tmp_path: Path) -> None:
    async with a_scene(database, tmp_path) as scene:
        async with scene.gateway() as running:
            await everything_read(running)
            for vendor in (scene.stage.warehouse, scene.stage.marketplace):
                await vendor.fail(kind="hang", times=1)
                await scene.fail(vendor, 401, "json", times=999)

            async def are_paused() -> bool:
                health = await running.data(HEALTH)
                scene.told.add("the sources' health", json.dumps(health))
                return {each["health"]["state"] for each in health["sources"]} == {"PAUSED"}

            await until("both are paused", are_paused)
            assert await scene.errors(running, NOW) == ["SOURCE_UNAVAILABLE"]
        scene.assert_silence()


async def test_when_the_database_fails_within(database: str, tmp_path: Path) -> None:
    async with a_scene(database, tmp_path) as scene:
        connection = await asyncpg.connect(database)
        try:
            await connection.execute(
                "ALTER TABLE customer_record ADD CONSTRAINT nobody CHECK (name IS NULL) NOT VALID"
            )
            async with scene.gateway() as running:
                log = scene.stage.folder / "gateway.log"
                await until("it is refused", lambda: "violates check" in log.read_text("utf-8"))
                await connection.execute("ALTER TABLE sales_order RENAME TO elsewhere")
                codes = await scene.errors(running, "{ orders(first: 1) { totalCount } }")
                assert codes == ["INTERNAL"]
        finally:
            await connection.close()
        password = urlsplit(scene.stage.dsn).password or ""
        lost = scene.stage.dsn.replace(password, password[:-2] + "xx").replace("test_", "none_")
        assert await scene.command("check", STORY_DSN=lost) == 1
        assert await scene.command("serve", STORY_DSN=lost) == 1
        scene.told.add("a wrong password", scene.told.texts["trama serve"])
        assert scene.told.leaks({"the wrong password": password[:-2]}) == []
        scene.assert_silence()


def test_the_search_finds_what_was_told() -> None:
    told = Told({"a log": b"x" * 400 + b"the canary-of-the-test sang" + b"y" * 400})
    told.add("a header", b"Basic dXNlcjpjYW5hcnktb2YtdGhlLXRlc3Q=")
    found = told.leaks({"canary": "canary-of-the-test", "another": "canary-of-another"})
    assert [(name, where) for name, where, _ in found] == [
        ("canary", "a log"), ("canary", "a header"),
    ]  # fmt: skip
    assert b"the canary-of-the-test sang" in found[0][2]
