"""Who was to be asked for orders when they were read last."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from gateway.federation.answers import OrderAnswer, OrderPart
from gateway.federation.order_keys import OrderKey
from gateway.federation.order_memory import OrderMemory

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ONE, TWO, BY_NUMBER = OrderKey(UUID(int=1)), OrderKey(UUID(int=2)), OrderKey(number="1")
ASKED, BEYOND = OrderPart("shop", "orders", ("1",), NOW), OrderPart("erp", "invoices", (), NOW)


def _found(*parts: OrderPart) -> list[OrderAnswer]:
    return [OrderAnswer({}, "Shop", timedelta(0), parts=parts)]


def test_what_can_be_asked_for_is_remembered_by_each_key_while_all_are() -> None:
    memory = OrderMemory()
    assert memory.parts_of([ONE]) == []
    memory.keep([ONE, BY_NUMBER], [_found(ASKED, BEYOND), _found(ASKED)])
    assert memory.parts_of([ONE, BY_NUMBER]) == [ASKED, ASKED]
    assert memory.parts_of([ONE, TWO]) == [], "the page would be asked for twice"


def test_what_is_gone_ambiguous_or_long_ago_is_forgotten() -> None:
    memory = OrderMemory(most=2)
    memory.keep([ONE, TWO], [_found(ASKED), _found(ASKED)])
    memory.keep([ONE], [_found(ASKED)])
    memory.keep([BY_NUMBER], [_found(ASKED)])
    assert (memory.parts_of([ONE]), memory.parts_of([TWO])) == ([ASKED], [])
    memory.keep([ONE], [[]])
    memory.keep([BY_NUMBER], [_found(ASKED) * 2])
    assert (memory.parts_of([ONE]), memory.parts_of([BY_NUMBER])) == ([], [])
