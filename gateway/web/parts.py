"""What the web floor is given, and what it hands down: plain data, no framework's types."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from random import getrandbits
from types import MappingProxyType
from typing import Any, Protocol

import msgspec
import orjson
from starlette.routing import BaseRoute

from gateway.model.principal import Principal
from gateway.model.time import Clock
from gateway.settings import EventsSettings, LimitsSettings, ServerSettings
from gateway.web.observation import OnRequest, OnSocket, no_socket_watcher, no_watcher
from gateway.web.presented import Presented
from gateway.web.subscribers import Subscribers
from gateway.web.trusted import NO_DOCUMENTS, TrustedDocuments

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class GraphQLRequest(msgspec.Struct, frozen=True):
    """A well-formed GraphQL-over-HTTP request, as it is executed: with its document.

    `reads_only` says that it came by GET: whoever executes it must refuse a mutation, with status
    405. `resume_after` is the cursor of the last answer that a subscriber has
    had, where the transport tells it: it goes before the document's own `after`. `cost` says
    whether its price is wanted: `report` beside the answer, `validate` instead of it.
    """

    query: str
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    reads_only: bool = False
    resume_after: str | None = None
    cost: str | None = None


class RequestContext(msgspec.Struct, frozen=True):
    """Who asks, and when: `started_at` is on the clock's monotonic scale."""

    principal: Principal
    request_id: str
    client: str
    started_at: float


class ExecutionOutcome(msgspec.Struct, frozen=True):
    """A GraphQL response: a map, or its JSON, in pieces where it is large.

    `has_data` says whether there is an entry `data`, be it null. `status` is only for a request
    that was not executed, or not to its end, whatever the media type: 400, 405, 429, 503.
    `operation_kind` is query, mutation or subscription, as far as it could be told; `is_public`
    says that the answer holds what everybody with the same credential is told; `refusal` is the
    code of a limit that was met.
    """

    body: bytes | tuple[bytes, ...] | dict[str, Any]
    has_data: bool
    status: int | None = None
    headers: Mapping[str, str] = NO_HEADERS
    operation_kind: str | None = None
    has_errors: bool = False
    is_public: bool = False
    refusal: str | None = None

    @property
    def json(self) -> bytes:
        """The response as JSON in one piece."""
        if isinstance(self.body, bytes):
            return self.body
        return b"".join(self.body) if isinstance(self.body, tuple) else orjson.dumps(self.body)


class Told(Protocol):
    """One answer of a subscription, whoever has made it."""

    @property
    def body(self) -> bytes:
        """A GraphQL response's JSON."""

    @property
    def cursor(self) -> str | None:
        """The place to go on from; the last answer may have none."""


@dataclass(frozen=True, slots=True)
class LiveAnswer:
    """One answer that is made here."""

    body: bytes
    cursor: str | None = None


class Live(Protocol):
    """A subscription's answers as they come; whoever reads them closes them."""

    def __aiter__(self) -> AsyncIterator[Told]:
        """Answer each as it comes; it ends only by an error's answer, or when it is closed."""

    def hand_to(self, take: Callable[[Told], bool]) -> None:
        """Let answers be taken as they are made, while the next one is waited for.

        `take` answers whether it did; what it did not take is answered as ever.
        """

    async def aclose(self) -> None:
        """Give the subscription up; nothing is left of it."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A principal, the sites whose pages may call with its credential, and when that ends."""

    principal: Principal
    allowed_origins: frozenset[str] = frozenset()
    expires_at: datetime | None = None


class Authenticator(Protocol):
    """The one place that turns a request's credential into a principal."""

    @property
    def known_origins(self) -> frozenset[str]:
        """Answer every site that any credential allows."""

    async def identify(self, presented: Presented) -> Identity:
        """Answer whose request this is, by what it presents; raises Refusal."""

    def recall(self, identity: Identity) -> Identity:
        """Answer what has become of one that was identified before; raises Refusal if it is not."""


class TicketStore(Protocol):
    """Where tickets of event streams are kept, for all gateways alike."""

    async def keep(
        self, digest: bytes, content: bytes, *, valid_until: datetime, resumable_until: datetime
    ) -> None:
        """Keep a ticket by its SHA-256; raises Refusal."""

    async def use(self, digest: bytes, *, comes_back: bool) -> bytes | None:
        """Use a ticket, again only for one who comes back; answer its content, if it is good."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What keeps the gateway from being ready; shown to anybody, so no secrets in it."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class HookDelivery:
    """A vendor's push as it arrived: header names in lower case, body untouched."""

    source_id: str
    headers: dict[str, str]
    body: bytes
    url: str
    received_at: datetime


class HookVerdict(StrEnum):
    """What became of a delivery; STORED and DUPLICATE mean that it is durable."""

    STORED = "STORED"
    DUPLICATE = "DUPLICATE"
    REFUSED = "REFUSED"
    UNKNOWN_SOURCE = "UNKNOWN_SOURCE"
    UNAVAILABLE = "UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class HookOutcome:
    """The verdict; `answer` is the JSON that a vendor insists on for a durable delivery."""

    verdict: HookVerdict
    answer: bytes | None = None


# Answers at once where nothing has to be waited for.
Execute = Callable[[GraphQLRequest, RequestContext], ExecutionOutcome | Awaitable[ExecutionOutcome]]
# Answers a subscription's answers, or what became of anything else, a faulty one included.
OpenLive = Callable[[GraphQLRequest, RequestContext], Awaitable[Live | ExecutionOutcome]]
TakeDelivery = Callable[[HookDelivery], Awaitable[HookOutcome]]
Readiness = Callable[[], Awaitable[Sequence[Missing]]]


def random_id() -> str:
    """Answer a new id for a request or an error; it is no secret."""
    return f"{getrandbits(128):032x}"


@dataclass(frozen=True, slots=True)
class WebParts:
    """Everything that the app is put together from; `routes` are served without a credential."""

    execute: Execute
    open_live: OpenLive
    authenticator: Authenticator
    readiness: Readiness
    take_delivery: TakeDelivery
    server: ServerSettings
    clock: Clock
    subscribers: Subscribers
    webhook_public_url: str | None = None
    routes: Sequence[BaseRoute] = ()
    new_id: Callable[[], str] = random_id
    on_request: OnRequest = no_watcher
    on_socket: OnSocket = no_socket_watcher
    limits: LimitsSettings = field(default_factory=LimitsSettings)
    documents: TrustedDocuments = NO_DOCUMENTS
    ticket_store: TicketStore | None = None
    events: EventsSettings = field(default_factory=EventsSettings)
