"""Which sources take part in an order, how old each part is, and how it is read anew: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.federation.answers import OrderPart, Row
from gateway.federation.sources import ConnectedSource, Sources
from gateway.projection.streams import StreamState

States = Mapping[tuple[str, str], StreamState]


@dataclass(frozen=True, slots=True)
class _Teller:
    """A source, and which streams of it may tell of an order."""

    id: str
    is_seller: bool
    orders: bool
    works: bool
    copies: bool
    invoices: bool


class OrderParts:
    """Knows of every configured source what it may tell of an order."""

    def __init__(self, sources: Sources) -> None:
        self._tellers = {each.id: _teller(each) for each in sources}

    def of(self, order: Row, told: Sequence[Row], states: States) -> tuple[OrderPart, ...]:
        """Answer every part, the channel's first.

        `told` is what the projection has of the order beside its header.
        """
        by_stream: dict[tuple[str, str], list[Row]] = {}
        for row in told:
            by_stream.setdefault((row["source_id"], row["stream"]), []).append(row)
        seller, ref = order["source_id"], order["ref"]
        channel = self._tellers.get(seller)
        refs = (ref,) if channel is not None and channel.orders else ()
        found = [OrderPart(seller, "orders", refs, order["as_of"], 1)]
        for each in self._tellers.values():
            work = by_stream.get((each.id, "fulfillments"), ())
            # A seller has the work of what it sold.
            if each.works and (work or not each.is_seller or each.id == seller):
                as_of = _oldest(work, states.get((each.id, "fulfillments")))
                found.append(OrderPart(each.id, "fulfillments", (ref,), as_of, len(work)))
            if each.copies:
                found.append(_told(each.id, "orders", by_stream, states))
            if each.invoices:
                found.append(_told(each.id, "invoices", by_stream, states))
        return tuple(found)


def _teller(source: ConnectedSource) -> _Teller:
    is_seller, has_orders = source.channel is not None, source.orders is not None
    return _Teller(
        source.id, is_seller, has_orders, source.fulfillments is not None,
        has_orders and not is_seller, source.invoices is not None,
    )  # fmt: skip


def _told(
    source_id: str,
    stream: str,
    by_stream: Mapping[tuple[str, str], Sequence[Row]],
    states: States,
) -> OrderPart:
    """Answer a part that its source knows by ids of its own."""
    rows = by_stream.get((source_id, stream), ())
    refs = tuple(row["ref"] for row in rows)
    as_of = _oldest(rows, states.get((source_id, stream)))
    return OrderPart(source_id, stream, refs, as_of, len(rows))


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
