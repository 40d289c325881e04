"""The plot of RESULTS.md as SVG, readable on light and on dark pages: pure."""

from collections.abc import Sequence
from html import escape
from itertools import groupby
from math import log10

from benchmarks.findings import Bar, Finding
from benchmarks.report import show

WIDTH, LEFT, RIGHT, LINE, BAR = 1040, 440, 210, 26, 14
_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600; font-size: 15px }
  .quiet { fill: #57606a; font-size: 12px }
  .met { fill: #1a7f37 } .missed { fill: #bc4c00 } .ours { fill: #0969da } .peer { fill: #8c959f }
  .axis { stroke: #57606a; stroke-dasharray: 4 3 } .page { fill: #ffffff }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .quiet { fill: #9198a1 } .page { fill: #0d1117 }
    .met { fill: #3fb950 } .missed { fill: #f0883e } .ours { fill: #58a6ff } .peer { fill: #6e7681 }
    .axis { stroke: #9198a1 }
  }
"""


def plot(found: Sequence[Finding], bars: Sequence[Bar], ours: str) -> str:
    """Answer the picture: each target with how much of it is reached, and answers a second."""
    height, parts = 40, []
    for section in (_targets(found), *_rates(bars, ours)):
        parts += [_moved(each, height + LINE * place) for place, each in enumerate(section)]
        height += LINE * len(section) + 14
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img" aria-label="Results">\n'
        f"<style>{_STYLE}</style>\n"
        f'<rect class="page" width="{WIDTH}" height="{height}" rx="8"/>\n{body}\n</svg>\n'
    )


def _targets(found: Sequence[Finding]) -> list[str]:
    """Answer the lines of the targets, on a logarithmic scale that ends at its bound times ten."""
    if not found:
        return []
    room = WIDTH - LEFT - RIGHT
    least = min(0.01, *(each.share for each in found if each.share > 0))
    decades = 1 - log10(least)

    def reach(share: float) -> float:
        return max(2.0, room * (1 - (1 - log10(max(least, min(10.0, share)))) / decades))

    lines = [
        '<text class="title" x="20" y="0">How much of each target is reached (logarithmic)</text>'
        f'<text class="quiet" x="{LEFT + reach(1):.0f}" y="0" text-anchor="middle">target</text>'
        f'<line class="axis" x1="{LEFT + reach(1):.0f}" x2="{LEFT + reach(1):.0f}" y1="6" '
        f'y2="{LINE * len(found) + 8}"/>'
    ]
    for each in found:
        kind = "met" if each.is_met else "missed"
        told = f"{show(each.figure, each.unit)} ({each.goal.text})"
        lines.append(_line(f"{each.row} {each.what}", reach(each.share), kind, told, room))
    return lines


def _rates(bars: Sequence[Bar], ours: str) -> list[list[str]]:
    """Answer, per question, the lines of its contestants' rates, to one scale."""
    sections = []
    for question, group in groupby(bars, lambda bar: bar.question):
        some = list(group)
        most = max(bar.per_second for bar in some) or 1.0
        lines = [f'<text class="title" x="20" y="0">Answers a second, {escape(question)}</text>']
        for bar in some:
            length = max(2.0, (WIDTH - LEFT - RIGHT) * bar.per_second / most)
            kind = "ours" if bar.contestant.startswith(ours) else "peer"
            lines.append(_line(bar.contestant, length, kind, f"{bar.per_second:,.0f}"))
        sections.append(lines)
    return sections


def _line(label: str, length: float, kind: str, told: str, told_at: float | None = None) -> str:
    """Answer a label, its bar, and what is told behind the bar or at a column of its own."""
    behind = LEFT + 8 + (length if told_at is None else told_at)
    short = label if len(label) <= 62 else label[:61] + "…"
    return (
        f'<text x="{LEFT - 10}" y="0" text-anchor="end">{escape(short)}</text>'
        f'<rect class="{kind}" x="{LEFT}" y="-{BAR - 3}" width="{length:.1f}" height="{BAR}" '
        f'rx="2"/><text class="quiet" x="{behind:.1f}" y="0">{escape(told)}</text>'
    )


def _moved(line: str, down: int) -> str:
    """Answer a line at its place."""
    return f'<g transform="translate(0 {down})">{line}</g>'
