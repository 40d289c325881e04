"""Answers what may be sold: fresh enough, or marked, or refused, as asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.connect.deadline import Deadline
from gateway.federation.allowance import Allowance
from gateway.federation.answers import AvailabilityAnswer, Row
from gateway.federation.composing import (
    StockView,
    compose,
    not_found,
    stale_authorities,
    stale_keys,
)
from gateway.federation.errors import AnswerTooOld, UnknownGroup
from gateway.federation.freshness import (
    AS_IT_IS,
    FreshnessAsk,
    FreshnessRule,
    OnStale,
    Policy,
    policy,
)
from gateway.federation.pausing import pausing
from gateway.federation.refreshing import Refresher
from gateway.projection.items import load_known
from gateway.projection.locations import load_group
from gateway.projection.stock import load_coverage, load_positions, load_unlisted

MOST_UNLISTED = 200
Key = tuple[str, UUID, str]
Rows = dict[str, list[Row]]


@dataclass(frozen=True, slots=True)
class _Found:
    """What the projection has of some SKUs in a group."""

    group_id: UUID
    known: set[str]
    rows: Rows
    view: StockView


class StockFederation:
    """Availability over the projection, refreshed at the sources that own the locations' stock."""

    def __init__(
        self,
        pool: Any,
        refresher: Refresher,
        rules: Mapping[str, FreshnessRule],
        *,
        low_at_most: int,
        most_unlisted: int = MOST_UNLISTED,
    ) -> None:
        self._pool = pool
        self._refresher = refresher
        self._rules = rules
        self._low_at_most = low_at_most
        self._most_unlisted = most_unlisted

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

        `kind` names the rule of the configuration. raises: UnknownGroup.
        """
        held = policy(ask, self._rules[kind], floor)
        found = await self._found(skus, group_id, held, now)
        rows, view, failures = await self._freshened(
            sorted(found.known), found.rows, found.view, found.group_id, deadline,
            allowance or Allowance(),
        )  # fmt: skip
        return await _answers(skus, found.known, rows, view, failures)

    async def as_known(
        self, skus: Sequence[str], group_id: UUID, now: datetime
    ) -> list[AvailabilityAnswer]:
        """Answer what the projection has, however old: nobody is asked.

        raises: UnknownGroup.
        """
        found = await self._found(skus, group_id, AS_IT_IS, now)
        return await _answers(skus, found.known, found.rows, found.view, {})

    async def _found(
        self, skus: Sequence[str], group_id: UUID | None, held: Policy, now: datetime
    ) -> "_Found":
        wanted = list(dict.fromkeys(skus))
        async with self._pool.acquire() as connection:
            group = await load_group(connection, group_id)
            if group is None:
                raise UnknownGroup("there is no such location group")
            known = await load_known(connection, wanted)
            coverage = await load_coverage(connection, group["id"])
            rows = await _load_rows(connection, wanted, group["id"])
        view = StockView(
            now=now,
            policy=held,
            threshold=group["threshold"],
            low_at_most=self._low_at_most,
            coverage=coverage,
        )
        return _Found(group["id"], known, rows, view)

    async def _freshened(
        self,
        skus: Sequence[str],
        rows: Rows,
        view: StockView,
        group_id: UUID,
        deadline: Deadline,
        allowance: Allowance,
    ) -> tuple[Rows, StockView, dict[str, Exception]]:
        """Do what the policy says with what is too old.

        Answers the rows, how to judge them, and why SKUs are to be refused.
        """
        known = {sku: rows[sku] for sku in skus}
        stale = [sku async for sku, some in pausing(known) if _is_stale(some, view)]
        if not stale:
            return rows, view, {}
        if view.policy.on_stale is OnStale.FAIL:
            return rows, view, {sku: _too_old() for sku in stale}
        gaps = self._gaps(stale, rows, view)
        keys = await self._keys(stale, gaps, rows, view, group_id)
        if view.policy.on_stale is OnStale.SERVE:
            await self._refresher.read_stock_behind(keys, allowance)
            return rows, view, {}
        outcome = await self._refresher.read_stock(keys, deadline, allowance)
        just_read = frozenset(key for key, value in outcome.items() if value is True)
        if just_read:
            rows = await _load_rows(self._pool, list(rows), group_id)
        view = replace(view, just_read=just_read)
        if view.policy.on_stale is not OnStale.REFRESH_OR_FAIL:
            return rows, view, {}
        return (
            rows,
            view,
            {
                sku: _failure(sku, outcome)
                for sku in stale
                if _is_unserved(rows[sku], view, reads_gaps=bool(gaps))
            },
        )

    def _gaps(self, stale: Sequence[str], rows: Rows, view: StockView) -> list[str]:
        """Answer the SKUs whose unlisted positions are worth reading one by one.

        Where there are too many, they stay 0 as of the last walk: the sum is a lower bound.
        """
        gaps = [sku for sku in stale if stale_authorities(rows[sku], view)]
        locations = sum(each.locations for each in view.coverage)
        unlisted = sum(locations - len(rows[sku]) for sku in gaps)
        return gaps if unlisted <= self._most_unlisted else []

    async def _keys(
        self,
        stale: Sequence[str],
        gaps: Sequence[str],
        rows: Rows,
        view: StockView,
        group_id: UUID,
    ) -> list[Key]:
        """Answer the positions of these SKUs that are too old and can be read."""
        keys = [key for sku in stale for key in stale_keys(rows[sku], view)]
        if gaps:
            unlisted = await load_unlisted(self._pool, gaps, group_id, self._most_unlisted)
            keys += [(row["sku"], row["location_id"], row["source_id"]) for row in unlisted]
        return [key for key in keys if self._refresher.can_read_stock(key[2])]


async def _answers(
    skus: Sequence[str],
    known: set[str],
    rows: Rows,
    view: StockView,
    failures: Mapping[str, Exception],
) -> list[AvailabilityAnswer]:
    answers = {
        sku: compose(sku, some, view, failures.get(sku)) if sku in known else not_found(sku)
        async for sku, some in pausing(rows)
    }
    return [answers[sku] for sku in skus]


async def _load_rows(executor: Any, skus: Sequence[str], group_id: UUID) -> Rows:
    rows: Rows = {sku: [] for sku in skus}
    for row in await load_positions(executor, skus, group_id):
        rows[row["sku"]].append(row)
    return rows


def _is_stale(rows: Sequence[Row], view: StockView) -> bool:
    return bool(stale_keys(rows, view) or stale_authorities(rows, view))


def _is_unserved(rows: Sequence[Row], view: StockView, *, reads_gaps: bool) -> bool:
    """Answer whether what had to be read was not: listed positions, and gaps that were asked."""
    if stale_keys(rows, view) or (reads_gaps and stale_authorities(rows, view)):
        return True
    return not rows and not any(each.walked_as_of for each in view.coverage)


def _failure(sku: str, outcome: "Mapping[tuple[str, UUID], bool | Exception | None]") -> Exception:
    for (asked, _), value in outcome.items():
        if asked == sku and isinstance(value, Exception):
            return value
    return _too_old()


def _too_old() -> AnswerTooOld:
    return AnswerTooOld("what is known is older than allowed")
