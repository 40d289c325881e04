"""What several processes measure is told as one, and no count is lost with its process."""

import json

from gateway.telemetry.catalogue import (
    DATABASE_UP,
    POOL,
    QUARANTINE,
    REQUEST_SECONDS,
    REQUESTS,
)
from gateway.telemetry.meters import Meters, exposition_of, gauge
from gateway.telemetry.totals import Family, Totals, add_up, families_of, plain, read

ASKED = ("query", "OPERATOR", "OK")
LABELS = (("operation", "query"), ("outcome", "OK"), ("principal", "OPERATOR"))


def asked(times: int) -> list[Family]:
    """Answer what a process measures that was asked so often, each taking 0.02 s."""
    meters = Meters()
    for _ in range(times):
        meters.add(REQUESTS, *ASKED)
        meters.time(REQUEST_SECONDS, 0.02, "query", "OPERATOR")
    return meters.families()


def value(families: list[Family], name: str, *labels: tuple[str, str]) -> float | None:
    samples = [sample for each in families for sample in each.samples.items()]
    return dict(samples).get((name, labels))


def test_counts_and_times_are_added_up() -> None:
    told = add_up([asked(2), asked(3)])
    assert value(told, REQUESTS.name, *LABELS) == 5
    kind = (("operation", "query"), ("principal", "OPERATOR"))
    assert value(told, "trama_graphql_request_seconds_count", *kind) == 5
    slow = (("le", "0.025"), *kind)
    assert value(told, "trama_graphql_request_seconds_bucket", *slow) == 5
    quick = (("le", "0.01"), *kind)
    assert value(told, "trama_graphql_request_seconds_bucket", *quick) == 0


def test_of_gauges_those_of_the_process_are_added_up_and_those_of_the_database_are_alike() -> None:
    def measured(used: int, quarantined: int, is_up: int) -> list[Family]:
        return families_of([
            gauge(POOL, [(("USED",), used)]),
            gauge(QUARANTINE, [(("erp", "orders"), quarantined)]),
            gauge(DATABASE_UP, [((), is_up)]),
        ])  # fmt: skip

    told = add_up([measured(2, 7, 1), measured(3, 7, 0)])
    assert value(told, POOL.name, ("state", "USED")) == 5
    assert value(told, QUARANTINE.name, ("source", "erp"), ("stream", "orders")) == 7
    assert value(told, DATABASE_UP.name) == 0


def test_what_a_process_has_counted_stays_when_it_ends_and_its_gauges_go() -> None:
    totals = Totals()
    for process, times in ((1, 2), (2, 3), (1, 4)):
        totals.note(process, [*asked(times), *families_of([gauge(POOL, [(("USED",), 1)])])])
    assert value(totals.families(), REQUESTS.name, *LABELS) == 7
    totals.end(1)
    totals.end(9)
    assert value(totals.families(), REQUESTS.name, *LABELS) == 7
    assert value(totals.families(), POOL.name, ("state", "USED")) == 1
    totals.note(3, asked(1))
    totals.end(2)
    assert value(totals.families(), REQUESTS.name, *LABELS) == 8


def test_one_process_is_told_as_it_tells_itself() -> None:
    meters = Meters()
    meters.add(REQUESTS, *ASKED, by=2)
    meters.time(REQUEST_SECONDS, 3, "query", "OPERATOR")
    sent = read(json.loads(json.dumps(plain(meters.families()))))
    for accept in ("text/plain", "application/openmetrics-text"):
        ours, media = exposition_of(add_up([sent]), accept)
        theirs, expected = meters.exposition(accept)
        assert media == expected
        # What the process itself consumes goes on between the two.
        assert _ours(ours) == _ours(theirs)


def _ours(text: bytes) -> list[str]:
    """Answer the samples of our own meters; the order of labels means nothing."""
    lines = [each for each in text.decode().splitlines() if each.startswith("trama_")]
    return sorted("".join(sorted(each)) for each in lines)
