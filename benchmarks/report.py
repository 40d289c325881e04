"""RESULTS.md: pure."""

from collections.abc import Mapping, Sequence

from benchmarks.findings import FIGURES, LIMITS, Finding, Table
from benchmarks.machine import Machine
from benchmarks.questions import EVERY, OF_PEERS
from benchmarks.retail import LOCATIONS, SCALES
from benchmarks.run import Run

PLOT = "results.svg"


def page(run: Run, reasons: Mapping[str, str]) -> str:
    """Answer the page; `reasons` tell where a distance comes from, by what a finding names."""
    scale, found = SCALES[run.scale], run.findings
    parts = [
        "# Results",
        f"Written by `{run.command}` on {run.at:%Y-%m-%d} on {run.machine.text}; the load average "
        f"was {run.machine.load:.1f} when it began.",
        f"Rows are ratios in one run on one machine: the peers answer the same query over the same "
        f"Postgres ({scale.skus:,} SKUs at {LOCATIONS} locations), asked by the same client "
        f"({run.client}). One server process at a time is measured, on a core of its own; the "
        "client, Postgres and the sources share the others. Trama runs as `trama serve` does: "
        "keys, limits, metrics, one log line a request, and tracing at its default sampling. "
        "Before and after a question is measured every peer is seen to answer it as Trama does.",
        f"![How near each target is, and answers a second]({PLOT})",
        *_busy(run.machine),
        *_missing(found.missing),
        "## Targets",
        _targets(found.found, reasons),
        *_section(LIMITS, found.tables),
        *_section(FIGURES, found.tables),
        "## The queries",
        *(f"{title[0].upper()}{title[1:]}:\n\n```graphql\n{query.strip()}\n```"
          for title, query in {**EVERY, **OF_PEERS}.items()),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _busy(machine: Machine) -> list[str]:
    if machine.load <= machine.cores / 2:
        return []
    return ["**The machine had other work to do in this run: its figures are no measure.**"]


def _missing(missing: Sequence[str]) -> list[str]:
    if not missing:
        return []
    return ["**Missing in this run:**", "\n".join(f"- {each}" for each in missing)]


def _section(title: str, tables: Sequence[Table]) -> list[str]:
    chosen = [each for each in tables if each.section == title]
    return [f"## {title}", *(shown_table(each) for each in chosen)] if chosen else []


def _targets(found: Sequence[Finding], reasons: Mapping[str, str]) -> str:
    lines = [
        "| row | what | target | figure | of the target | where the distance comes from |",
        "|---|---|---|---:|---:|---|",
    ]
    for each in found:
        reason = "" if each.is_met else reasons.get(each.why, "")
        lines.append(
            f"| {each.row} | {each.what} | {each.goal.text} | {show(each.figure, each.unit)} "
            f"| {'met' if each.is_met else f'{each.share:.0%}'} | {reason} |"
        )
    return "\n".join(lines)


def shown_table(table: Table) -> str:
    """Answer a table with its title and its note."""
    head = f"### {table.title}\n\n"
    lines = [
        "| " + " | ".join(table.columns) + " |",
        "|---|" + "---:|" * (len(table.columns) - 1),
        *("| " + " | ".join(line) + " |" for line in table.lines),
    ]
    return head + "\n".join(lines) + (f"\n\n{table.note}" if table.note else "")


def show(figure: float, unit: str) -> str:
    """Answer a figure with as many digits as say something."""
    if abs(figure) >= 100:
        text = f"{figure:,.0f}"
    elif abs(figure) >= 1:
        text = f"{figure:.2f}"
    else:
        text = f"{figure:.3f}"
    return text if unit in ("", "/s") else f"{text} {unit}"
