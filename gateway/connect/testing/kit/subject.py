"""What the kit needs to know of a connector: little, as it speaks to it like the gateway."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from importlib import import_module
from typing import Any

from gateway.connect.definition import ConnectorDefinition, load_connector
from gateway.connect.testing.faults import Fault
from gateway.connect.testing.sandbox import Sandbox, SandboxOptions


@dataclass(frozen=True)
class Subject:
    """A connector, its sandbox, and what only its author knows.

    `refused` and `forbidden` are settings that the vendor does not accept, and that lack a
    permission which the vendor calls `scope`. `throttled` is the vendor's own way of asking to slow
    down, for `throttled_seconds`; `failed_with_200` its way of reporting a failure with HTTP 200,
    if it has one. `hook_header` is the header that proves a push, in lower case; `signs_body` says
    whether that proof covers the body. `reads_once` names the operations, as the sandbox calls
    them, that read and have an effect at the vendor: a queue's read, which hides what it answers.
    `order_days_in` is the zone in which the vendor tells the day of an order, where it tells no
    time of it; `renews` the operation that renews an access token, where the manifest has tokens.
    `writes` names the operations that tell the vendor something, where there are sinks.
    """

    definition: ConnectorDefinition[Any]
    sandbox: Callable[[SandboxOptions], Sandbox]
    refused: Mapping[str, str]
    forbidden: Mapping[str, str]
    scope: str
    throttled: Fault
    throttled_seconds: float
    failed_with_200: Fault | None = None
    hook_header: str | None = None
    signs_body: bool = True
    reads_once: tuple[str, ...] = ()
    order_days_in: tzinfo | None = None
    renews: str | None = None
    writes: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


def find_subject(name: str) -> Subject:
    """Answer an installed connector's subject: `SUBJECT` in its package's `sandbox.kit`.

    raises: UnknownConnector, or LookupError when the package brings none.
    """
    package = load_connector(name).build.__module__.rpartition(".")[0]
    try:
        found = import_module(f"{package}.sandbox.kit").SUBJECT
    except (ModuleNotFoundError, AttributeError):
        raise LookupError(f"{package}.sandbox.kit has no SUBJECT: the kit cannot run") from None
    if not isinstance(found, Subject):
        raise LookupError(f"{package}.sandbox.kit.SUBJECT is not a Subject")
    return found
