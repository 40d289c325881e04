"""The delta of invoices: those of the last hours whose rows are not as they were."""

from datetime import timedelta
from typing import Any

import pytest

from gateway.connect.errors import CursorExpired, UpstreamFault
from gateway.connect.records import Mapped, Page, Unmappable
from gateway.connect.testing.dataset import Dataset
from gateway.connect.testing.faults import Fault
from gateway.model.invoice import InvoiceStatus
from tests.connectors.staging import NOW

from .retail import Stage, an_invoice, staged


def invoices(count: int, **changes: Any) -> Dataset:
    return Dataset(invoices=[an_invoice(f"{i:03}-01", **changes) for i in range(count)])


def told(page: Page[Any]) -> list[str]:
    return [item.record.order_ref for item in page.items if isinstance(item, Mapped)]


async def followed(stage: Stage, cursor: str | None) -> tuple[list[str], str | None]:
    """Answer the orders whose invoices a delta tells, and where it goes on."""
    found: list[str] = []
    for _ in range(100):
        page = await stage.connector.invoice_changes(cursor, deadline=stage.soon)
        found += told(page)
        cursor = page.next_cursor
        if page.is_last:
            return found, cursor
    raise AssertionError("no end")


def reads(stage: Stage) -> int:
    sent = stage.sandbox.traffic.requests["GetInvoice"]
    stage.sandbox.traffic.reset()
    return sent


@pytest.mark.parametrize("count", [0, 1, 15, 16, 100, 101, 115, 116])
async def test_each_recent_invoice_is_told_once_and_then_no_more(count: int) -> None:
    async with staged(invoices(count)) as stage:
        found, cursor = await followed(stage, None)
        assert sorted(found) == [f"{i:03}-01" for i in range(count)]
        assert reads(stage) == count
        found, cursor = await followed(stage, cursor)
        assert (found, reads(stage)) == ([], 0)


async def test_what_is_new_or_has_another_situation_is_read_again() -> None:
    async with staged(invoices(3)) as stage:
        _, cursor = await followed(stage, None)
        _, cursor = await followed(stage, cursor)
        stage.act("put_invoice", invoice=an_invoice("001-01", word="cancelled"))
        stage.act("put_invoice", invoice=an_invoice("new-01", issued_at=NOW - timedelta(hours=29)))
        reads(stage)
        page = await stage.connector.invoice_changes(cursor, deadline=stage.soon)
        assert {item.record.order_ref: item.record.status for item in page.items} == {
            "001-01": InvoiceStatus.CANCELLED,
            "new-01": InvoiceStatus.ISSUED,
        }
        assert reads(stage) == 2


async def test_what_was_told_and_not_kept_is_told_again() -> None:
    async with staged(invoices(3)) as stage:
        first = await stage.connector.invoice_changes(None, deadline=stage.soon)
        again = await stage.connector.invoice_changes(None, deadline=stage.soon)
        assert sorted(told(first)) == sorted(told(again)) == ["000-01", "001-01", "002-01"]
        kept = await stage.connector.invoice_changes(again.next_cursor, deadline=stage.soon)
        assert told(kept) == []
        stage.act("put_invoice", invoice=an_invoice("001-01", word="cancelled"))
        for _ in range(2):
            lost = await stage.connector.invoice_changes(kept.next_cursor, deadline=stage.soon)
            assert told(lost) == ["001-01"]


async def test_what_could_not_be_read_is_told_later() -> None:
    async with staged(invoices(3)) as stage:
        cursor = (await followed(stage, None))[1]
        stage.act("put_invoice", invoice=an_invoice("001-01", word="cancelled"))
        stage.fail(Fault("status", "GetInvoice", status=503))
        with pytest.raises(UpstreamFault):
            await stage.connector.invoice_changes(cursor, deadline=stage.soon)
        assert (await followed(stage, cursor))[0] == ["001-01"]


async def test_another_process_tells_the_last_hours_anew() -> None:
    async with staged(invoices(2)) as stage:
        _, cursor = await followed(stage, None)
        page = await stage.another().invoice_changes(cursor, deadline=stage.soon)
        assert sorted(told(page)) == ["000-01", "001-01"]


async def test_what_was_issued_before_is_the_walk_s() -> None:
    async with staged(invoices(2, issued_at=NOW - timedelta(hours=31))) as stage:
        assert (await followed(stage, None))[0] == []
        page = await stage.connector.invoice_walk(None, deadline=stage.soon)
        assert sorted(told(page)) == ["000-01", "001-01"]


async def test_a_broken_row_is_quarantined_alone() -> None:
    async with staged(invoices(0)) as stage:
        text = '{"data": [{"id": 7}, {"id": 8, "situacao": 5}]}'
        stage.fail(Fault("body", "ListInvoices", status=200, text=text))
        page = await stage.connector.invoice_changes(None, deadline=stage.soon)
        (broken,) = page.items
        assert isinstance(broken, Unmappable)
        assert (broken.raw, broken.error.path) == (b'{"id": 7}', "situacao")


async def test_a_cursor_of_more_than_a_year_has_expired() -> None:
    async with staged(invoices(0)) as stage:
        _, cursor = await followed(stage, None)
        stage.clock.advance(timedelta(days=365).total_seconds())
        with pytest.raises(CursorExpired):
            await stage.connector.invoice_changes(cursor, deadline=stage.soon)
