"""Lists by page number: pages that are checked against the one before, so that nothing is lost.

A row that goes while a list is read moves all later ones forward, and a plain next page would jump
over one. After each page the one before is therefore listed again, and what has moved into it is
read with this one. A row that comes in moves rows back: they are read twice, which does no harm.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec import Raw

from connectors.bling import wire
from connectors.bling.cursors import Place
from gateway.connect.deadline import Deadline
from gateway.connect.decoding import decode
from gateway.connect.errors import ContractError, UpstreamFault
from gateway.connect.http import Response

Fetch = Callable[[int, Deadline], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Rows:
    """A page's rows, each as its own bytes, and the next place, None at the end."""

    rows: tuple[Raw, ...]
    following: Place | None
    observed_at: datetime


async def read_page(fetch: Fetch, size: int, at: Place, deadline: Deadline) -> Rows:
    """Answer the rows of a page and those that moved before it.

    Raises UpstreamFault for a list that repeats itself.
    """
    answer = await fetch(at.page, deadline)
    rows = decode(answer.body, wire.Listed).data
    following = Place(at.page + 1, _id_of(rows[-1])) if len(rows) >= size else None
    if at.page > 1:
        again = decode((await fetch(at.page - 1, deadline)).body, wire.Listed).data
        if rows and ids_of(again) == ids_of(rows):
            raise UpstreamFault("the list repeats a page")
        rows = (*_moved(again, rows, at.last), *rows)
    return Rows(rows, following, answer.started_at)


def ids_of(rows: Sequence[Raw]) -> list[int | None]:
    """Answer each row's id, None where it cannot be read."""
    return [_id_of(row) for row in rows]


def _moved(before: Sequence[Raw], rows: Sequence[Raw], last: int | None) -> Sequence[Raw]:
    """Answer what is in the page before and was not when it was read."""
    known = ids_of(before)
    if last in known:
        return before[known.index(last) + 1 :]
    return () if last in ids_of(rows) else before


def _id_of(row: Raw) -> int | None:
    try:
        return decode(row, wire.Named).id
    except ContractError:
        return None
