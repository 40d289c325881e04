"""Reads the benchmark's vendor; found as any third party's connector is, by its entry point."""

import hmac
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.vendor import wire
from benchmarks.vendor.mapping import read
from gateway.connect.concurrency import concurrently
from gateway.connect.cursors import Cursor, read_cursor, write_cursor
from gateway.connect.deadline import Deadline
from gateway.connect.decoding import decode
from gateway.connect.definition import ConnectContext, ConnectorDefinition
from gateway.connect.errors import DeliveryRefused
from gateway.connect.http import Response
from gateway.connect.manifest import manifest_of
from gateway.connect.protocols import Found
from gateway.connect.records import Mapped, Notice, Page, RawDelivery, Unmappable
from gateway.connect.settings import ConnectorSettings, Secret
from gateway.model.customer import CustomerRecord
from gateway.model.invoice import InvoiceRecord
from gateway.model.location import LocationRecord
from gateway.model.order import FulfillmentRecord, OrderRecord
from gateway.model.stock import PositionRef, StockRecord

MANIFEST = manifest_of("benchmarks.vendor")
SECRET_HEADER = "x-bench-secret"  # noqa: S105
DISTRIBUTION = "trama_benchmark_connector-0.0.0.dist-info"
ENTRY_POINT = "[trama.connectors]\nbench = benchmarks.vendor.connector:CONNECTOR\n"


class BenchSettings(ConnectorSettings, frozen=True, kw_only=True):
    """An account."""

    endpoint: str
    hook_secret: Secret


class WalkCursor(Cursor, frozen=True, tag="bench/1"):
    """How many rows of a list were read."""

    after: int


