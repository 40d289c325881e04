"""The real Olist orders, through both vendors' sandboxes and the gateway, to the cent."""

import re
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from .demonstration import DEMO, Demo, ask, demonstration
from .olist_files import FOLDER, count_beyond, read_files

LOADING_SECONDS = 600
PAGE = """query($after: PageCursor) {
  orders(first: 100, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id number status nativeStatus placedAt
      externalRefs { kind id }
      subtotal { amount currency } shippingTotal { amount currency } total { amount currency }
      lines { quantity unitPrice { amount currency } }
    }
  }
}"""
NATIVE = {
    "created": ("payment-pending", "PENDING"),
    "approved": ("payment-approved", "CONFIRMED"),
    "processing": ("handling", "IN_FULFILLMENT"),
    "invoiced": ("invoiced", "IN_FULFILLMENT"),
    "shipped": ("invoiced", "SHIPPED"),
    "delivered": ("invoiced", "DELIVERED"),
    "canceled": ("canceled", "CANCELLED"),
    "unavailable": ("canceled", "CANCELLED"),
}

pytestmark = pytest.mark.skipif(
    not (FOLDER / "orders_partial.parquet").is_file(),
    reason=f"the Olist orders are not in {FOLDER}; say where by TRAMA_OLIST",
)


async def _walk(demo: Demo) -> AsyncIterator[dict[str, Any]]:
    after: str | None = None
    async with aiohttp.ClientSession() as client:
        while True:
            answer = await ask(client, demo, PAGE, {"after": after})
            assert "errors" not in answer, answer["errors"]
            page = answer["data"]["orders"]
            for node in page["nodes"]:
                yield node
            if not page["pageInfo"]["hasNextPage"]:
                return
            after = page["pageInfo"]["endCursor"]


def _compared(node: dict[str, Any]) -> tuple[object, ...]:
    money = [node[name] for name in ("subtotal", "shippingTotal", "total")]
    currencies = {each["currency"] for each in money}
    currencies |= {line["unitPrice"]["currency"] for line in node["lines"]}
    return (
        node["nativeStatus"], node["status"], len(node["lines"]),
        *(Decimal(each["amount"]) for each in money), currencies,
    )  # fmt: skip


async def test_every_real_order_is_there_once_and_right_to_the_cent(tmp_path: Path) -> None:
    files, began = read_files(), datetime.now(UTC)
    command = (*DEMO, "--data-dir", "{data_dir}", "--data", str(FOLDER))
    async with demonstration(tmp_path, *command, seconds=LOADING_SECONDS) as demo:
        shown: dict[str, dict[str, Any]] = {}
        async for node in _walk(demo):
            (ref,) = {r["id"] for r in node["externalRefs"] if r["kind"] == "order"}
            assert ref not in shown
            shown[ref] = node
        printed = demo.printed
    assert shown.keys() == files.keys()
    differing = {
        ref: (_compared(shown[ref]), told)
        for ref, told in files.items()
        if _compared(shown[ref])
        != (*NATIVE[told.word], told.lines, told.subtotal, told.shipping, told.total, {"BRL"})
    }
    assert differing == {}
    assert len(shown) == 32_936
    assert sum(Decimal(node["total"]["amount"]) for node in shown.values()) == Decimal("5409165.09")
    assert Counter(node["status"] for node in shown.values()) == {
        "DELIVERED": 29_973, "SHIPPED": 1_107, "CANCELLED": 1_234, "IN_FULFILLMENT": 615,
        "PENDING": 5, "CONFIRMED": 2,
    }  # fmt: skip
    assert sum(1 for node in shown.values() if not node["lines"]) == 775
    (weeks,) = set(re.findall(r"every time is moved by (\d+) whole weeks", printed))
    (beyond,) = re.findall(r"(\d+) orders are older than the marketplace lists", printed)
    counts = {count_beyond(int(weeks), moment) for moment in (began, datetime.now(UTC))}
    assert int(beyond) in counts
    assert counts <= {149, 150}
