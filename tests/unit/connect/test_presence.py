"""A source's loss is told once, and its recovery once."""

import pytest
from structlog.testing import capture_logs

from gateway.connect.errors import (
    AuthenticationFailed,
    DeadlineExceeded,
    NotFound,
    PermissionDenied,
    SourceError,
    Throttled,
    Unreachable,
    UpstreamFault,
)
from gateway.connect.presence import Presence

LOST = {
    "event": "source.lost", "source": "erp", "code": "UNREACHABLE", "why": "no connection",
    "log_level": "warning",
}  # fmt: skip
BACK = {"event": "source.recovered", "source": "erp", "log_level": "info"}


def told(*failures: SourceError | None) -> list[str]:
    presence = Presence()
    with capture_logs() as lines:
        for failure in failures:
            presence.note("erp", failure)
    return [str(line["event"]) for line in lines]


def test_a_source_that_fails_thrice_and_answers_twice_gets_two_lines() -> None:
    presence = Presence()
    with capture_logs() as lines:
        for failure in (None, *[Unreachable("no connection")] * 3, None, None):
            presence.note("erp", failure)
    assert lines == [LOST, BACK]


@pytest.mark.parametrize(
    "failure",
    [UpstreamFault("500"), DeadlineExceeded("late"), AuthenticationFailed("who?")],
)
def test_a_source_that_fails_as_a_whole_is_lost(failure: SourceError) -> None:
    assert told(failure) == ["source.lost"]


@pytest.mark.parametrize("failure", [NotFound("gone"), PermissionDenied("no", "orders"), None])
def test_any_answer_shows_that_the_source_is_there(failure: SourceError | None) -> None:
    assert told(failure) == []
    assert told(Unreachable("no connection"), failure) == ["source.lost", "source.recovered"]


def test_a_source_that_asks_to_slow_down_is_neither_lost_nor_back() -> None:
    assert told(Throttled("wait", 5.0)) == []
    assert told(Unreachable("no connection"), Throttled("wait", 5.0)) == ["source.lost"]
