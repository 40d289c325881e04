"""What sources told again of orders: whether an answer holds, how old it is, what it has: pure."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from operator import itemgetter
from typing import TypeAlias
from uuid import UUID

import msgspec

from gateway.federation.answers import (
    NOTHING_ALONG,
    Along,
    Buyers,
    OrderAnswer,
    OrderPart,
    Row,
)
from gateway.projection.orders.confirming import Confirmation
from gateway.projection.orders.entries import HEADER

Stream: TypeAlias = tuple[str, str]
_shown = itemgetter(*HEADER, "status")


class Again(msgspec.Struct, frozen=True):
    """The streams of an order that were read again, and of which all was only told again."""

    streams: frozenset[Stream]
    told: Mapping[Stream, Sequence[Confirmation]]

    def holds(self, order: OrderAnswer) -> bool:
        """Answer whether nothing that was read differs from what this answer has."""
        if self.told.keys() != self.streams:
            return False
        header = self.told.get((order.row["source_id"], "orders"), ())
        return all(_shown(each.known) == _shown(order.row) for each in header)

    def shown(
        self, order: OrderAnswer, max_age: timedelta, along: Along = NOTHING_ALONG
    ) -> OrderAnswer:
        """Answer an order as of when it was told again."""
        return OrderAnswer(
            order.row, order.channel_name, max_age, self.streams,
            self.dated(order.parts or ()), along,
        )  # fmt: skip

    def along(self, order: OrderAnswer, buyers: Buyers) -> Along:
        """Answer what is known of an order that holds, so that it is not read after."""
        parts = order.parts or ()
        return Along(
            self.rows("invoices", parts), self.rows("fulfillments", parts), buyers, self.ids
        )

    @property
    def ids(self) -> frozenset[UUID]:
        """The rows that were told again."""
        return frozenset(each.id for some in self.told.values() for each in some)

    def dated(self, parts: Sequence[OrderPart]) -> tuple[OrderPart, ...]:
        """Answer an order's parts as of when they were told again."""
        return tuple(_dated(each, self.told.get((each.source_id, each.stream))) for each in parts)

    def rows(self, stream: str, parts: Sequence[OrderPart]) -> list[Row] | None:
        """Answer what is known of a stream, as its sources told it again; None if some did not."""
        found: list[Row] = []
        for part in parts:
            if part.stream == stream:
                told = self.told.get((part.source_id, stream))
                if told is None and part.known:
                    return None
                found += [_row(part.source_id, each) for each in told or ()]
        return sorted(found, key=_place)


def _dated(part: OrderPart, told: Sequence[Confirmation] | None) -> OrderPart:
    if not told:
        return part
    as_of = told[0].observed_at
    if len(told) > 1:
        as_of = min(each.observed_at for each in told)
    if part.as_of is not None and part.as_of > as_of:
        return part
    return OrderPart(part.source_id, part.stream, part.refs, as_of, part.known)


def _row(source_id: str, told: Confirmation) -> Row:
    return {**told.known, "source_id": source_id, "as_of": told.observed_at}


def _place(row: Row) -> tuple[str, str]:
    return row["source_id"], row["ref"]
