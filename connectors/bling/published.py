"""What deposits may sell, told to Bling as balances: one product at one deposit in each request.

Bling reserves of a balance what its own orders ask for, and sells the rest: what may be sold is
therefore told with the reserved units on top. Bling knows no key of a request and keeps a record
of each, so it is asked what it has first: a level whose answer was lost is found when it is told
again.
"""

import re
from collections.abc import Mapping, Sequence

from connectors.bling.client import BlingClient
from connectors.bling.stock import Stock
from gateway.connect.deadline import Deadline
from gateway.connect.errors import (
    CredentialError,
    DeadlineExceeded,
    NotFound,
    Rejected,
    SourceError,
    Throttled,
    Unreachable,
)
from gateway.connect.protocols import Found
from gateway.connect.records import StockLevel, Unmappable
from gateway.model.stock import StockRecord

# What ends the telling of all: the next level would meet it, too.
_ENDS = (CredentialError, DeadlineExceeded, Throttled, Unreachable)
_DEPOSIT = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)

Known = Found[StockRecord]


class Published:
    """The balances that one account is told, where it has others."""

    def __init__(self, client: BlingClient, stock: Stock) -> None:
        self._client = client
        self._stock = stock

    async def tell(
        self, levels: Sequence[StockLevel], deadline: Deadline
    ) -> list[SourceError | None]:
        """Answer, per level, why Bling did not take it; raises where none could be told."""
        items = [level.position.item for level in levels if level.quantity >= 0]
        ids = await self._stock.ids_of(items, deadline)
        asked = [level.position for level in levels if level.position.item in ids]
        known = dict(zip(asked, await self._stock.levels(asked, deadline), strict=True))
        ended: list[SourceError | None] = []
        for level in levels:
            try:
                await self._set(level, ids, known.get(level.position), deadline)
            except _ENDS as error:
                if None not in ended:
                    raise
                return [*ended, *[error] * (len(levels) - len(ended))]
            except SourceError as error:
                ended.append(error)
            else:
                ended.append(None)
        return ended

    async def _set(
        self, level: StockLevel, ids: Mapping[str, int], known: Known, deadline: Deadline
    ) -> None:
        """Tell one level, unless it stands so already; raises why it does not."""
        product, deposit = _place(level, ids)
        units = _news(level, known)
        if units is not None:
            await self._client.balance(product, deposit, units, deadline)


def _place(level: StockLevel, ids: Mapping[str, int]) -> tuple[int, int]:
    """Answer product and deposit by their numbers; raises what cannot be told."""
    at = level.position
    if level.quantity < 0:
        raise Rejected("fewer than none")
    if at.item not in ids:
        raise NotFound(f"Bling has no product with the code {at.item!r}")
    if not _DEPOSIT.fullmatch(at.location):
        raise NotFound(f"Bling has no deposit {at.location!r}")
    return ids[at.item], int(at.location)


def _news(level: StockLevel, known: Known) -> int | None:
    """Answer the balance to be told, None where it stands already; raises ContractError."""
    if isinstance(known, Unmappable):
        raise known.error
    if known is None:
        return level.quantity
    units = level.quantity + (known.record.committed or 0)
    return None if units == known.record.on_hand else units
