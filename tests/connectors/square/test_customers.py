"""Customers by id, by change and by page, over real sockets."""

import json

import msgspec
import pytest

from connectors.square.sandbox.store import INDEX_SECONDS
from gateway.connect.errors import UpstreamFault
from gateway.connect.records import Mapped, Unmappable
from tests.connectors.staging import CUSTOMER, an_order

from .retail import a_dataset, refs, staged

BULK = "BulkRetrieveCustomers"


async def test_customers_keep_the_asked_order_and_some_are_not_there() -> None:
    people = [msgspec.structs.replace(CUSTOMER, ref=f"c-{i}", first_name=f"N{i}") for i in range(3)]
    orders = [an_order(f"{i}-01", customer=each) for i, each in enumerate(people)]
    async with staged(a_dataset(*orders)) as stage:
        asked = ["c-2", "absent", "c-0", "c-2"]
        found = await stage.connector.customers_by_ref(asked, deadline=stage.soon)
        assert [f.record.name if isinstance(f, Mapped) else f for f in found] == [
            "N2 Souza", None, "N0 Souza", "N2 Souza",
        ]  # fmt: skip
        assert stage.sandbox.traffic.requests == {BULK: 1}


async def test_a_walk_has_the_oldest_first_and_tells_how_many_there_are() -> None:
    people = [msgspec.structs.replace(CUSTOMER, ref=f"c-{i:03}") for i in range(101)]
    orders = [an_order(f"{i}-01", customer=each) for i, each in enumerate(people)]
    async with staged(a_dataset(*orders)) as stage:
        first = await stage.connector.customer_walk(None, deadline=stage.soon)
        last = await stage.connector.customer_walk(first.next_cursor, deadline=stage.soon)
        assert refs(first) + refs(last) == [each.ref for each in people]
        assert (first.expected, last.expected, last.is_last) == (101, 101, True)


async def test_a_change_is_found_once_square_s_search_finds_it() -> None:
    async with staged(a_dataset(an_order("1-01"))) as stage:
        begun = await stage.connector.customer_changes(None, deadline=stage.soon)
        changed = msgspec.structs.replace(CUSTOMER, email="ana@new.example.com")
        await stage.act("put_customer", customer=changed)
        page = await stage.connector.customer_changes(begun.next_cursor, deadline=stage.soon)
        assert page.items == ()
        stage.clock.advance(INDEX_SECONDS)
        page = await stage.connector.customer_changes(page.next_cursor, deadline=stage.soon)
        (found,) = page.items
        assert isinstance(found, Mapped)
        assert found.record.emails == ("ana@new.example.com",)


async def test_a_broken_customer_is_quarantined_alone() -> None:
    async with staged(a_dataset()) as stage:
        told = {"responses": {"a": {"customer": {"id": "a", "given_name": 5}},
                              "b": {"customer": {"id": "b", "given_name": "Bia"}}}}  # fmt: skip
        fault = {"kind": "body", "operation": BULK, "status": 200, "text": json.dumps(told)}
        await stage.fail(fault)
        broken, fine = await stage.connector.customers_by_ref(["a", "b"], deadline=stage.soon)
        assert isinstance(broken, Unmappable)
        assert (broken.ref, broken.error.path) == ("a", "given_name")
        assert isinstance(fine, Mapped)


@pytest.mark.parametrize(
    "answer", [{}, {"customer": None}, {"errors": [{"code": "SERVICE_UNAVAILABLE"}]}]
)
async def test_what_could_not_be_looked_up_is_not_absent(answer: object) -> None:
    async with staged(a_dataset()) as stage:
        text = json.dumps({"responses": {"a": answer}})
        await stage.fail({"kind": "body", "operation": BULK, "status": 200, "text": text})
        with pytest.raises(UpstreamFault):
            await stage.connector.customers_by_ref(["a"], deadline=stage.soon)
