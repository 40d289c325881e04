"""How far the units of an order's lines have come: pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.federation.answers import Row

CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class WorkedUnits:
    """Units that a location's work, or a parcel, says of a SKU; `state` is what became of them."""

    sku: str
    line_ref: str | None
    quantity: int
    state: str


def with_quantities(
    lines: Sequence[Row], worked: Iterable[WorkedUnits], *, is_cancelled: bool
) -> list[dict[str, Any]]:
    """Answer the lines with their units by state.

    Units that name their line go to it, others to the SKU's lines in their order; what is beyond
    the ordered units is not counted. Of a cancelled order, what has not left is cancelled.
    """
    shown = [
        {**line, "allocated": 0, "shipped": 0, "delivered": 0, "cancelled": 0} for line in lines
    ]
    units = list(worked)
    for each in (*_naming(units), *(u for u in units if u.line_ref is None)):
        _give(shown, each)
    for line in shown:
        if is_cancelled:
            line["cancelled"] = line["quantity"] - line["shipped"]
            line["allocated"] = min(line["allocated"], line["shipped"])
    return shown


def _naming(units: Iterable[WorkedUnits]) -> list[WorkedUnits]:
    return [each for each in units if each.line_ref is not None]


def _give(lines: list[dict[str, Any]], units: WorkedUnits) -> None:
    left = units.quantity
    for line in lines:
        if line["sku"] != units.sku or units.line_ref not in (None, line["ref"]):
            continue
        taken = min(left, line["quantity"] - line[units.state])
        line[units.state] += taken
        left -= taken
