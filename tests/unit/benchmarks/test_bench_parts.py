"""The parts of the harness: what answers alike, which cores whom, which turn counts."""

from benchmarks.answers import difference
from benchmarks.clients.load import Load, middle
from benchmarks.processes import Cores
from benchmarks.retail import SCALES
from benchmarks.rows.reading import ONE, TWENTY, questions_of
from benchmarks.times import Times


def test_times_are_the_same_however_they_are_written() -> None:
    ours = {"rows": [{"asOf": "2026-11-25T13:39:44.573000Z", "units": 7}]}
    theirs = {"rows": [{"units": 7, "asOf": "2026-11-25T13:39:44.573+00:00"}]}
    assert difference(ours, theirs) is None


def test_what_differs_is_named_by_its_place() -> None:
    ours = {"rows": [{"units": 7}, {"units": 8}]}
    assert difference(ours, {"rows": [{"units": 7}, {"units": 9}]}) == "data.rows[1].units: 8 and 9"
    assert difference(ours, {"rows": [{"units": 7}]}) == "data.rows: 2 and 1 entries"
    assert difference(ours, {}) == "data: the fields differ"
    assert difference({"a": None}, {"a": 0}) == "data.a: None and 0"


def test_the_measured_server_has_a_core_of_its_own_where_there_are_two() -> None:
    assert Cores.of([0, 1]) == Cores(frozenset({0}), frozenset({1}))
    assert Cores.of([2, 3, 5]) == Cores(frozenset({2}), frozenset({3, 5}))
    assert Cores.of([4]) == Cores(frozenset({4}), frozenset({4}))


def test_the_turn_of_the_median_rate_counts_with_every_turns_failures() -> None:
    turns = [Load(90, 1, 2, 1), Load(100, 3, 4, 0), Load(300, 5, 6, 2)]
    assert middle(turns) == Load(100, 3, 4, 3)


def test_a_share_of_the_answers_came_within_a_time() -> None:
    times = Times([float(each) for each in range(100, 0, -1)])
    assert (times.at(0.5), times.at(0.99), times.at(1)) == (50.0, 99.0, 100.0)


def test_rows_ask_their_own_questions_over_the_hot_set() -> None:
    scale = SCALES["small"]
    assert [each.title for each in questions_of(scale, ["P1"])] == [ONE]
    assert [each.title for each in questions_of(scale, ["P2"])] == [TWENTY]
    one, twenty, *_ = questions_of(scale, ["P3"])
    assert (len(one.variables), len(twenty.variables)) == (scale.hot_skus, scale.hot_skus // 20)
    assert {len(each["skus"]) for each in twenty.variables} == {20}


def test_without_a_cache_every_sku_is_asked_for_too_and_each_turn_another_part() -> None:
    scale = SCALES["small"]
    *_, one, twenty = questions_of(scale, ["P3"])
    assert (len(one.variables), len(twenty.variables)) == (scale.skus, scale.skus // 20)
    assert len({each["skus"][0] for each in one.variables}) == scale.skus
    parts = [one.turned(number / 4).variables[: scale.skus // 4] for number in range(4)]
    assert tuple(each for part in parts for each in part) == one.variables
