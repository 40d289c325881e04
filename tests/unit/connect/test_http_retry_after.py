"""How long a vendor's Retry-After leaves it alone."""

from datetime import UTC, datetime

import pytest

from gateway.connect.http import retry_after_seconds

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAY = 86_400.0


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("0", 0.0),
        ("-3", 0.0),
        ("Fri, 20 Nov 2026 12:00:30 GMT", 30.0),
        ("Fri, 20 Nov 2026 11:00:00 GMT", 0.0),
    ],
)
def test_seconds_and_dates_are_read(told: str, seconds: float) -> None:
    assert retry_after_seconds(told, NOW, 9.0) == seconds


@pytest.mark.parametrize(
    "told",
    [None, "", "soon", "inf", "-inf", "Infinity", "nan", "1e400", "Fri, 99 Nov 2026 12:00:00 GMT"],
)
def test_what_is_no_time_is_the_default(told: str | None) -> None:
    assert retry_after_seconds(told, NOW, 9.0) == 9.0


@pytest.mark.parametrize("told", ["86401", "1e300", "Sat, 20 Nov 2027 12:00:00 GMT"])
def test_no_vendor_is_left_alone_for_more_than_a_day(told: str) -> None:
    assert retry_after_seconds(told, NOW, 9.0) == DAY
