"""Ids: ours sort by time, and only ours are read back."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.ids import GlobalId, InvalidGlobalId, uuid7, uuid7_of

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def test_a_uuid_of_version_seven_sorts_by_its_time() -> None:
    made = [uuid7(NOW + timedelta(milliseconds=n)) for n in range(50)]
    assert made == sorted(made)
    assert {each.version for each in made} == {7}
    assert uuid7_of(NOW, 0).int >> 80 == int(NOW.timestamp() * 1000)


@given(st.sampled_from(["Order", "Location"]), st.uuids())
def test_an_id_is_read_back(kind: str, key: UUID) -> None:
    parsed = GlobalId.parse(str(GlobalId(kind, str(key))))
    assert (parsed.type, parsed.uuid(kind)) == (kind, key)


@given(st.text(max_size=60))
def test_no_text_makes_it_fail_otherwise(text: str) -> None:
    with suppress(InvalidGlobalId):
        assert str(GlobalId.parse(text)) == text


def test_an_id_of_another_type_is_refused() -> None:
    with pytest.raises(InvalidGlobalId):
        GlobalId("Order", "x").uuid("Location")
    with pytest.raises(InvalidGlobalId):
        GlobalId("Order", "no-uuid").uuid("Order")
