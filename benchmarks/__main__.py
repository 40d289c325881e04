"""Measure, and write RESULTS.md: python -m benchmarks [--seconds 5]."""

import argparse
import asyncio
import platform
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.harness import Measured, served_bare, served_demo
from benchmarks.questions import QUESTIONS

RESULTS = Path(__file__).parent / "RESULTS.md"


async def measure(seconds: float) -> list[tuple[str, Measured, Measured]]:
    """Answer, per question, Trama and a bare Starlette that answers the same bytes, in turns."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        async with served_demo(Path(folder)) as demo:
            for name, query, variables in QUESTIONS:
                body = await demo.answer(query, variables)
                async with served_bare(body) as bare:
                    for _ in range(2):
                        ours = await demo.load(query, variables, seconds)
                        theirs = await bare.load(query, variables, seconds)
                found.append((name, ours, theirs))
                print(f"{name}: {ours.per_second:,.0f}/s, bare {theirs.per_second:,.0f}/s")
    return found


def report(found: list[tuple[str, Measured, Measured]], seconds: float) -> str:
    """Answer the page."""
    lines = [
        "# Results",
        "",
        f"Written by `make bench` on {datetime.now(UTC):%Y-%m-%d}, Python "
        f"{platform.python_version()}, {platform.machine()}, one gateway process on loopback, "
        f"16 connections, {seconds:g} s a figure, the second of two turns. The peer is a bare "
        "Starlette on the same uvicorn that answers the very same bytes: what remains of the "
        "distance is ours. Absolute figures are this machine's, which has two cores for the "
        "gateway, Postgres and the caller; the ratio is what to compare.",
        "",
        "| question | Trama /s | p50 ms | p99 ms | bare /s | ratio |",
        "|---|---|---|---|---|---|",
    ]
    for name, ours, theirs in found:
        ratio = ours.per_second / theirs.per_second
        lines.append(
            f"| {name} | {ours.per_second:,.0f} | {ours.p50:.1f} | {ours.p99:.1f} "
            f"| {theirs.per_second:,.0f} | {ratio:.3f} |"
        )
    lines += ["", "## The questions", ""]
    for name, query, variables in QUESTIONS:
        lines += [f"{name}, with `{variables}`:", "", "```graphql", query.strip(), "```", ""]
    return "\n".join(lines)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each figure takes")
    told = parser.parse_args()
    RESULTS.write_text(report(asyncio.run(measure(told.seconds)), told.seconds), "utf-8")
    print(f"{RESULTS} written")


if __name__ == "__main__":
    main()
