"""The command that shows Trama on a machine that has nothing."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gateway.cli.progress import ReadProgress
from gateway.demo.run import DemoOptions, DemoReady, Watchers, run_demo
from gateway.web import server

DEFAULT_SPEED = 50.0


def demo(
    port: Annotated[int, typer.Option(help="Port of the page; 0 takes a free one.")] = 8000,
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder of the demo; default .demo/<data>.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="Folder of the real Olist orders; default a generated sample."),
    ] = None,
    speed: Annotated[
        float, typer.Option(min=1, help="How much faster than life the sandboxes run.")
    ] = DEFAULT_SPEED,
) -> None:
    """Start Trama with sandboxes of a marketplace, warehouse, tills and ERP, and data in them."""
    folder = data_dir or Path(".demo") / ("sample" if data is None else "olist")
    console = Console(soft_wrap=True)
    with ReadProgress(console) as progress:
        watchers = Watchers(
            say=lambda text: console.print(text, markup=False, highlight=False),
            on_progress=progress.show,
            on_ready=lambda ready: _tell(console, ready, folder),
        )
        options = DemoOptions(port, folder, data, speed)
        with asyncio.Runner(loop_factory=server.new_event_loop) as runner:
            runner.run(run_demo(options, watchers))
    console.print("Stopped; nothing is left running.", highlight=False)


def _tell(console: Console, ready: DemoReady, folder: Path) -> None:
    data = ready.data
    lines = [
        "",
        f"Trama is ready: {data.orders:,} orders, {data.locations:,} locations, "
        f"{data.skus:,} SKUs; {ready.quarantined} records in quarantine.",
        *(f"  {note}" for note in data.notes),
        "",
        f"  page     {ready.url.removesuffix('/graphql')}/"
        + ("" if ready.graphiql is None else f"  (without GraphiQL: {ready.graphiql})"),
        f"  GraphQL  {ready.url}",
        *(f"  {kind:<10} {key}" for kind, key in ready.keys.items()),
        "",
        f"The same is in {folder / 'demo.json'}. Send a key as: Authorization: Bearer <key>",
        "Ctrl-C ends everything.",
    ]
    console.print("\n".join(lines), markup=False, highlight=False)
