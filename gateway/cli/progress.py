"""Shows how far long reads have come: a bar for people, lines for a log."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import structlog
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from gateway.sync.reading import Progress as Read

LINE_EVERY_ROWS = 2000

log = structlog.get_logger("trama.sync")


class RateColumn(ProgressColumn):
    """Rows a second."""

    def render(self, task: Task) -> Text:
        """Answer the rate, or nothing before there is one."""
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f} rows/s")


def log_progress(read: Read) -> None:
    """Tell the log how far a walk has come, where no person looks at a bar."""
    log.info(
        "walk.progress", source=read.source_id, stream=read.stream, rows=read.rows,
        expected=read.expected, is_over=read.is_over,
    )  # fmt: skip


class ReadProgress:
    """One bar per stream while it is walked; where nobody looks, a line now and then."""

    def __init__(self, console: Console, seconds: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._tasks: dict[str, TaskID] = {}
        self._told: dict[str, int] = {}
        self._bars = Progress(
            TextColumn("{task.description:<24}"), BarColumn(bar_width=30), MofNCompleteColumn(),
            RateColumn(), TimeRemainingColumn(), console=console, transient=False,
            disable=not console.is_terminal, get_time=seconds,
        )  # fmt: skip

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def show(self, read: Read) -> None:
        """Show how far a walk has come."""
        name = f"{read.source_id} {read.stream}"
        if not self._console.is_terminal:
            self._say(name, read)
            return
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=read.expected)
        total = read.rows if read.is_over else read.expected
        self._bars.update(self._tasks[name], completed=read.rows, total=total)

    def _say(self, name: str, read: Read) -> None:
        if not read.is_over and read.rows - self._told.get(name, 0) < LINE_EVERY_ROWS:
            return
        self._told[name] = read.rows
        whole = "" if read.expected is None else f" of {read.expected:,}"
        end = ", all read" if read.is_over else ""
        self._console.print(f"  {name}: {read.rows:,}{whole} rows{end}", highlight=False)
