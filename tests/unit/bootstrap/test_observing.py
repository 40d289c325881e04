"""What the floors tell becomes meters by bounded labels."""

from datetime import UTC, datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.bootstrap.observing import MOST_OPERATIONS, counting_calls
from gateway.connect.errors import Throttled, UpstreamFault
from gateway.connect.http import Call
from gateway.telemetry.catalogue import CALLS
from gateway.telemetry.meters import Meters
from gateway.web.observation import Observation, Outcome

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def samples(meters: Meters, name: str) -> dict[tuple[str, ...], float]:
    text, _ = meters.exposition("")
    return {
        tuple(sample.labels[name] for name in CALLS.labels if name in sample.labels): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
        if sample.name == name
    }


def test_a_call_is_counted_by_what_became_of_it() -> None:
    meters = Meters()
    count = counting_calls(meters, "shop")
    count(Call("GetOrder", NOW, 0.2, 200, None))
    count(Call("GetOrder", NOW, 0.3, 503, UpstreamFault("canary")))
    count(Call("GetOrder", NOW, 0.1, 429, Throttled("canary", 1)))
    count(Call("GetOrder", NOW, 2.5, None, None))
    assert samples(meters, "trama_source_calls_total") == {
        ("shop", "GetOrder", "OK"): 1,
        ("shop", "GetOrder", "UPSTREAM_FAULT"): 1,
        ("shop", "GetOrder", "THROTTLED"): 1,
        ("shop", "GetOrder", "ABANDONED"): 1,
    }
    (seconds,) = samples(meters, "trama_source_call_seconds_sum").values()
    assert seconds == pytest.approx(3.1)
    assert b"canary" not in meters.exposition("")[0]


def test_a_connector_that_names_operations_without_end_makes_no_meters_without_end() -> None:
    meters = Meters()
    count = counting_calls(meters, "shop")
    for number in range(3 * MOST_OPERATIONS):
        count(Call(f"GetOrder{number}", NOW, 0.1, 200, None))
    counted = samples(meters, "trama_source_calls_total")
    assert len(counted) == MOST_OPERATIONS + 1
    assert counted["shop", "OTHER", "OK"] == 2 * MOST_OPERATIONS


@pytest.mark.parametrize(
    ("status", "is_executed", "has_errors", "outcome"),
    [
        (200, True, False, Outcome.OK),
        (200, True, True, Outcome.PARTIAL),
        (400, False, True, Outcome.INVALID),
        (200, False, True, Outcome.INVALID),
        (401, None, False, Outcome.REFUSED),
        (500, None, False, Outcome.FAILED),
        (503, None, False, Outcome.FAILED),
        (499, None, False, Outcome.GONE),
        (None, None, False, Outcome.GONE),
    ],
)
def test_a_requests_outcome_is_one_of_six(
    status: int | None, is_executed: bool | None, has_errors: bool, outcome: Outcome
) -> None:
    told = Observation("id", 0.0, status=status, is_executed=is_executed, has_errors=has_errors)
    assert told.outcome is outcome
