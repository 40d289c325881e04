"""Whoever waits for a long read sees rows, rate and what remains; a log gets lines."""

import io

from rich.console import Console

from gateway.cli.progress import ReadProgress
from gateway.sync.reading import Progress


class Ticks:
    """Time as the test tells it, in seconds."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def last_bar(shown: io.StringIO) -> str:
    """Answer the bar as it was drawn last."""
    return [line for line in shown.getvalue().splitlines() if "vtex orders" in line][-1]


def read(rows: int, *, is_over: bool = False, expected: int | None = 9000) -> Progress:
    return Progress("vtex", "orders", rows, expected, is_over)


def test_a_bar_shows_rows_rate_and_what_remains() -> None:
    shown, ticks = io.StringIO(), Ticks()
    console = Console(file=shown, force_terminal=True, width=120, color_system=None)
    with ReadProgress(console, ticks) as progress:
        for second in range(4):
            ticks.seconds = second
            progress.show(read(1000 * second))
    last = last_bar(shown)
    assert "3000/9000" in last
    assert "1,000 rows/s" in last
    assert last.rstrip().endswith("0:00:06")


def test_a_walk_that_is_over_is_whole_whatever_was_expected() -> None:
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=True, width=120, color_system=None)
    with ReadProgress(console) as progress:
        progress.show(read(1000, expected=None))
        progress.show(read(1200, is_over=True, expected=None))
    assert "1200/1200" in last_bar(shown)


def test_where_nobody_looks_a_line_is_said_every_two_thousand_rows_and_at_the_end() -> None:
    said = io.StringIO()
    with ReadProgress(Console(file=said, width=120)) as progress:
        for rows in (500, 2000, 2500, 4100):
            progress.show(read(rows))
        progress.show(read(9000, is_over=True))
    assert said.getvalue().splitlines() == [
        "  vtex orders: 2,000 of 9,000 rows", "  vtex orders: 4,100 of 9,000 rows",
        "  vtex orders: 9,000 of 9,000 rows, all read",
    ]  # fmt: skip
