"""K01-K04: what a connector promises before it reads anything."""

import inspect
import json
import logging
import subprocess
import sys
from typing import Any

import structlog

from gateway.connect import protocols
from gateway.connect.definition import ConnectContext
from gateway.connect.errors import (
    AuthenticationFailed,
    PermissionDenied,
    SourceError,
    Unreachable,
)
from gateway.connect.manifest import Capability
from gateway.connect.settings import Secret, SettingsInvalid, parse_settings
from gateway.connect.testing.kit.retail import a_retailer
from gateway.connect.testing.kit.rules import hold, rule
from gateway.connect.testing.kit.subject import Subject
from gateway.connect.testing.kit.world import World, world
from gateway.model.time import SystemClock

CANARY = "canary-secret-that-must-never-show-4711"
STREAMS = {
    Capability.LOCATION_SOURCE: "locations",
    Capability.STOCK_SOURCE: "stock",
    Capability.ORDER_SOURCE: "orders",
    Capability.FULFILLMENT_SOURCE: "fulfillments",
    Capability.CUSTOMER_SOURCE: "customers",
    Capability.INVOICE_SOURCE: "invoices",
}
SINKS = {Capability.STOCK_SINK: "stock"}
_NO_SOCKET = """
import json
import sys
told = json.loads(sys.stdin.read())
sys.path[:] = told["path"]
opened = []
sys.addaudithook(lambda event, args: opened.append(event) if event in (
    "socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto") else None)
from gateway.connect.definition import ConnectContext
from {module} import {name} as definition
from gateway.model.time import SystemClock
context = ConnectContext("kit", SystemClock(), definition.manifest.limits)
definition.connect(told["settings"], context)
sys.exit("opened: " + ", ".join(opened) if opened else 0)
"""


@rule("K01", "manifest valid; capabilities = implemented protocols, signatures compared")
async def capabilities(subject: Subject) -> None:
    async with world(subject, a_retailer(1)) as made:
        manifest = subject.definition.manifest
        for capability in Capability:
            protocol = getattr(protocols, capability.value)
            declared = capability in manifest.capabilities
            implemented = isinstance(made.connector, protocol)
            word = "declared but not implemented" if declared else "implemented but not declared"
            hold(declared == implemented, f"{capability.value}: {word}")
            if declared:
                _compare(made.connector, protocol)
        named = {STREAMS[each] for each in manifest.capabilities if each in STREAMS}
        hold(
            named == set(manifest.streams), f"streams {sorted(manifest.streams)} != {sorted(named)}"
        )
        named = {SINKS[each] for each in manifest.capabilities if each in SINKS}
        hold(named == set(manifest.sinks), f"sinks {sorted(manifest.sinks)} != {sorted(named)}")
        for name, told in manifest.sinks.items():
            is_whole = (told.find_batch_size is not None) == (told.repeat == "find")
            hold(is_whole, f"sinks.{name}: find_batch_size goes with repeat = find")


def _compare(connector: Any, protocol: Any) -> None:
    for name, wanted in inspect.getmembers(protocol, inspect.isfunction):
        if name.startswith("_"):
            continue
        expected = list(inspect.signature(wanted).parameters.values())[1:]
        offered = list(inspect.signature(getattr(connector, name)).parameters.values())
        same = [(p.name, p.kind) for p in offered] == [(p.name, p.kind) for p in expected]
        hold(same, f"{name}{inspect.signature(getattr(connector, name))} is not as the protocol")
        is_async = inspect.iscoroutinefunction(wanted)
        hold(
            inspect.iscoroutinefunction(getattr(connector, name)) == is_async,
            f"{name} is {'' if is_async else 'not '}to be awaited",
        )


@rule("K02", "unknown setting refused; a planted secret never shows in logs, errors, repr")
async def secrets(subject: Subject) -> None:
    async with world(subject, a_retailer(1)) as made:
        told = made.settings()
        try:
            parse_settings({**told, "no_such_setting": "x"}, subject.definition.settings)
        except SettingsInvalid:
            pass
        else:
            hold(False, "an unknown setting is accepted")
        planted = dict.fromkeys(secret_names(subject, told), CANARY)
        shown = await _everything_shown(made, planted)
        for place, text in shown.items():
            hold(CANARY not in text, f"the secret shows in {place}")


def secret_names(subject: Subject, told: dict[str, Any]) -> list[str]:
    """Answer the names of the settings that hold secrets."""
    settings = parse_settings(told, subject.definition.settings)
    return [name for name in told if isinstance(getattr(settings, name, None), Secret)]


async def _everything_shown(made: World, planted: dict[str, str]) -> dict[str, str]:
    settings = {**made.settings(), **planted}
    shown = {"settings": repr(parse_settings(settings, made.subject.definition.settings))}
    logs = _Captured()
    logging.getLogger().addHandler(logs)
    try:
        with structlog.testing.capture_logs() as lines:
            connector = made.another(planted)
            shown["the connector's repr"] = repr(connector) + repr(vars(connector))
            try:
                await connector.check(deadline=made.soon)
            except SourceError as error:
                shown["an error"] = repr(error) + str(error) + repr(error.__cause__)
    finally:
        logging.getLogger().removeHandler(logs)
    shown["logs"] = "\n".join(logs.lines) + repr(lines)
    return shown


class _Captured(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self.lines.append(record.getMessage())


@rule("K03", "import and construction open no socket")
async def no_socket(subject: Subject) -> None:
    module, name = _place_of(subject)
    async with world(subject, a_retailer(1)) as made:
        run = subprocess.run(  # noqa: ASYNC221
            [sys.executable, "-c", _NO_SOCKET.format(module=module, name=name)],
            input=json.dumps({"path": sys.path, "settings": made.settings()}),
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    hold(run.returncode == 0, run.stderr.strip().splitlines()[-1] if run.stderr else "it failed")


def _place_of(subject: Subject) -> tuple[str, str]:
    """Answer the module and the name under which the definition is found."""
    module = sys.modules[subject.definition.build.__module__]
    for name, value in vars(module).items():
        if value is subject.definition:
            return module.__name__, name
    raise LookupError(f"{module.__name__} does not hold its definition")


@rule(
    "K04", "check(): ok; refused -> Unreachable; 401 -> AuthenticationFailed; 403 names the scope"
)
async def check(subject: Subject) -> None:
    async with world(subject, a_retailer(1)) as made:
        hold(await made.connector.check(deadline=made.soon), "check() answers nothing")
        await _ends_with(made, made.another(subject.refused), AuthenticationFailed)
        error = await _ends_with(made, made.another(subject.forbidden), PermissionDenied)
        told = f"{error} {getattr(error, 'scope', '')}"
        hold(subject.scope in told, f"the error does not name {subject.scope!r}: {told}")
        nowhere = dict(made.settings())
        nowhere["endpoint"] = str(nowhere["endpoint"]).replace(made.url, "http://127.0.0.1:9")
        context = ConnectContext("kit", SystemClock(), made.limits)
        lost = subject.definition.connect(nowhere, context)
        try:
            await _ends_with(made, lost, Unreachable)
        finally:
            await lost.close()


async def _ends_with(made: World, connector: Any, kind: type[SourceError]) -> SourceError:
    try:
        await connector.check(deadline=made.soon)
    except SourceError as error:
        hold(isinstance(error, kind), f"{type(error).__name__} where {kind.__name__} is due")
        return error
    raise AssertionError(f"check() succeeds where {kind.__name__} is due")
