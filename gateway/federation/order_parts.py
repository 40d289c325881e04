"""Which sources take part in an order, how old each part is, and how it is read anew: pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from gateway.federation.answers import OrderPart, Row
from gateway.federation.sources import ConnectedSource, Sources
from gateway.projection.streams import StreamState


def parts_of(
    order: Row,
    told: Sequence[Row],
    sources: Sources,
    states: Mapping[tuple[str, str], StreamState],
) -> list[OrderPart]:
    """Answer every part, the channel's first.

    `told` is what the projection has of the order beside its header.
    """
    by_stream: dict[tuple[str, str], list[Row]] = {}
    for row in told:
        by_stream.setdefault((row["source_id"], row["stream"]), []).append(row)
    channel = sources.get(order["source_id"])
    can_ask = channel is not None and channel.orders is not None
    refs = (order["ref"],) if can_ask else ()
    found = [OrderPart(order["source_id"], "orders", refs, order["as_of"])]
    for source in sources:
        of = source.id
        work = by_stream.get((of, "fulfillments"), ())
        if source.fulfillments is not None and _may_work(source, order, work):
            as_of = _oldest(work, states.get((of, "fulfillments")))
            found.append(OrderPart(of, "fulfillments", (order["ref"],), as_of))
        for stream, is_told in (
            ("orders", source.orders is not None and source.channel is None),
            ("invoices", source.invoices is not None),
        ):
            if is_told:
                own = by_stream.get((of, stream), ())
                refs = tuple(row["ref"] for row in own)
                found.append(OrderPart(of, stream, refs, _oldest(own, states.get((of, stream)))))
    return found


def _may_work(source: ConnectedSource, order: Row, work: Sequence[Row]) -> bool:
    """Answer whether a source may have work of an order: a seller has that of what it sold."""
    return source.channel is None or source.id == order["source_id"] or bool(work)


def _oldest(told: Sequence[Row], state: StreamState | None) -> datetime | None:
    return min(row["as_of"] for row in told) if told else _told_none(state)


def _told_none(state: StreamState | None) -> datetime | None:
    """As of when a source is known to have nothing of an order: it was read whole, and told
    of changes since."""
    if state is None or state.backfilled_at is None:
        return None
    if state.covered_since is not None and state.watermark is not None:
        return max(state.watermark, state.walked_at or state.watermark)
    return state.walked_at
