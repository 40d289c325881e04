"""Which sources take part in an order, how old each part is, and how it is read anew: pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.federation.answers import Row
from gateway.federation.sources import ConnectedSource, Sources
from gateway.projection.streams import StreamState


@dataclass(frozen=True, slots=True)
class OrderRows:
    """What the projection has of one order beside its header, each row with its `as_of`."""

    work: Sequence[Row] = ()
    copies: Sequence[Row] = ()
    invoices: Sequence[Row] = ()


@dataclass(frozen=True, slots=True)
class OrderPart:
    """What a source's stream says of an order; `refs` are what to ask it for, if it can be asked.

    `as_of` is None where the source was never read.
    """

    source_id: str
    stream: str
    refs: tuple[str, ...]
    as_of: datetime | None


def parts_of(
    order: Row,
    rows: OrderRows,
    sources: Sources,
    states: Mapping[tuple[str, str], StreamState],
) -> list[OrderPart]:
    """Answer every part, the channel's first."""
    channel = sources.get(order["source_id"])
    can_ask = channel is not None and channel.orders is not None
    refs = (order["ref"],) if can_ask else ()
    found = [OrderPart(order["source_id"], "orders", refs, order["as_of"])]
    for source in sources:
        of = source.id
        if source.fulfillments is not None and _may_work(source, order, rows):
            state = states.get((of, "fulfillments"))
            as_of = _oldest(of, rows.work, state)
            found.append(OrderPart(of, "fulfillments", (order["ref"],), as_of))
        if source.orders is not None and source.channel is None:
            found.append(_told(of, "orders", rows.copies, states.get((of, "orders"))))
        if source.invoices is not None:
            found.append(_told(of, "invoices", rows.invoices, states.get((of, "invoices"))))
    return found


def _may_work(source: ConnectedSource, order: Row, rows: OrderRows) -> bool:
    """Answer whether a source may have work of an order: a seller has that of what it sold."""
    if source.channel is None or source.id == order["source_id"]:
        return True
    return any(row["source_id"] == source.id for row in rows.work)


def _told(source_id: str, stream: str, rows: Iterable[Row], state: StreamState | None) -> OrderPart:
    """Answer a part that its source knows by ids of its own."""
    own = [row for row in rows if row["source_id"] == source_id]
    refs = tuple(row["ref"] for row in own)
    return OrderPart(source_id, stream, refs, _oldest(source_id, own, state))


def _oldest(source_id: str, rows: Iterable[Row], state: StreamState | None) -> datetime | None:
    told: list[datetime] = [row["as_of"] for row in rows if row["source_id"] == source_id]
    return min(told) if told else _told_none(state)


def _told_none(state: StreamState | None) -> datetime | None:
    """As of when a source is known to have nothing of an order: it was read whole, and told
    of changes since."""
    if state is None or state.backfilled_at is None:
        return None
    if state.covered_since is not None and state.watermark is not None:
        return max(state.watermark, state.walked_at or state.watermark)
    return state.walked_at
