"""Which sources' deltas date the rows that they do not name."""

import pytest

from gateway.connect.definition import load_connector
from gateway.sync.reading import dating_fields


@pytest.mark.parametrize(
    ("connector", "stream"),
    [
        ("vtex", "orders"), ("shiphero", "stock"), ("shiphero", "fulfillments"),
        ("square", "stock"), ("square", "orders"), ("square", "customers"), ("bling", "customers"),
    ],
)  # fmt: skip
def test_a_delta_that_shows_all_that_its_source_tells_dates_rows(
    connector: str, stream: str
) -> None:
    manifest = load_connector(connector).manifest
    assert dating_fields(manifest, stream) <= set(manifest.streams[stream].fields_covered)


def test_a_till_is_not_asked_to_show_what_it_does_not_tell() -> None:
    assert dating_fields(load_connector("square").manifest, "stock") == {"on_hand"}
    assert dating_fields(load_connector("shiphero").manifest, "stock") == {"on_hand", "committed"}
