"""How far the units of an order's lines have come."""

from typing import Any

from gateway.federation.line_quantities import WorkedUnits, with_quantities


def line(ref: str, sku: str, quantity: int) -> dict[str, Any]:
    return {"ref": ref, "sku": sku, "quantity": quantity}


def shown(lines: list[dict[str, Any]], *units: WorkedUnits, cancelled: bool = False) -> list[Any]:
    found = with_quantities(lines, units, is_cancelled=cancelled)
    return [(x["allocated"], x["shipped"], x["delivered"], x["cancelled"]) for x in found]


def test_units_go_to_the_line_that_they_name_and_else_to_the_skus_lines_in_order() -> None:
    lines = [line("a", "S", 2), line("b", "S", 2), line("c", "T", 1)]
    units = [WorkedUnits("S", None, 3, "shipped"), WorkedUnits("S", "b", 1, "shipped")]
    assert shown(lines, *units) == [(0, 2, 0, 0), (0, 2, 0, 0), (0, 0, 0, 0)]


def test_what_is_beyond_the_ordered_units_is_not_counted() -> None:
    assert shown([line("a", "S", 2)], WorkedUnits("S", None, 9, "delivered")) == [(0, 0, 2, 0)]


def test_of_a_cancelled_order_what_has_not_left_is_cancelled() -> None:
    units = [WorkedUnits("S", None, 3, "allocated"), WorkedUnits("S", None, 1, "shipped")]
    assert shown([line("a", "S", 3)], *units, cancelled=True) == [(1, 1, 0, 2)]
