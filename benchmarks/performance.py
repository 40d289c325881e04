"""The measured part of docs/performance.md: pure."""

from benchmarks.findings import LIMITS
from benchmarks.report import shown_table
from benchmarks.run import Run

BEGIN, END = "<!-- profile:begin -->", "<!-- profile:end -->"


def with_profile(text: str, run: Run) -> str:
    """Answer the page with a run's profile in its place; as it was, where a run has none."""
    tables = [each for each in run.findings.tables if each.section == LIMITS]
    if not tables:
        return text
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    told = f"Measured by `{run.command}` on {run.at:%Y-%m-%d} on {run.machine.text}."
    parts = [BEGIN, told, *(shown_table(each) for each in tables), END]
    return head + "\n\n".join(parts) + tail
