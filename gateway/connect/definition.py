"""How a connector package presents itself at the entry point `trama.connectors`."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import entry_points
from typing import Any, Generic, TypeVar

from gateway.connect.credentials import CredentialStore, MemoryCredentials
from gateway.connect.http import Authorization, HttpSession, Observer, Wait, no_observer
from gateway.connect.manifest import Limits, Manifest
from gateway.connect.presence import Presence
from gateway.connect.protocols import Connector
from gateway.connect.settings import ConnectorSettings, parse_settings, secrets_of
from gateway.connect.turns import Turns
from gateway.model.time import Clock

S = TypeVar("S", bound=ConnectorSettings)


@dataclass(frozen=True, slots=True)
class ConnectContext:
    """What the gateway lends to a connector: the source's id, its clock, limits and observer.

    Its sessions share one presence, so that a source is lost and back once for all of them, and
    the limits, which are an account's.
    `secrets` are the texts that a session keeps out of what the vendor says; `credentials` keeps
    what the vendor renews: see `connect.tokens`.
    """

    source_id: str
    clock: Clock
    limits: Limits
    observer: Observer = no_observer
    secrets: tuple[str, ...] = field(default=(), repr=False)
    credentials: CredentialStore = field(default_factory=MemoryCredentials, repr=False)
    presence: Presence = field(default_factory=Presence, init=False, repr=False, compare=False)
    turns: Turns = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "turns", Turns(self.limits, self.clock))

    def session(
        self,
        base_url: str,
        headers: dict[str, str],
        throttled_seconds: float | Wait = 1.0,
        authorization: Authorization | None = None,
    ) -> HttpSession:
        """Answer an HTTP session on the vendor's API; it connects on first use."""
        return HttpSession(
            base_url,
            headers,
            self.limits,
            self.clock,
            self.observer,
            throttled_seconds,
            partial(self.presence.note, self.source_id),
            self.secrets,
            authorization,
            self.turns,
        )


@dataclass(frozen=True, slots=True)
class ConnectorDefinition(Generic[S]):
    """A connector: its manifest, its settings' type, and how an instance is made of them."""

    manifest: Manifest
    settings: type[S]
    build: Callable[[S, ConnectContext], Connector]

    def connect(self, values: dict[str, Any], context: ConnectContext) -> Connector:
        """Answer a configured instance; opens no socket. Raises SettingsInvalid."""
        settings = parse_settings(values, self.settings)
        return self.build(settings, replace(context, secrets=secrets_of(settings)))


class UnknownConnector(LookupError):
    """No installed package offers a connector of this name."""


def installed_connectors() -> list[str]:
    """Answer the names of every connector that is installed."""
    return sorted(point.name for point in entry_points(group="trama.connectors"))


def load_connector(name: str) -> ConnectorDefinition[Any]:
    """Answer an installed connector's definition; raises UnknownConnector."""
    for point in entry_points(group="trama.connectors", name=name):
        loaded = point.load()
        if isinstance(loaded, ConnectorDefinition):
            return loaded
    raise UnknownConnector(
        f"no connector {name!r} is installed; there are: {', '.join(installed_connectors())}"
    )
