"""Makes answers of orders' rows: each field from the source that wins it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from gateway.federation.answers import OrderAnswer, Row
from gateway.federation.freshness import FreshnessRule
from gateway.federation.merging import Authority, overlaid
from gateway.projection.orders import parts
from gateway.projection.orders.reach import Within


class OrderShaping:
    """Knows the channels' names, how old orders may be, and whose word counts for which field."""

    def __init__(
        self, rule: FreshnessRule, channels: Mapping[str, str], authority: Authority | None = None
    ) -> None:
        self.rule = rule
        self._channels = channels
        self._authority: Authority = authority or {}

    @property
    def is_overlaid(self) -> bool:
        """Whether another source's word than the channel's may stand in an order's header."""
        return bool(self._authority)

    async def of(self, within: Within, rows: Sequence[Row]) -> dict[UUID, OrderAnswer]:
        """Answer orders by id, in the rows' order."""
        copies: Mapping[UUID, Any] = {}
        if self._authority:
            copies = await parts.load_copies(within, [row["id"] for row in rows])
        return {
            row["id"]: OrderAnswer(
                overlaid(row, copies.get(row["id"], ()), self._authority),
                self._channels.get(row["channel"], row["channel"]),
                self.rule.max_age,
            )
            for row in rows
        }
