"""P5 and P6: orders over four sources, beside a gateway that federates the same ones."""

from collections.abc import Sequence
from math import ceil
from typing import Any

import aiohttp

from benchmarks.clients.load import Load, Question
from benchmarks.findings import Finding, Findings, Goal, Table
from benchmarks.gateway import ask
from benchmarks.processes import staying_on
from benchmarks.questions import ORDER_PAGE
from benchmarks.rows.federating import FEDERATOR, Pages, federated
from benchmarks.rows.four_sources import PAGE, WAIT_SECONDS, FourSources, four_sources
from benchmarks.rows.hanging import measure_hanging
from benchmarks.rows.live import LivePage, page_of, page_of_aliases
from benchmarks.stage import Stage
from benchmarks.times import repeated
from benchmarks.vendor.connector import MANIFEST

ROWS = ("P5", "P6")
# The streams that an order is read from again, each once for a page; customers are not.
LIVE = (
    ("market", "orders"), ("erp", "orders"), ("erp", "invoices"), ("wms", "fulfillments"),
)  # fmt: skip


async def measure(stage: Stage, rows: Sequence[str]) -> Findings:
    """Measure the rows that are wanted."""
    findings = Findings()
    async with four_sources(stage) as four:
        if "P5" in rows:
            findings.add(await _measure_page(stage, four))
        if "P6" in rows:
            findings.add(await measure_hanging(stage, four))
    return findings


async def _measure_page(stage: Stage, four: FourSources) -> Findings:
    """P5."""
    stored = await _stored(stage, four)
    async with aiohttp.ClientSession() as client:
        with staying_on(stage.cores.server):
            alone = await four.batches_ms(client, LIVE[:1])
            together = await four.batches_ms(client, LIVE)
        ours, orders = await _live(client, stage, four, page_of(four.order_ids))
        aliased, _ = await _live(client, stage, four, page_of_aliases(four.order_ids))
        peer = await federated(client, stage, four, orders)
    lines = [
        ["Trama, from the projection", f"{stored.p50_ms:.1f}", f"{stored.p99_ms:.1f}", "0"],
        ["Trama, each order read at its sources: `ordersByKey`", *ours.shown],
        ["Trama, the same by 25 fields `order`", *aliased.shown],
    ]
    findings = Findings(_found(ours, alone))
    if isinstance(peer, str):
        findings.missing.append(peer)
    else:
        lines.append([f"{FEDERATOR}, the same orders", *peer.shown])
        findings.found.append(
            Finding("P5", f"p50 of a live page of {PAGE}: Trama / {FEDERATOR}, same sources",
                    Goal(1, False, "<= 1"), ours.times.at(0.5) / peer.times.at(0.5), "x",
                    "P5 Trama / Hive Gateway")
        )  # fmt: skip
    findings.tables.append(Table(
        "A page of 25 orders with customer, invoices and shipments over four sources",
        ("what", "p50 ms", "p99 ms", "requests a page"), lines,
        f"One connection; sources answer after {WAIT_SECONDS * 1000:.0f} ms. The critical path is "
        f"one batch of {PAGE}, asked for directly by a client that does nothing else, on the "
        f"gateway's core: {alone:.1f} ms; the page's {len(LIVE)} batches asked for at once take "
        f"such a client {together:.1f} ms. Trama knows from its projection who has a part of an "
        "order, so it asks all at once, and does not read customers again. The same orders are "
        "asked for again and again, so their parts are remembered and asked for while Postgres "
        "looks them up; a page that is new waits for Postgres first. The peer keeps nothing: it "
        "reads the orders, and then, at once, what they link to.",
    ))  # fmt: skip
    return findings


def _found(ours: Pages, alone: float) -> list[Finding]:
    least = sum(ceil(PAGE / MANIFEST.streams[stream].batch_size) for _, stream in LIVE)
    return [
        Finding("P5", f"p50 of a live page of {PAGE} / the critical path ({alone:.1f} ms)",
                Goal(1.2, False, "<= 1.2"), ours.times.at(0.5) / alone, "x",
                "P5 p50 / the critical path"),
        Finding("P5", f"requests for a live page of {PAGE}; {least} would do",
                Goal(least, False, f"<= {least}"), ours.per_page, "", "P5 requests"),
    ]  # fmt: skip


async def _stored(stage: Stage, four: FourSources) -> Load:
    """Answer how long the page takes when no source is asked."""
    async with aiohttp.ClientSession() as client:
        await ask(client, four.gateway.target, ORDER_PAGE, {})
    bodies = Question("page", ORDER_PAGE, ({},)).bodies
    stored = await stage.client.load(four.gateway.target, bodies, stage.seconds, 1)
    stage.say(f"P5, a page of {PAGE} from the projection: p50 {stored.p50_ms:.1f} ms")
    return stored


async def _live(
    client: aiohttp.ClientSession, stage: Stage, four: FourSources, page: LivePage
) -> tuple[Pages, list[dict[str, Any]]]:
    """Answer how long a page takes with every order read again, and the orders."""
    target = four.gateway.target
    orders = await page.ask(client, target)
    await four.batches(client)
    times = await repeated(lambda: page.ask(client, target), stage.seconds * 3)
    pages = Pages(times, await four.batches(client))
    stage.say(f"P5, live: p50 {times.at(0.5):.1f} ms, {pages.per_page:.1f} requests a page")
    return pages, orders