class BenchConnector:
    """One account: every stream is walked by pages and read in batches by ref."""

    def __init__(self, settings: BenchSettings, context: ConnectContext) -> None:
        self._secret = settings.hook_secret.reveal()
        self._http = context.session(settings.endpoint, {})
        self._clock = context.clock

    async def check(self, *, deadline: Deadline) -> str:
        return "benchmark"

    async def close(self) -> None:
        await self._http.close()

    async def location_walk(
        self, cursor: str | None, *, deadline: Deadline
    ) -> Page[LocationRecord]:
        return await self._page("locations", cursor, deadline)

    async def stock_walk(self, cursor: str | None, *, deadline: Deadline) -> Page[StockRecord]:
        return await self._page("stock", cursor, deadline)

    async def order_walk(self, cursor: str | None, *, deadline: Deadline) -> Page[OrderRecord]:
        return await self._page("orders", cursor, deadline)

    async def fulfillment_walk(
        self, cursor: str | None, *, deadline: Deadline
    ) -> Page[FulfillmentRecord]:
        return await self._page("fulfillments", cursor, deadline)

    async def customer_walk(
        self, cursor: str | None, *, deadline: Deadline
    ) -> Page[CustomerRecord]:
        return await self._page("customers", cursor, deadline)

    async def invoice_walk(self, cursor: str | None, *, deadline: Deadline) -> Page[InvoiceRecord]:
        return await self._page("invoices", cursor, deadline)

    async def stock_levels(
        self, positions: Sequence[PositionRef], *, deadline: Deadline
    ) -> list[Found[StockRecord]]:
        refs = [f"{each.item}@{each.location}" for each in positions]
        return await self._found("stock", refs, deadline, _position)

    async def orders_by_ref(
        self, refs: Sequence[str], *, deadline: Deadline
    ) -> list[Found[OrderRecord]]:
        return await self._found("orders", refs, deadline, _ref)

    async def customers_by_ref(
        self, refs: Sequence[str], *, deadline: Deadline
    ) -> list[Found[CustomerRecord]]:
        return await self._found("customers", refs, deadline, _ref)

    async def invoices_by_ref(
        self, refs: Sequence[str], *, deadline: Deadline
    ) -> list[Found[InvoiceRecord]]:
        return await self._found("invoices", refs, deadline, _ref)

    async def fulfillments_by_ref(
        self, refs: Sequence[str], *, deadline: Deadline
    ) -> list[tuple[Mapped[FulfillmentRecord] | Unmappable, ...]]:
        found = await self._found("fulfillments", refs, deadline, _order)
        return [() if each is None else (each,) for each in found]

    async def stock_changes(self, cursor: str | None, *, deadline: Deadline) -> Page[StockRecord]:
        return self._unchanged()

    async def order_changes(self, cursor: str | None, *, deadline: Deadline) -> Page[OrderRecord]:
        return self._unchanged()

    async def fulfillment_changes(
        self, cursor: str | None, *, deadline: Deadline
    ) -> Page[FulfillmentRecord]:
        return self._unchanged()

    async def customer_changes(
        self, cursor: str | None, *, deadline: Deadline
    ) -> Page[CustomerRecord]:
        return self._unchanged()

    async def invoice_changes(
        self, cursor: str | None, *, deadline: Deadline
    ) -> Page[InvoiceRecord]:
        return self._unchanged()

    def verify(self, delivery: RawDelivery) -> str:
        told = delivery.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(told.encode(), self._secret.encode()):
            raise DeliveryRefused("the secret is wrong")
        return decode(delivery.body, wire.Pushed).id

    def notices(self, delivery: RawDelivery) -> tuple[Notice, ...]:
        told = decode(delivery.body, wire.Pushed)
        return (Notice("stock", positions=(PositionRef(told.item, told.location),)),)

    async def subscribe(self, url: str, *, deadline: Deadline) -> None:
        """The benchmark itself sends the pushes."""

    async def _page(self, stream: wire.Stream, cursor: str | None, deadline: Deadline) -> Page[Any]:
        after = 0 if cursor is None else read_cursor(cursor, WalkCursor).after
        answer = await self._http.request(
            "GET", f"/{stream}", params={"after": str(after)}, operation=stream, deadline=deadline
        )
        listing = decode(answer.body, wire.Listing)
        following = None if listing.next is None else write_cursor(WalkCursor(listing.next))
        items = tuple(read(stream, row, answer.started_at) for row in listing.rows)
        return Page(items, following, following is None, answer.started_at)

    async def _found(
        self,
        stream: wire.Stream,
        refs: Sequence[str],
        deadline: Deadline,
        name: Callable[[Any], str],
    ) -> list[Any]:
        size, asked = MANIFEST.streams[stream].batch_size, list(dict.fromkeys(refs))
        lots = [asked[start : start + size] for start in range(0, len(asked), size)]
        answers = await concurrently(self._batch(stream, lot, deadline) for lot in lots)
        found = {
            name(item.record) if isinstance(item, Mapped) else item.ref: item
            for answer in answers
            for row in decode(answer.body, wire.Listing).rows
            for item in [read(stream, row, answer.started_at)]
        }
        return [found.get(ref) for ref in refs]

    async def _batch(
        self, stream: wire.Stream, refs: Sequence[str], deadline: Deadline
    ) -> Response:
        return await self._http.request(
            "POST", f"/{stream}/batch", json={"refs": list(refs)}, retry=True,
            operation=f"{stream} batch", deadline=deadline,
        )  # fmt: skip

    def _unchanged(self) -> Page[Any]:
        return Page((), "0", True, self._clock.now())


def _ref(record: Any) -> str:
    return str(record.ref)


def _order(record: FulfillmentRecord) -> str:
    return record.order_ref


def _position(record: StockRecord) -> str:
    return f"{record.position.item}@{record.position.location}"


def install(folder: Path) -> Path:
    """Make the connector known to processes whose PYTHONPATH has the folder; answer the folder."""
    place = folder / "connectors" / DISTRIBUTION
    place.mkdir(parents=True, exist_ok=True)
    (place / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: trama-benchmark-connector\nVersion: 0.0.0\n", "utf-8"
    )
    (place / "entry_points.txt").write_text(ENTRY_POINT, "utf-8")
    return place.parent


CONNECTOR = ConnectorDefinition(MANIFEST, BenchSettings, BenchConnector)
