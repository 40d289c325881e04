"""Lists that count from the front: pages that overlap by a row, so that a removal is noticed.

ShipHero's cursors are offsets. A row that goes from a list that is being read moves all later ones
forward, and a plain next page would jump over one. Each page therefore begins with the last row of
the page before; when that row is not there, the list is read again from its start.
"""

from msgspec import Raw

from connectors.shiphero import wire
from connectors.shiphero.cursors import Place
from gateway.connect.decoding import decode
from gateway.connect.errors import ContractError, MalformedPayload, UpstreamFault

_RESTARTS = 5


def next_page(page: wire.Connection, at: Place) -> tuple[tuple[Raw, ...], Place | None]:
    """Answer the rows that are new, and the next place, None at the end.

    Raises UpstreamFault or MalformedPayload when the list cannot be read to its end.
    """
    rows = tuple(edge.node for edge in page.edges)
    ids = [_id_of(row) for row in rows]
    if at.last is not None and at.last not in ids:
        if at.restarts >= _RESTARTS:
            raise UpstreamFault(f"the list moved {_RESTARTS} times while it was read")
        return rows, Place(restarts=at.restarts + 1)
    fresh = tuple(
        row for row, known in zip(rows, ids, strict=True) if not known or known != at.last
    )
    if not page.page_info.has_next_page:
        return fresh, None
    following = _following(page, ids, at)
    if following.after is None:
        raise MalformedPayload("there is more and no cursor to it", "data.edges")
    if following.after == at.after:
        raise UpstreamFault("the list says that there is more and repeats its cursor")
    return fresh, following


def _following(page: wire.Connection, ids: list[str | None], at: Place) -> Place:
    if len(ids) > 1 and ids[-1] is not None:
        return Place(page.edges[-2].cursor, ids[-1], at.restarts)
    return Place(page.edges[-1].cursor if page.edges else None, None, at.restarts)


def _id_of(row: Raw) -> str | None:
    try:
        return decode(row, wire.NodeId).id
    except ContractError:
        return None
