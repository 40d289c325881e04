"""The demo's configuration, as trama.toml would have it: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.connect.manifest import Limits
from gateway.demo.issuer import AUDIENCE, ISSUER, JWKS_PATH
from gateway.demo.processes import RunningSandbox

MARKETPLACE = "vtex"
WAREHOUSE = "shiphero"
CHANNEL = "marketplace"
STREAMS = {MARKETPLACE: ["orders"], WAREHOUSE: ["locations", "stock", "fulfillments"]}


@dataclass(frozen=True, slots=True)
class DemoKeys:
    """The keys that the demo makes for each kind of caller; the customer's is a token."""

    storefront: str
    partner: str
    operator: str


@dataclass(frozen=True, slots=True)
class DemoPlace:
    """Where the demo lives."""

    port: int
    data_dir: Path
    coordinates: Path
    speed: float


def demo_configuration(
    place: DemoPlace,
    keys: DemoKeys,
    sandboxes: Sequence[RunningSandbox],
    limits: Mapping[str, Limits],
) -> tuple[dict[str, Any], dict[str, str]]:
    """Answer the configuration, and the environment that holds its secrets.

    Rates are raised by the sandboxes' speed: a sandbox of speed 10 allows ten times as much.
    """
    environ = {"DEMO_PARTNER_KEY": keys.partner, "DEMO_OPERATOR_KEY": keys.operator}
    sources = {}
    for sandbox in sandboxes:
        options: dict[str, Any] = {}
        for name, value in sandbox.settings.items():
            variable = f"DEMO_{sandbox.connector}_{name}".upper()
            environ[variable] = value
            options[name] = {"env": variable}
        sources[sandbox.connector] = _source(sandbox.connector, limits, place.speed, options)
    tree = {
        "server": {"port": place.port, "introspection": True},
        "database": {"embedded": True, "data_dir": str(place.data_dir / "postgres")},
        "log": {"level": "WARNING", "format": "console"},
        "metrics": {"port": 0},
        "sources": sources,
        "channels": {CHANNEL: {"name": "Marketplace", "source": MARKETPLACE}},
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


def _source(
    connector: str, limits: Mapping[str, Limits], speed: float, options: dict[str, Any]
) -> dict[str, Any]:
    told = limits[connector]
    return {
        "connector": connector,
        "streams": STREAMS[connector],
        "poll_seconds": 2,
        "items": "create" if connector == WAREHOUSE else "match",
        "limits": {
            "requests_per_second": told.requests_per_second * speed,
            "burst": max(1, int(told.burst * min(speed, 10))),
        },
        "options": options,
    }
