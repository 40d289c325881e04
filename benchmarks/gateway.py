"""Starts the gateway as it is run: `trama serve` with a trama.toml, all of it switched on."""

import sys
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiohttp
import tomli_w

from benchmarks.clients.load import Target
from benchmarks.processes import Running, running
from benchmarks.vendor.connector import install
from gateway.projection.locations import GroupSpec

KEY = "operator-key-of-the-benchmark"
HOOK_SECRET = "hook-secret-of-the-benchmark"  # noqa: S105
MAX_AGE_SECONDS = 86_400
# What no source is asked for, however long a run takes, unless a question says so.
KEPT_LONG = ("availability", "order", "customer")
DEADLINE_SECONDS = 2.5
MANY = 1_000_000
# Everything is counted as it always is, and nothing that the benchmarks ask is refused.
LIMITS = {
    "document": {"max_root_fields": 25},
    "address": {"requests_per_second": MANY, "burst": MANY},
    "operator": {"requests_per_second": MANY, "burst": MANY, "max_cost": MANY},
}
EVERYWHERE = GroupSpec("everywhere", "Every location", 0, None, is_default=True)
EVERYWHERE_GROUP = {EVERYWHERE.code: {"name": EVERYWHERE.name, "locations": ["*"]}}
FAST = {"engine": {"enabled": True}, "cache": {"enabled": True}}
UNCACHED = {"cache": {"enabled": False}}


@dataclass(frozen=True)
class Account:
    """A source of the configuration."""

    id: str
    url: str
    role: str
    streams: tuple[str, ...]
    connector: str = "bench"
    options: Mapping[str, str] = field(default_factory=dict)
    creates_items: bool = False

    @property
    def table(self) -> dict[str, Any]:
        """Answer its table of trama.toml; it is polled so seldom that no measure is disturbed."""
        bench = {"endpoint": self.url, "hook_secret": HOOK_SECRET}
        return {
            "connector": self.connector,
            "roles": [self.role],
            "streams": list(self.streams),
            "items": "create" if self.creates_items else "match",
            "poll_seconds": 600,
            "limits": {"requests_per_second": 100_000, "burst": 100_000, "concurrency": 64},
            "options": dict(self.options) or bench,
        }


@dataclass(frozen=True)
class Gateway:
    """A gateway that is asked as an operator, who sees everything."""

    running: Running

    @property
    def target(self) -> Target:
        """Answer where and how it is asked."""
        return Target(self.running.url, {"Authorization": f"Bearer {KEY}"})

    @property
    def hooks_url(self) -> str:
        """Answer where pushes go, less the source's id."""
        return self.running.url.removesuffix("graphql") + "hooks/"


async def ask(
    client: aiohttp.ClientSession, target: Target, query: str, variables: Mapping[str, Any]
) -> dict[str, Any]:
    """Answer the data of a query; raises RuntimeError where there are errors."""
    body = {"query": query, "variables": dict(variables)}
    async with client.post(target.url, json=body, headers=dict(target.headers)) as answer:
        told: dict[str, Any] = await answer.json(content_type=None)
    if "errors" in told or "data" not in told:
        raise RuntimeError(f"{target.url}: {str(told)[:500]}")
    data: dict[str, Any] = told["data"]
    return data


async def ask_bytes(client: aiohttp.ClientSession, target: Target, body: bytes) -> bytes:
    """Answer the bytes of an answer."""
    headers = {**target.headers, "Content-Type": "application/json"}
    async with client.post(target.url, data=body, headers=headers) as answer:
        return await answer.read()


@dataclass(frozen=True)
class Partner:
    """A partner of one channel, by its own key."""

    channel: str

    @property
    def key(self) -> str:
        """Its key."""
        return f"key-of-the-partner-{self.channel}"

    @property
    def table(self) -> dict[str, Any]:
        """Answer its table of trama.toml."""
        digest = sha256(self.key.encode()).hexdigest()
        return {"id": self.channel, "kind": "partner", "sha256": digest, "channels": [self.channel]}


def configuration(
    dsn: str,
    accounts: Iterable[Account],
    partners: Sequence[Partner] = (),
    sections: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Answer trama.toml: every setting that is not named here is the default.

    `sections` replace those of here.
    """
    accounts = list(accounts)
    channels = {
        each.id: {"name": each.id.title(), "source": each.id}
        for each in accounts
        if each.role == "MARKETPLACE"
    }
    channels |= {
        each.channel: {"name": each.channel, "source": accounts[0].id} for each in partners
    }
    return {
        **FAST,
        "limits": LIMITS,
        "server": {"port": 0},
        "database": {"dsn": dsn},
        "metrics": {"port": 0},
        "freshness": {
            "deadline_seconds": DEADLINE_SECONDS,
            "defaults": {kind: {"max_age_seconds": MAX_AGE_SECONDS} for kind in KEPT_LONG},
        },
        "sources": {each.id: each.table for each in accounts},
        "channels": channels,
        "location_groups": EVERYWHERE_GROUP,
        "keys": [
            {"id": "people", "kind": "operator", "key": {"env": "BENCH_KEY"}},
            *(each.table for each in partners),
        ],
        **(sections or {}),
    }


def write_configuration(folder: Path, tree: Mapping[str, Any]) -> Path:
    """Write trama.toml into a new folder; answer where."""
    folder.mkdir()
    (folder / "trama.toml").write_text(tomli_w.dumps(tree), "utf-8")
    return folder / "trama.toml"


def environ_of(folder: Path) -> dict[str, str]:
    """Answer the variables by which a process finds the benchmark's connector and key."""
    return {"PYTHONPATH": str(install(folder)), "BENCH_KEY": KEY}


@asynccontextmanager
async def served(
    name: str,
    dsn: str,
    accounts: Iterable[Account],
    *,
    folder: Path,
    cores: frozenset[int],
    reads: bool,
    partners: Sequence[Partner] = (),
    sections: Mapping[str, Any] | None = None,
) -> AsyncIterator[Gateway]:
    """Serve; `reads` says whether the sources are read here too."""
    written = write_configuration(folder / name, configuration(dsn, accounts, partners, sections))
    command = [sys.executable, "-m", "gateway", "serve", "-c", str(written)]
    async with running(
        name, [*command, "--worker" if reads else "--no-worker"],
        cores=cores, log=folder / name / "log", environ=environ_of(folder),
    ) as process:  # fmt: skip
        yield Gateway(process)
