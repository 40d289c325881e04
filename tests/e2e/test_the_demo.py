"""The demo as people start and end it: clear faults, nothing left behind, one data set a folder."""

import asyncio
import os
import signal
import socket
from pathlib import Path

import msgspec

from gateway.demo.data import DemoData
from gateway.demo.examples import demo_examples

from .demonstration import DEMO, are_gone, demonstration
from .processes import ROOT, until

COUNT = "{ orders(first: 1) { totalCount } }"


async def _run(*arguments: str) -> tuple[int | None, str]:
    running = await asyncio.create_subprocess_exec(
        *DEMO[:-2], *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        cwd=ROOT,
    )  # fmt: skip
    told, _ = await running.communicate()
    return running.returncode, told.decode()


async def test_a_taken_port_is_told_before_anything_is_started(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, told = await _run("--port", str(port), "--data-dir", str(tmp_path / "demo"))
    assert code == 1
    assert f"port {port} cannot be had" in told
    assert "PORT=" in told
    assert not (tmp_path / "demo").exists()


async def test_a_folder_without_the_orders_is_told_with_what_it_lacks(tmp_path: Path) -> None:
    arguments = ("--port", "0", "--data-dir", str(tmp_path / "demo"), "--data", str(tmp_path))
    code, told = await _run(*arguments)
    assert code == 1
    assert "lacks orders_partial.parquet, order_items.parquet" in told


async def test_two_run_side_by_side_and_however_one_ends_it_leaves_nothing_and_the_other_alone(
    tmp_path: Path,
) -> None:
    (tmp_path / "other").mkdir()
    async with demonstration(tmp_path, ends_with=-signal.SIGKILL) as demo:
        pid, family = demo.process.running.pid, demo.family
        names = {" ".join(each.cmdline()) for each in family}
        for vendor in ("vtex", "shiphero", "square", "bling"):
            assert sum(f"connectors.{vendor}.sandbox" in name for name in names) == 1
        async with demonstration(tmp_path / "other") as other:
            assert other.url != demo.url
            others = other.family
            assert (await other.ask(COUNT))["data"] == (await demo.ask(COUNT))["data"]
            await other.interrupt()
            assert are_gone(others)
            assert "Stopped; nothing is left running." in other.printed
        assert (await demo.ask(COUNT))["data"] == {"orders": {"totalCount": 2998}}
        second = ("--port", "0", "--data-dir", str(tmp_path / "demo"))
        code, told = await _run(*second)
        assert (code, "another demo uses" in told) == (1, True)
        code, told = await _run(*second, "--data", str(tmp_path))
        assert code == 1
        os.kill(pid, signal.SIGKILL)
        await until("every process has ended", lambda: are_gone(family))
    async with demonstration(tmp_path) as again:
        assert "Generating" not in again.printed
        assert (await again.ask(COUNT))["data"] == {"orders": {"totalCount": 2998}}
        data = msgspec.json.decode((tmp_path / "demo" / "data.json").read_bytes(), type=DemoData)
        for example in demo_examples(data.shown):
            ask = again.first_of if example.query.startswith("subscription") else again.ask
            answer = await ask(example.query, example.variables)
            assert ("errors" in answer, None in answer["data"].values()) == (False, False), example
        last = again.family
    assert are_gone(last)
