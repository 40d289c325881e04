"""Retail data, a clock that stands still, and a sandbox with a connector on it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec

from connectors.bling.connector import CONNECTOR, BlingConnector
from connectors.bling.sandbox import BlingSandbox
from connectors.bling.sandbox.forms import id_of
from connectors.bling.sandbox.limits import Budget
from gateway.connect.credentials import MemoryCredentials
from gateway.connect.deadline import Deadline
from gateway.connect.definition import ConnectContext
from gateway.connect.records import Mapped, Page
from gateway.connect.testing.dataset import (
    DataAddress,
    DataInvoice,
    DataItem,
    DataLocation,
    DataOrder,
    Dataset,
    DataStock,
    OrderWord,
)
from gateway.connect.testing.faults import Fault
from gateway.connect.testing.sandbox import SandboxOptions, serve_sandbox
from tests.connectors import staging
from tests.connectors.staging import NOW, StillClock

ADDRESS = DataAddress("Rua A", "10", "Centro", "Recife", "PE", "50000-000")
KEY = f"35{7:042d}"


def an_order(ref: str = "1000-01", word: OrderWord = "approved", **changes: Any) -> DataOrder:
    untold = {"address": ADDRESS, "approved_at": None, "delivered_at": None}
    return staging.an_order(ref, word, **{**untold, **changes})


def an_invoice(order: str = "1000-01", **changes: Any) -> DataInvoice:
    issued = NOW - timedelta(hours=21)
    invoice = DataInvoice(order, "000123", "1", KEY, issued, "24.25")
    return msgspec.structs.replace(invoice, **changes)


def a_dataset(*orders: DataOrder) -> Dataset:
    where = ("Rua B", "Recife", "PE", "50000-001")
    return Dataset(
        locations=[
            DataLocation("dc-1", "Main", "DISTRIBUTION_CENTER", "Loja Um", *where),
            DataLocation("store-1", "Centro", "STORE", "Loja Dois", *where),
        ],
        items=[DataItem("SKU-1", "Shirt", "10.50"), DataItem("007", "Mug", "5.00")],
        stock=[DataStock("SKU-1", "dc-1", 5, 2), DataStock("SKU-1", "store-1", 0)],
        orders=list(orders),
        invoices=[an_invoice(order.ref) for order in orders],
    )


@dataclass(frozen=True)
class Stage:
    """A served sandbox and a connector that speaks to it."""

    sandbox: BlingSandbox
    connector: BlingConnector
    url: str
    clock: StillClock
    credentials: MemoryCredentials
    settings: dict[str, Any]
    others: list[BlingConnector] = field(default_factory=list)

    @property
    def soon(self) -> Deadline:
        return Deadline.after(30, self.clock)

    def act(self, act: str, /, **told: Any) -> Any:
        return self.sandbox.acts[act](msgspec.to_builtins(told))

    def fail(self, *faults: Fault) -> None:
        self.sandbox.faults.plan([msgspec.structs.replace(each) for each in faults])

    def another(self, **options: Any) -> BlingConnector:
        kept = MemoryCredentials() if options else self.credentials
        made = connect(self.clock, {**self.settings, **options}, kept)
        self.others.append(made)
        return made


def connect(
    clock: StillClock, settings: dict[str, Any], kept: MemoryCredentials | None = None
) -> BlingConnector:
    limits = msgspec.structs.replace(
        CONNECTOR.manifest.limits, requests_per_second=100_000.0, burst=100_000
    )
    credentials = kept or MemoryCredentials()
    context = ConnectContext("bling", clock, limits, credentials=credentials)
    connector = CONNECTOR.connect(settings, context)
    assert isinstance(connector, BlingConnector)
    return connector


@asynccontextmanager
async def staged(
    dataset: Dataset, make: type[BlingSandbox] = BlingSandbox, *, is_limited: bool = False
) -> AsyncIterator[Stage]:
    clock, kept = StillClock(), MemoryCredentials()
    sandbox = make(SandboxOptions(dataset, clock=clock))
    if not is_limited:
        sandbox.budget = Budget(clock, 10_000)
    runner, url = await serve_sandbox(sandbox)
    settings: dict[str, Any] = dict(sandbox.settings_for(url))
    stage = Stage(sandbox, connect(clock, settings, kept), url, clock, kept, settings)
    try:
        yield stage
    finally:
        for each in (stage.connector, *stage.others):
            await each.close()
        await runner.cleanup()


def refs(page: Page[Any]) -> list[str | None]:
    return [item.record.ref if isinstance(item, Mapped) else item.ref for item in page.items]


def order_ids(*names: str) -> list[str]:
    return [str(id_of("order", name)) for name in names]
