"""The configured sources, connected: what each can do, and how it fares."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from gateway.connect.deadline import Deadline
from gateway.connect.manifest import Manifest, Stream
from gateway.connect.protocols import (
    Connector,
    CustomerSource,
    FulfillmentSource,
    InvoiceSource,
    LocationSource,
    OrderSource,
    StockSink,
    StockSource,
    WebhookSource,
)
from gateway.federation.breaker import Breaker
from gateway.model.time import Clock

T = TypeVar("T")
SELLING = frozenset({"MARKETPLACE", "POS", "ECOMMERCE"})


@dataclass(frozen=True, slots=True)
class ReadingRules:
    """How a source is read: times in seconds; `phone_region` is an ISO 3166 country."""

    poll_seconds: float
    walk_seconds: float
    timeout_seconds: float
    backfills: bool
    creates_items: bool
    verifies_emails: bool = False
    phone_region: str | None = None
    reconcile_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class ConnectedSource:
    """One account at one vendor, behind its breaker.

    `channel` is what its own orders belong to; None where it sells nothing and has only copies.
    """

    id: str
    title: str
    roles: tuple[str, ...]
    connector_name: str
    connector: Connector
    manifest: Manifest
    streams: tuple[str, ...]
    channel: str | None
    rules: ReadingRules
    breaker: Breaker
    clock: Clock
    tier: str

    @property
    def locations(self) -> LocationSource | None:
        """Its locations, if they are read."""
        made = self.connector
        return made if isinstance(made, LocationSource) and "locations" in self.streams else None

    @property
    def stock(self) -> StockSource | None:
        """Its stock, if it is read."""
        made = self.connector
        return made if isinstance(made, StockSource) and "stock" in self.streams else None

    @property
    def orders(self) -> OrderSource | None:
        """Its orders, if they are read."""
        made = self.connector
        return made if isinstance(made, OrderSource) and "orders" in self.streams else None

    @property
    def fulfillments(self) -> FulfillmentSource | None:
        """Its work for orders, if it is read."""
        made, is_read = self.connector, "fulfillments" in self.streams
        return made if isinstance(made, FulfillmentSource) and is_read else None

    @property
    def customers(self) -> CustomerSource | None:
        """Its customers, if they are read."""
        made = self.connector
        return made if isinstance(made, CustomerSource) and "customers" in self.streams else None

    @property
    def invoices(self) -> InvoiceSource | None:
        """Its invoices, if they are read."""
        made = self.connector
        return made if isinstance(made, InvoiceSource) and "invoices" in self.streams else None

    @property
    def stock_sink(self) -> StockSink | None:
        """Where it is told what it may sell, if it can be."""
        return self.connector if isinstance(self.connector, StockSink) else None

    @property
    def hooks(self) -> WebhookSource | None:
        """Its pushes, if it has any."""
        return self.connector if isinstance(self.connector, WebhookSource) else None

    def stream(self, name: str) -> Stream:
        """Answer what the manifest says of a stream."""
        return self.manifest.streams[name]

    async def call(self, work: Callable[[Deadline], Awaitable[T]]) -> T:
        """Call the source within its time-out, through its breaker; raises SourceError."""
        deadline = Deadline.after(self.rules.timeout_seconds, self.clock)
        return await self.breaker.run(lambda: work(deadline))


class Sources:
    """Every configured source, in the order of the configuration."""

    def __init__(self, sources: Mapping[str, ConnectedSource]) -> None:
        self._sources = dict(sources)

    def __iter__(self) -> Iterator[ConnectedSource]:
        return iter(self._sources.values())

    def get(self, source_id: str | None) -> ConnectedSource | None:
        """Answer a source by id."""
        return None if source_id is None else self._sources.get(source_id)

    @property
    def authorities(self) -> list[str]:
        """The sources whose stock is read: the first that has a location owns its stock."""
        return [source.id for source in self if "stock" in source.streams]

    async def close(self) -> None:
        """Release every connection."""
        for source in self:
            await source.connector.close()
