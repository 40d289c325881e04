"""Where systems disagree on an order: which one wins each field, and what the others say. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from gateway.federation.answers import Row

CHANNEL = "channel"
Authority = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Claim:
    """What one source says of a field; `is_foreign`: in another currency than the order's."""

    source_id: str
    value: Any
    as_of: datetime | None
    is_foreign: bool = False


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field on which sources disagree: the claim that is shown, and those that differ from it."""

    field: str
    shown: Claim
    others: tuple[Claim, ...]


def _same(value: Any) -> Any:
    return value


# Fields that two systems can both know, and how a stored text becomes the field's value.
FIELDS: Mapping[str, Callable[[Any], Any]] = {
    "payment_status": _same,
    "currency": _same,
    "subtotal": Decimal,
    "shipping_total": Decimal,
    "discount_total": Decimal,
    "tax_total": Decimal,
    "total": Decimal,
    "shipping_address": _same,
    "promised_delivery_by": datetime.fromisoformat,
    "lines": _same,
}
# What may be taken from another system than the channel.
YIELDING = frozenset(FIELDS) - {"currency", "lines"}
_MONEY = frozenset(name for name, read in FIELDS.items() if read is Decimal)


def overlaid(order: Row, copies: Sequence[Row], authority: Authority) -> Row:
    """Answer an order's header with the fields that other sources have authority over."""
    changes = {
        name: winner.value
        for name in authority
        if name in YIELDING
        for winner in [_winner(name, order, _claims(name, order, copies, {}), authority)]
        if winner is not None and winner.source_id != order["source_id"]
    }
    return {**dict(order), **changes} if changes else order


def conflicts_of(
    order: Row, units: Mapping[str, int], copies: Sequence[Row], authority: Authority
) -> list[Conflict]:
    """Answer where sources disagree; `order` is its channel's header, `units` are its lines."""
    found: list[Conflict] = []
    for name in FIELDS:
        claims = _claims(name, order, copies, units)
        shown = _winner(name, order, claims, authority)
        if shown is None:
            continue
        others = tuple(each for each in claims if _differs(name, each, shown))
        if others:
            found.append(Conflict(name, shown, others))
    return found


def _claims(name: str, order: Row, copies: Sequence[Row], units: Mapping[str, int]) -> list[Claim]:
    own = dict(units) if name == "lines" else order[name]
    claims = [] if own is None else [Claim(order["source_id"], own, order["as_of"])]
    ours = order["currency"]
    for copy in copies:
        told = copy["facts"].get(name)
        if told is not None:
            is_foreign = name in _MONEY and copy["facts"].get("currency", ours) != ours
            value = FIELDS[name](told)
            claims.append(Claim(copy["source_id"], value, copy["as_of"], is_foreign))
    return claims


def _winner(name: str, order: Row, claims: Sequence[Claim], authority: Authority) -> Claim | None:
    """Answer the claim of the first source with authority that has one; last, the channel's."""
    if name in YIELDING:
        for source_id in authority.get(name, ()):
            wanted = order["source_id"] if source_id == CHANNEL else source_id
            for claim in claims:
                if claim.source_id == wanted and not claim.is_foreign:
                    return claim
    own = [claim for claim in claims if claim.source_id == order["source_id"]]
    return next(iter([*own, *claims]), None)


def _differs(name: str, claim: Claim, shown: Claim) -> bool:
    if claim is shown:
        return False
    if name == "shipping_address":
        return _are_elsewhere(claim.value, shown.value)
    return claim.is_foreign is not shown.is_foreign or bool(claim.value != shown.value)


def _are_elsewhere(one: Mapping[str, str | None], other: Mapping[str, str | None]) -> bool:
    """Answer whether two addresses disagree: in what both tell, whatever case and marks."""
    told = [(one[part], other.get(part)) for part in one]
    return any(a and b and _bare(a) != _bare(b) for a, b in told)


def _bare(text: str) -> str:
    return "".join(each for each in text.casefold() if each.isalnum())
