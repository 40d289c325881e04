"""What a run finds: figures beside their targets, absolute figures, and what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass, field

FIGURES, LIMITS = "Figures", "How far from the physical limit"


@dataclass(frozen=True)
class Goal:
    """What a figure is to reach: at least, or at most, a bound."""

    bound: float
    is_least: bool = True
    text: str = ""

    def share(self, figure: float) -> float:
        """Answer how much of the goal is reached: 1 and more is all of it."""
        if self.is_least:
            return figure / self.bound
        return self.bound / figure if figure else float("inf")


@dataclass(frozen=True)
class Finding:
    """One target of a row; `why` names the reason that is told where it is missed."""

    row: str
    what: str
    goal: Goal
    figure: float
    unit: str
    why: str = ""

    @property
    def share(self) -> float:
        """How much of the goal is reached."""
        return self.goal.share(self.figure)

    @property
    def is_met(self) -> bool:
        """Whether the goal is reached."""
        return self.share >= 1


@dataclass(frozen=True)
class Table:
    """Absolute figures of this machine, in a section of the page."""

    title: str
    columns: Sequence[str]
    lines: Sequence[Sequence[str]]
    note: str = ""
    section: str = FIGURES


@dataclass(frozen=True)
class Bar:
    """A contestant's rate at a question, for the plot."""

    question: str
    contestant: str
    per_second: float


@dataclass
class Findings:
    """Everything."""

    found: list[Finding] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def add(self, other: "Findings") -> None:
        """Put another row's findings behind these."""
        self.found += other.found
        self.tables += other.tables
        self.bars += other.bars
        self.missing += other.missing
