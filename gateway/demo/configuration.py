"""The demo's configuration, as trama.toml would have it: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.connect.manifest import Limits
from gateway.demo.issuer import AUDIENCE, ISSUER, JWKS_PATH
from gateway.demo.processes import RunningSandbox
from gateway.demo.systems import LEDGER, MARKETPLACE, TILL, WAREHOUSE

CHANNEL = "marketplace"
TILLS = "tills"
# How each system is read. Every keeper of stock has locations of its own, and names SKUs. The ERP
# tells no changes of stock: it is walked again before that is too old to be sold by.
RULES: Mapping[str, Mapping[str, Any]] = {
    MARKETPLACE: {"streams": ["orders"], "verified_emails": True},
    WAREHOUSE: {"streams": ["locations", "stock", "fulfillments"], "items": "create"},
    TILL: {
        "streams": ["locations", "stock", "orders", "fulfillments", "customers"],
        "items": "create",
        "verified_emails": True,
    },
    LEDGER: {
        "streams": ["locations", "stock", "orders", "customers", "invoices"],
        "items": "create",
        "phone_region": "BR",
        "walk_seconds": 90,
    },
}
BOOKS = {"streams": ["customers", "invoices"], "phone_region": "BR"}


@dataclass(frozen=True, slots=True)
class DemoKeys:
    """The keys that the demo makes for each kind of caller; the customer's is a token."""

    storefront: str
    partner: str
    operator: str


@dataclass(frozen=True, slots=True)
class DemoPlace:
    """Where the demo lives, and whether its ERP keeps stock and has orders to compare."""

    port: int
    data_dir: Path
    coordinates: Path
    is_ledger_whole: bool


def demo_configuration(
    place: DemoPlace,
    keys: DemoKeys,
    sandboxes: Sequence[RunningSandbox],
    limits: Mapping[str, Limits],
) -> tuple[dict[str, Any], dict[str, str]]:
    """Answer the configuration, and the environment that holds its secrets.

    Rates are raised by each sandbox's speed: one of speed 10 allows ten times as much.
    """
    environ = {"DEMO_PARTNER_KEY": keys.partner, "DEMO_OPERATOR_KEY": keys.operator}
    sources = {}
    for sandbox in sandboxes:
        options: dict[str, Any] = {}
        for name, value in sandbox.settings.items():
            variable = f"DEMO_{sandbox.connector}_{name}".upper()
            environ[variable] = value
            options[name] = {"env": variable}
        is_part = sandbox.connector == LEDGER and not place.is_ledger_whole
        sources[sandbox.connector] = {
            **_source(sandbox, limits[sandbox.connector]),
            **(BOOKS if is_part else RULES[sandbox.connector]),
            "options": options,
        }
    tree = {
        "server": {"port": place.port, "introspection": True},
        "database": {"embedded": True, "data_dir": str(place.data_dir / "postgres")},
        "log": {"level": "WARNING", "format": "console"},
        "metrics": {"port": 0},
        "sources": sources,
        "channels": {
            CHANNEL: {"name": "Marketplace", "source": MARKETPLACE},
            TILLS: {"name": "Tills of the stores", "source": TILL},
        },
        "authority": {"orders": {"tax_total": [LEDGER, "channel"]}},
        "location_groups": {
            "everywhere": {"name": "Every location", "locations": ["*"]},
        },
        "locations": {"coordinates_file": str(place.coordinates)},
        "keys": [
            {"id": "demo-storefront", "kind": "storefront", "key": keys.storefront},
            {
                "id": "demo-partner",
                "kind": "partner",
                "key": {"env": "DEMO_PARTNER_KEY"},
                "channels": [CHANNEL],
            },
            {"id": "demo-operator", "kind": "operator", "key": {"env": "DEMO_OPERATOR_KEY"}},
        ],
        "customers": {
            "issuer": ISSUER,
            "audience": AUDIENCE,
            "jwks_url": f"http://127.0.0.1:{place.port}{JWKS_PATH}",
            "algorithms": ["ES256"],
        },
    }
    return tree, environ


def _source(sandbox: RunningSandbox, told: Limits) -> dict[str, Any]:
    return {
        "connector": sandbox.connector,
        "poll_seconds": 2,
        "limits": {
            "requests_per_second": told.requests_per_second * sandbox.speed,
            "burst": max(1, int(told.burst * min(sandbox.speed, 10))),
        },
    }
