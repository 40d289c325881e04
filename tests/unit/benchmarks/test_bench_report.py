"""What a run finds is written whole: figures, distances with their reasons, and what is missing."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.__main__ import ROWS, read_wish
from benchmarks.findings import LIMITS, Bar, Finding, Findings, Goal, Table
from benchmarks.machine import Machine
from benchmarks.performance import BEGIN, END, with_profile
from benchmarks.plot import plot
from benchmarks.questions import EVERY, OF_PEERS
from benchmarks.report import page, show
from benchmarks.run import Run, keep, recall

MACHINE = Machine(2, 25.3, "x86_64", "3.11.7", "18.4", "128MB", 0.25)
MET = Finding("P6", "p99 / the deadline", Goal(1.05, False, "<= 1.05"), 1.01, "x", "deadline")
MISSED = Finding("P1", "Trama / <bare>", Goal(0.45, text=">= 0.45"), 0.09, "x", "bare")
REASONS = {"bare": "no cache yet", "deadline": "never shown"}
FINDINGS = Findings(
    [MET, MISSED],
    [Table("Availability", ("who", "answers/s"), [["Trama", "90"], ["bare", "1,000"]], "A note.")],
    [Bar("1 SKU", "Trama", 90.0), Bar("1 SKU", "bare", 1000.0)],
    ["wrk is not here"],
)
NOW = datetime(2026, 11, 25, tzinfo=UTC)
RUN = Run(FINDINGS, MACHINE, "full", "wrk", NOW, "make bench")


def _page() -> str:
    return page(RUN, REASONS)


def test_the_page_names_the_machine_the_day_and_what_is_missing() -> None:
    text = _page()
    assert "`make bench` on 2026-11-25 on 2 cores (x86_64), 25 GB of memory, Python 3.11.7" in text
    assert "Postgres 18.4 with 128MB of shared buffers; the load average was 0.2" in text
    assert "**Missing in this run:**\n\n- wrk is not here\n" in text


def test_a_page_of_a_busy_machine_says_that_its_figures_are_no_measure() -> None:
    busy = page(replace(RUN, machine=replace(MACHINE, load=1.5)), REASONS)
    assert "**The machine had other work to do in this run: its figures are no measure.**" in busy
    assert "other work" not in _page()


def test_a_missed_target_has_its_distance_and_the_reason_and_a_met_one_has_neither() -> None:
    text = _page()
    assert "| P1 | Trama / <bare> | >= 0.45 | 0.090 x | 20% | no cache yet |" in text
    assert "| P6 | p99 / the deadline | <= 1.05 | 1.01 x | met |  |" in text


def test_a_run_is_told_anew_from_what_was_kept(tmp_path: Path) -> None:
    keep(RUN, tmp_path)
    assert page(recall(tmp_path), REASONS) == _page()
    told = page(recall(tmp_path), {"bare": "another reason"})
    assert "| 20% | another reason |" in told


def test_what_is_far_from_the_limit_has_a_section_of_its_own_before_the_figures() -> None:
    assert "## How far" not in _page()
    table = Table("P1's question", ("what", "CPU us"), [["JSON", "2.1"]], section=LIMITS)
    findings = replace(FINDINGS, tables=[*FINDINGS.tables, table])
    told = page(replace(RUN, findings=findings), REASONS)
    assert told.index("### P1's question") < told.index("## Figures") < told.index("Availability")


def test_the_documentations_profile_is_the_last_runs_and_stays_where_a_run_has_none() -> None:
    text = f"Before\n{BEGIN}\nold\n{END}\nAfter\n"
    assert with_profile(text, RUN) == text
    table = Table("P1's question", ("what", "CPU us"), [["JSON", "2.1"]], section=LIMITS)
    told = with_profile(text, replace(RUN, findings=Findings(tables=[table])))
    assert told == with_profile(told, replace(RUN, findings=Findings(tables=[table])))
    assert told.startswith(f"Before\n{BEGIN}\n\nMeasured by `make bench` on 2026-11-25 on 2 cores")
    assert told.endswith(f"\n\n{END}\nAfter\n")
    assert "| JSON | 2.1 |" in told
    assert "old" not in told


def test_tables_and_every_query_are_on_the_page() -> None:
    text = _page()
    assert "| who | answers/s |\n|---|---:|\n| Trama | 90 |\n| bare | 1,000 |\n\nA note." in text
    queries = [*EVERY.values(), *OF_PEERS.values()]
    assert re.findall(r"```graphql\n(.*?)\n```", text, re.S) == [q.strip() for q in queries]


@pytest.mark.parametrize(
    ("goal", "figure", "share"),
    [(Goal(0.5), 0.25, 0.5), (Goal(0.5), 1.0, 2.0), (Goal(2.0, False), 4.0, 0.5)],
)
def test_a_share_says_how_much_of_a_goal_is_reached(
    goal: Goal, figure: float, share: float
) -> None:
    assert goal.share(figure) == share


@pytest.mark.parametrize(
    ("figure", "unit", "text"),
    [
        (12345.6, "/s", "12,346"),
        (1.234, "x", "1.23 x"),
        (0.0567, "x", "0.057 x"),
        (5.0, "", "5.00"),
    ],
)
def test_a_figure_has_as_many_digits_as_say_something(figure: float, unit: str, text: str) -> None:
    assert show(figure, unit) == text


def test_the_plot_is_a_picture_for_light_and_dark_with_a_line_for_everything() -> None:
    picture = plot(FINDINGS.found, FINDINGS.bars, "Trama")
    root = ElementTree.fromstring(picture)
    kinds = [each.get("class") for each in root.iter("{http://www.w3.org/2000/svg}rect")]
    assert kinds == ["page", "met", "missed", "ours", "peer"]
    assert "prefers-color-scheme: dark" in picture
    assert "P1 Trama / &lt;bare&gt;" in picture


def test_a_plot_of_nothing_is_a_picture_too() -> None:
    assert ElementTree.fromstring(plot([], [], "Trama")).tag == "{http://www.w3.org/2000/svg}svg"


def test_the_command_that_is_named_measures_the_same_again() -> None:
    assert read_wish([]).command == "make bench"
    wish = read_wish(["--rows", "p2,P1", "--seconds", "1", "--scale", "small"])
    assert wish.rows == ("P1", "P2")
    assert wish.command == "python -m benchmarks --rows P1,P2 --seconds 1 --scale small"


def test_a_row_that_is_none_is_refused_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_wish(["--rows", "P1,P99"])
    assert f"no row P99; there are {', '.join(ROWS)}" in capsys.readouterr().err
