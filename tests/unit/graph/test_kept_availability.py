"""Availability that is shown again from what was kept of it: to each caller what it may see."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import orjson
from graphql import parse

from gateway.connect.deadline import Deadline
from gateway.engine.engine import Engine
from gateway.federation.answers import AnswerTable, AvailabilityAnswer, Dated, PositionAnswers
from gateway.federation.freshness import ServedFrom
from gateway.graph.context import Context
from gateway.graph.schema import make_schemas
from gateway.model.principal import Principal, PrincipalKind, Scope
from gateway.model.stock import AvailabilityStatus
from gateway.model.time import SystemClock
from gateway.projection.position_columns import Position, Positions

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DATED = Dated(NOW, "wms", ServedFrom.PROJECTION, is_stale=False)
PLACE = UUID(int=1)
ROW: dict[str, Any] = {
    "id": PLACE, "stock_source_id": "wms", "code": "dc-1", "name": "CD", "kind": "STORE",
    "owner": None, "address": None, "latitude": None, "longitude": None, "time_zone": "UTC",
    "pickup": True, "shipping": True, "daily_capacity": None,
}  # fmt: skip
READ = Positions.of([Position(PLACE, "wms", 30, 5, None, 0, 0, 0, None, NOW, False, NOW)])
ANSWER = AvailabilityAnswer(
    "SKU-1", AvailabilityStatus.IN_STOCK, None, 25, True, None,
    PositionAnswers(AnswerTable(READ.read, [DATED]), 0, 1), DATED,
)  # fmt: skip
ENGINE = Engine(make_schemas().callers.executable)
READS = frozenset({Scope.AVAILABILITY_READ, Scope.LOCATIONS_READ})
OPERATOR = Principal("ops", PrincipalKind.OPERATOR, READS | {Scope.STOCK_READ})
STOREFRONT = Principal("shop", PrincipalKind.STOREFRONT, READS, quantity_cap=10)
ASK = """{ availability(skus: ["SKU-1"]) { availableToSell isCapped freshness { asOf }
  locations { location { code } availableToPromise %s } } }"""

DOCUMENTS = {more: parse(ASK % more) for more in ("", "onHand")}


@dataclass
class Stand:
    """What the graph asks: an answer that is the same object as long as nothing changes."""

    answer: AvailabilityAnswer = ANSWER
    row: dict[str, Any] = field(default_factory=lambda: ROW)
    edition: Hashable | None = 1
    asked: int = 0

    async def availability(self, *_: Any, **__: Any) -> list[AvailabilityAnswer]:
        return [self.answer]

    async def of_positions(self, ids: Sequence[UUID]) -> list[dict[str, Any]]:
        self.asked += 1
        return [self.row]

    async def ask(self, principal: Principal, more: str = "") -> Any:
        services: Any = SimpleNamespace(stock=self, locations=self)
        context = Context(principal, services, NOW, Deadline.after(1, SystemClock()), timedelta(0))
        planned = ENGINE.plan(DOCUMENTS[more])
        response = await ENGINE.execute(planned, None, context)
        return orjson.loads(response.body())


def _shown(told: Any) -> tuple[int, int, str]:
    (availability,) = told["data"]["availability"]
    (place,) = availability["locations"]
    return availability["availableToSell"], place["availableToPromise"], place["location"]["code"]


async def test_each_caller_is_shown_no_more_than_its_cap_from_what_is_kept() -> None:
    stand = Stand(replace(ANSWER))
    for _ in range(3):
        assert _shown(await stand.ask(OPERATOR)) == (25, 25, "dc-1")
        assert _shown(await stand.ask(STOREFRONT)) == (10, 10, "dc-1")


async def test_who_may_not_read_stock_is_refused_what_is_kept_for_others() -> None:
    stand = Stand(replace(ANSWER))
    for _ in range(3):
        told = await stand.ask(OPERATOR, "onHand")
        assert told["data"]["availability"][0]["locations"][0]["onHand"] == 30
        refused = await stand.ask(STOREFRONT, "onHand")
        assert refused["data"]["availability"][0]["locations"][0]["onHand"] is None
        assert [each["path"][-1] for each in refused["errors"]] == ["onHand"]


async def test_another_answer_is_shown_as_it_is() -> None:
    stand = Stand(replace(ANSWER))
    for units in (25, 24):
        stand.answer = replace(ANSWER, available_to_sell=units)
        for _ in range(3):
            assert _shown(await stand.ask(OPERATOR))[0] == units


async def test_a_location_that_changed_is_shown_as_it_is() -> None:
    stand = Stand(replace(ANSWER))
    for edition in (1, 2):
        stand.edition, stand.row = edition, {**ROW, "code": f"dc-{edition}"}
        for _ in range(3):
            assert _shown(await stand.ask(OPERATOR))[2] == f"dc-{edition}"


async def test_locations_are_asked_for_until_their_change_can_be_told() -> None:
    unknown, known = (
        Stand(replace(ANSWER), edition=None),
        Stand(replace(ANSWER), edition="the first"),
    )
    for _ in range(4):
        await unknown.ask(OPERATOR)
        await known.ask(OPERATOR)
    assert (unknown.asked, known.asked) == (4, 1)


async def test_locations_of_other_answers_are_asked_for_once_an_edition() -> None:
    stand = Stand(replace(ANSWER), edition="the second")
    for edition, asked in (("the second", 1), ("the third", 2), ("the second", 2)):
        stand.edition = edition
        for units in (25, 24):
            stand.answer = replace(ANSWER, available_to_sell=units)
            assert _shown(await stand.ask(OPERATOR)) == (units, 25, "dc-1")
        assert stand.asked == asked


async def test_who_may_not_read_locations_is_refused_what_is_kept_for_others() -> None:
    blind = Principal("blind", PrincipalKind.PARTNER, frozenset({Scope.AVAILABILITY_READ}))
    stand = Stand(replace(ANSWER), edition="the fourth")
    for _ in range(3):
        assert _shown(await stand.ask(OPERATOR))[2] == "dc-1"
        refused = await stand.ask(blind)
        assert refused["data"]["availability"][0]["locations"][0]["location"] is None
        assert [each["path"] for each in refused["errors"]] == [
            ["availability", 0, "locations", 0, "location"]
        ]
