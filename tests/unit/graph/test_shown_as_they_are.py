"""What is shown as it is: answers instead of the graph's own objects, times left to orjson."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import msgspec
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.connect.errors import Unreachable
from gateway.engine.natives import encode
from gateway.federation.answers import (
    AnswerTable,
    AvailabilityAnswer,
    Dated,
    PositionAnswer,
    PositionAnswers,
)
from gateway.federation.freshness import ServedFrom
from gateway.graph.freshness import Freshness, show
from gateway.graph.scalars import show_time
from gateway.graph.stock import LocationAvailability, show_availability, show_positions
from gateway.model.stock import AvailabilityStatus
from gateway.projection.position_columns import Position, Positions

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DATED = Dated(NOW, "wms", ServedFrom.PROJECTION, is_stale=False)


def positions(*units: int | None) -> PositionAnswers:
    """Positions where so much may be promised: ten less than lie there."""
    read = Positions.of(
        Position(
            UUID(int=1), "wms", None if each is None else each + 10, 1, 4, 2, 3, 5, None, NOW,
            False, NOW,
        )
        for each in units
    )  # fmt: skip
    return PositionAnswers(AnswerTable(read.read, [DATED] * len(units)), 0, len(units))


def answer(
    units: int | None, *each: int | None, failure: Exception | None = None
) -> AvailabilityAnswer:
    found = positions(*each)
    return AvailabilityAnswer(
        "SKU-1", AvailabilityStatus.IN_STOCK, None, units, True, None, found, DATED, failure
    )


@pytest.mark.parametrize(
    ("inside", "shown"), [(Dated, Freshness), (PositionAnswer, LocationAvailability)]
)
def test_what_is_shown_as_it_is_has_all_that_is_read(
    inside: type[msgspec.Struct], shown: type
) -> None:
    read = {each.name for each in fields(shown)} - {"location", "source"}  # loaded by batches
    assert {each.name for each in msgspec.structs.fields(inside)} == read


def test_nothing_is_made_of_what_is_shown_whole() -> None:
    found = positions(3, None)
    assert id(show_positions(found, None)) == id(found)
    assert id(show(DATED)) == id(DATED)


def test_a_capped_caller_is_shown_no_more_units_of_a_position() -> None:
    found = positions(3, None, 11)
    shown = show_positions(found, 10)
    assert [each.available_to_promise for each in shown] == [3, None, 10]
    assert [each.on_hand for each in shown] == [13, None, 21]
    assert [each.available_to_promise for each in found] == [3, None, 11]


def test_positions_that_were_read_together_are_capped_once() -> None:
    read = Positions.of(
        Position(UUID(int=1), "wms", units, 1, 4, 2, 3, 5, None, NOW, False, NOW)
        for units in (13, 40, 21)
    ).read
    table = AnswerTable(read, [DATED] * 3)
    first, second = (PositionAnswers(table, *rows).capped(10) for rows in ((0, 2), (2, 3)))
    assert first.table is second.table
    assert [[*each.column("available_to_promise")] for each in (first, second)] == [[3, 10], [10]]
    assert list(second) == [PositionAnswer(UUID(int=1), 21, 1, 2, 3, 4, 5, 10, DATED)]


def test_availability_is_made_once_of_an_answer_and_a_cap() -> None:
    known = answer(25, 25)
    whole, capped = show_availability(known, None), show_availability(known, 10)
    assert show_availability(known, None) is whole
    assert show_availability(known, 10) is capped
    assert (whole.available_to_sell, whole.is_capped) == (25, False)
    assert (capped.available_to_sell, capped.is_capped) == (10, True)
    assert show_availability(answer(25, 25), None) is not whole


def test_an_answer_that_was_made_of_another_is_shown_anew() -> None:
    known = answer(25, 25)
    show_availability(known, None)
    assert show_availability(replace(known, available_to_sell=24), None).available_to_sell == 24


def test_a_refused_answer_is_never_the_same_object_twice() -> None:
    """An exception that is raised again and again would keep all that it was raised through."""
    refused = answer(None, failure=Unreachable("it is down"))
    first, second = show_availability(refused, None), show_availability(refused, None)
    assert isinstance(first.available_to_sell, Exception)
    assert isinstance(first.locations, Exception)
    assert len({id(each) for each in (first.available_to_sell, second.available_to_sell)}) == 2


@given(
    st.datetimes(
        datetime.fromisoformat("0001-01-02"),
        datetime.fromisoformat("9999-12-30"),
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=-3))]),
    )
)
def test_times_are_written_by_orjson_as_by_us(moment: datetime) -> None:
    expected = moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    assert show_time(moment) == expected
    assert orjson.loads(encode(moment.astimezone(UTC))) == expected
