"""The engine's benchmark compares answers that are the same."""

import pytest

from benchmarks.engine import Finding, measure, shown


@pytest.mark.parametrize("shelves", [1, 3])
async def test_both_answer_the_same_and_are_timed(shelves: int) -> None:
    finding = await measure(shelves, seconds=0.01)
    assert finding.shelves == shelves
    assert min(finding.engine, finding.core, finding.encoding) > 0


def test_a_finding_is_a_line() -> None:
    assert shown(Finding(20, 0.0001, 0.002, 0.00001)) == (
        " 20 x 10: engine    100.0 us, graphql-core    2000.0 us, orjson alone   10.0 us; "
        "20.0 x graphql-core"
    )
