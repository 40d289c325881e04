"""An ERP's copies and invoices join the marketplace's orders, and its contacts their buyers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from connectors.bling.sandbox import BlingSandbox
from connectors.vtex.sandbox import VtexSandbox
from gateway.bootstrap import Gateway
from gateway.connect.testing.dataset import DataCustomer, DataInvoice, Dataset
from gateway.connect.testing.sandbox import Sandbox, SandboxOptions, serve_sandbox
from gateway.settings import read_settings

from .stage import Stage, a_retailer, an_order, everything_read, until

ANA = DataCustomer("c-1", "Ana", "Souza", "ana@example.com", "52998224725", "+5511999990000")


def an_invoice(number: int, **changes: Any) -> DataInvoice:
    issued = datetime.now(UTC).replace(microsecond=0)
    invoice = DataInvoice(f"{number}-01", f"{number:06}", "1", f"35{number:042d}", issued, "24.25")
    return msgspec.structs.replace(invoice, **changes)


@asynccontextmanager
async def staged(dsn: str, dataset: Dataset) -> AsyncIterator[Stage]:
    """Serve a marketplace and an ERP, and configure a gateway over both."""
    sandboxes: dict[str, Sandbox] = {
        "vtex": VtexSandbox(SandboxOptions(dataset, speed=100)),
        "bling": BlingSandbox(SandboxOptions(dataset, speed=5000)),
    }
    runners, sources = [], {}
    for name, sandbox in sandboxes.items():
        runner, url = await serve_sandbox(sandbox)
        runners.append(runner)
        sources[name] = {
            "connector": name, "poll_seconds": 0.1, "timeout_seconds": 5, "phone_region": "BR",
            "limits": {"requests_per_second": 5000, "burst": 5000},
            "options": sandbox.settings_for(url),
        }  # fmt: skip
    sources["vtex"]["streams"] = ["orders"]
    sources["bling"]["items"] = "create"
    tree = {
        "database": {"dsn": dsn},
        "sync": {"lease_seconds": 30},
        "sources": sources,
        "channels": {"marketplace": {"name": "Marketplace", "source": "vtex"}},
    }
    try:
        settings = read_settings(tree, {}, Path())
        yield Stage(sandboxes["vtex"], sandboxes["bling"], settings)
    finally:
        for runner in runners:
            await runner.cleanup()


async def invoices(gateway: Gateway) -> dict[str, str]:
    """Answer the status of each invoice by its order's number."""
    rows = await gateway.pool.fetch(
        """SELECT o.number, i.status FROM invoice i JOIN sales_order o ON o.id = i.order_id
           WHERE i.gone_at IS NULL"""
    )
    return {row["number"]: row["status"] for row in rows}


async def test_what_the_erp_says_joins_the_order_and_its_buyer(database: str) -> None:
    orders = [an_order(number, customer=ANA) for number in (1, 2)]
    dataset = a_retailer(*orders)
    dataset.invoices = [an_invoice(1)]
    async with staged(database, dataset) as stage, stage.reading() as gateway:
        await everything_read(gateway)
        copies = await gateway.pool.fetch(
            """SELECT o.number, c.native_status FROM order_copy c
               JOIN sales_order o ON o.id = c.order_id ORDER BY o.number"""
        )
        assert [tuple(row) for row in copies] == [("1", "Em aberto"), ("2", "Em aberto")]
        assert await invoices(gateway) == {"1": "ISSUED"}
        stock = await gateway.pool.fetch("SELECT sku, on_hand, committed FROM position")
        assert {tuple(row) for row in stock} == {("SKU-1", 5, 2), ("007", 9, 0)}

        async def is_one_person() -> bool:
            found: bool = await gateway.pool.fetchval(
                """SELECT count(*) = 2 AND count(DISTINCT customer_id) = 1
                   FROM customer_record WHERE tax_id = '52998224725'"""
            )
            return found

        await until("the contact and the buyer are one customer", is_one_person)
        erp = stage.warehouse
        erp.acts["put_invoice"](msgspec.to_builtins({"invoice": an_invoice(2)}))
        cancelled = an_invoice(1, word="cancelled")
        erp.acts["put_invoice"](msgspec.to_builtins({"invoice": cancelled}))

        async def is_told() -> bool:
            return await invoices(gateway) == {"1": "CANCELLED", "2": "ISSUED"}

        await until("new and cancelled invoices are told", is_told)
        assert await gateway.pool.fetchval("SELECT count(*) FROM quarantine") == 0
        assert await gateway.pool.fetchval("SELECT count(*) FROM source_credential") == 1
