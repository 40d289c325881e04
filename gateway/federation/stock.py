"""Answers what may be sold: fresh enough, or marked, or refused, as asked."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from gateway.connect.deadline import Deadline
from gateway.engine.pacing import pass_on
from gateway.federation.allowance import Allowance
from gateway.federation.answers import AvailabilityAnswer
from gateway.federation.composing import Judged, Judging, compose, not_found
from gateway.federation.errors import AnswerTooOld
from gateway.federation.freshness import AS_IT_IS, FreshnessAsk, FreshnessRule, OnStale, policy
from gateway.federation.refreshing import Refresher
from gateway.federation.stock_ages import (
    SkuStock,
    StockView,
    stale_authorities,
    stale_keys,
    unlisted_of,
)
from gateway.federation.stock_blobs import StockBlob
from gateway.federation.stock_copies import StockCopies, look_directly
from gateway.federation.told_stock import ToldStock
from gateway.projection.availability import load_unlisted
from gateway.projection.pausing import in_lots, pausing

MOST_UNLISTED = 200
Key = tuple[str, UUID, str]
Stocks = Mapping[str, SkuStock]


class StockFederation:
    """Availability over the projection, refreshed at the sources that own the locations' stock.

    What the process has copies of is answered from these; without `copies` Postgres is asked each
    time, and what it says again was put together before (`told`).
    """

    def __init__(
        self,
        pool: Any,
        refresher: Refresher,
        rules: Mapping[str, FreshnessRule],
        *,
        low_at_most: int,
        most_unlisted: int = MOST_UNLISTED,
        copies: StockCopies | None = None,
        told: ToldStock | None = None,
    ) -> None:
        self._pool = pool
        self._refresher = refresher
        self._rules = rules
        self._low_at_most = low_at_most
        self._most_unlisted = most_unlisted
        self._copies = copies
        self._told = told or ToldStock(pool)

    async def availability(
        self,
        skus: Sequence[str],
        group_id: UUID | None,
        ask: FreshnessAsk,
        *,
        kind: str,
        floor: timedelta,
        now: datetime,
        deadline: Deadline,
        allowance: Allowance | None = None,
    ) -> list[AvailabilityAnswer]:
        """Answer one entry per SKU, in the asked order, unknown ones included.

        `kind` names the rule of the configuration. What is kept is the same object each time.
        raises: UnknownGroup.
        """
        view = StockView(now, policy(ask, self._rules[kind], floor), self._low_at_most)
        kept = None if self._copies is None else self._copies.answers(skus, group_id, view)
        if kept is not None:
            return kept
        found = await self._look(list(dict.fromkeys(skus)), group_id, view)
        judging = Judging(view)
        judged: dict[str, Judged] = {}
        lots = in_lots(found.items(), _positions)
        for lot in lots:
            if lot is not lots[0]:
                await pass_on()
            judged.update([(sku, blob.judged(view, judging)) for sku, blob in lot])
        answers = {sku: each.answer for sku, each in judged.items()}
        stale = sorted(sku for sku, each in judged.items() if each.is_too_old)
        if stale:
            stocks = {sku: blob.stock for sku, blob in found.items()}
            answers |= await self._freshened(
                stocks, stale, view, deadline, allowance or Allowance()
            )
        return [answers.get(sku) or not_found(sku) for sku in skus]

    async def as_known(
        self, skus: Sequence[str], group_id: UUID | None, now: datetime
    ) -> list[AvailabilityAnswer]:
        """Answer what the projection has by now, however old: nobody is asked, no copy is used.

        raises: UnknownGroup.
        """
        view = StockView(now, AS_IT_IS, self._low_at_most)
        found = await look_directly(self._pool, list(dict.fromkeys(skus)), group_id)
        judging = Judging(view)
        answers = {
            sku: judging.compose(blob.stock, None)
            async for sku, blob in pausing(found.items(), _positions)
        }
        return [answers.get(sku) or not_found(sku) for sku in skus]

    async def _look(
        self, skus: Sequence[str], group_id: UUID | None, view: StockView, *, anew: bool = False
    ) -> dict[str, StockBlob]:
        if self._copies is None:
            return await self._told.look(skus, group_id)
        return await self._copies.look(skus, group_id, view, anew=anew)

    async def _freshened(
        self,
        stocks: Stocks,
        stale: Sequence[str],
        view: StockView,
        deadline: Deadline,
        allowance: Allowance,
    ) -> dict[str, AvailabilityAnswer]:
        """Do what the policy says with what is too old; answer what is answered otherwise now."""
        if view.policy.on_stale is OnStale.FAIL:
            return {sku: compose(stocks[sku], view, _too_old()) for sku in stale}
        group_id, gaps = stocks[stale[0]].group_id, self._gaps(stale, stocks, view)
        keys = await self._keys(stale, gaps, stocks, view, group_id)
        if view.policy.on_stale is OnStale.SERVE:
            await self._refresher.read_stock_behind(keys, allowance)
            return {}
        outcome = await self._refresher.read_stock(keys, deadline, allowance)
        just_read = frozenset(key for key, value in outcome.items() if value is True)
        if just_read:
            blobs = await self._look(list(stocks), group_id, view, anew=True)
            stocks = {sku: blob.stock for sku, blob in blobs.items()}
        view = msgspec.structs.replace(view, just_read=just_read)
        failures: dict[str, Exception] = {}
        if view.policy.on_stale is OnStale.REFRESH_OR_FAIL:
            failures = {
                sku: _failure(sku, outcome)
                for sku in stale
                if _is_unserved(stocks[sku], view, reads_gaps=bool(gaps))
            }
        told = stocks if just_read else failures
        return {sku: compose(stocks[sku], view, failures.get(sku)) for sku in told}

    def _gaps(self, stale: Sequence[str], stocks: Stocks, view: StockView) -> list[str]:
        """Answer the SKUs whose unlisted positions are worth reading one by one.

        Where there are too many, they stay 0 as of the last walk: the sum is a lower bound.
        """
        gaps = [sku for sku in stale if stale_authorities(stocks[sku], view)]
        unlisted = sum(
            sum(each.locations for each in stocks[sku].coverage) - len(stocks[sku].positions)
            for sku in gaps
        )
        return gaps if unlisted <= self._most_unlisted else []

    async def _keys(
        self,
        stale: Sequence[str],
        gaps: Sequence[str],
        stocks: Stocks,
        view: StockView,
        group_id: UUID,
    ) -> list[Key]:
        """Answer the positions of these SKUs that are too old and can be read."""
        keys = [key for sku in stale for key in stale_keys(stocks[sku], view)]
        if gaps:
            unlisted = await load_unlisted(self._pool, gaps, group_id, self._most_unlisted)
            keys += [(row["sku"], row["location_id"], row["source_id"]) for row in unlisted]
        return [key for key in keys if self._refresher.can_read_stock(key[2])]


def _positions(of: tuple[str, StockBlob]) -> int:
    return len(of[1].stock.positions)


def _is_unserved(stock: SkuStock, view: StockView, *, reads_gaps: bool) -> bool:
    """Answer whether what had to be read was not: listed positions, and gaps that were asked."""
    if stale_keys(stock, view) or (reads_gaps and stale_authorities(stock, view)):
        return True
    return not stock.positions and not any(each.walked_as_of for each in unlisted_of(stock))


def _failure(sku: str, outcome: "Mapping[tuple[str, UUID], bool | Exception | None]") -> Exception:
    for (asked, _), value in outcome.items():
        if asked == sku and isinstance(value, Exception):
            return value
    return _too_old()


def _too_old() -> AnswerTooOld:
    return AnswerTooOld("what is known is older than allowed")
