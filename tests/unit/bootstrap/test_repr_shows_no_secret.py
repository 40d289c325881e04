"""What is put together of a configuration full of secrets shows none of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gateway.bootstrap.sources import connect_sources
from gateway.model.time import SystemClock
from gateway.settings import Settings, read_settings

CANARY = "canary-"
ENVIRON = {
    "DSN": "postgresql://u:canary-of-the-database@db/trama",
    "PARTNER": "canary-of-the-partner",
    "METRICS": "canary-of-the-metrics",
    "COLLECTOR": "Bearer canary-of-the-collector",
    "TOKEN": "canary-of-the-vendor",
    "HOOK": "canary-of-the-hook",
}
CONFIGURATION: dict[str, Any] = {
    "database": {"dsn": {"env": "DSN"}},
    "metrics": {"key": {"env": "METRICS"}},
    "tracing": {"headers": {"authorization": {"env": "COLLECTOR"}}},
    "keys": [
        {"id": "p", "kind": "partner", "key": {"env": "PARTNER"}, "owners": ["seller-1"]},
    ],
    "sources": {
        "shop": {
            "connector": "vtex",
            "options": {
                "account": "shop",
                "app_key": "key",
                "app_token": {"env": "TOKEN"},
                "hook_secret": {"env": "HOOK"},
            },
        },
        "wms": {
            "connector": "shiphero",
            "options": {"token": {"env": "TOKEN"}, "hook_secret": {"env": "HOOK"}},
        },
    },
}  # fmt: skip


def settings() -> Settings:
    return read_settings(CONFIGURATION, ENVIRON, Path())


def parts(root: object) -> Iterator[object]:
    """Answer an object and every object of ours that it holds."""
    left, seen = [root], set()
    while left:
        each = left.pop()
        if id(each) in seen or not type(each).__module__.startswith(("gateway.", "connectors.")):
            continue
        seen.add(id(each))
        yield each
        slots = [name for kind in type(each).__mro__ for name in getattr(kind, "__slots__", ())]
        held = [*getattr(each, "__dict__", {}), *slots]
        left += [getattr(each, name) for name in held if name != "_text"]


def test_the_settings_show_none() -> None:
    told = settings()
    assert len(told.secret_texts()) == 8
    for shown in (repr(told), str(told), told.model_dump_json(), repr(told.model_dump())):
        assert CANARY not in shown


def test_a_connected_source_and_its_parts_show_none() -> None:
    for source in connect_sources(settings(), SystemClock()):
        found = list(parts(source))
        names = {type(each).__name__ for each in found}
        assert {"ConnectedSource", "HttpSession", "Secret"} <= names
        assert [repr(each) for each in found if CANARY in repr(each)] == []
