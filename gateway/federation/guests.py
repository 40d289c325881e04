"""Answers a guest who knows an order's number, and its e-mail or postal code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any
from uuid import UUID

from gateway.federation.answers import Row
from gateway.model.principal import Reach
from gateway.projection.orders.parts import load_shipments, load_work
from gateway.projection.orders.reach import reading
from gateway.projection.orders.read import find_for_guest

MOST_ALIKE = 5
NOBODY: Mapping[str, Any] = {"id": UUID(int=0), "emails": [], "postal_code": None}


@dataclass(frozen=True, slots=True)
class GuestProof:
    """What a guest knows of an order; one of `email` and `postal_code`."""

    number: str
    email: str | None = None
    postal_code: str | None = None


@dataclass(frozen=True, slots=True)
class GuestAnswer:
    """An order as a guest may see it, and its parcels."""

    order: Row
    shipments: tuple[Row, ...]


class GuestFederation:
    """Order status for those without an account."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def status(self, proof: GuestProof) -> GuestAnswer | None:
        """Answer the order that the proof fits; the same, after the same work, for wrong and
        absent: as many orders are compared and as many queries are sent."""
        async with reading(self._pool, Reach(everything=True)) as within:
            rows: Sequence[Row] = await find_for_guest(within, proof.number, MOST_ALIKE)
            candidates = [*rows, *([NOBODY] * (MOST_ALIKE - len(rows)))]
            fitting = [row for row in candidates if _fits(proof, row)]
            chosen = fitting[0] if len(fitting) == 1 else NOBODY
            work = (await load_work(within, [chosen["id"]]))[chosen["id"]]
            keys = [row["id"] for row in work] or [NOBODY["id"]]
            shipments = await load_shipments(within, keys)
        if chosen is NOBODY:
            return None
        return GuestAnswer(chosen, tuple(each for key in keys for each in shipments[key]))


def _fits(proof: GuestProof, row: Row) -> bool:
    if proof.email is not None:
        wanted = _folded(proof.email)
        known = [_folded(each) for each in row["emails"]] or [b""]
        return sum(compare_digest(wanted, each) for each in known) > 0 and bool(wanted)
    wanted = _digits(proof.postal_code)
    return compare_digest(wanted, _digits(row["postal_code"])) and bool(wanted)


def _folded(email: str) -> bytes:
    return email.strip().casefold().encode()


def _digits(postal_code: str | None) -> bytes:
    """Answer a postal code without its marks: people leave them out."""
    return "".join(each for each in (postal_code or "").upper() if each.isalnum()).encode()
