"""The demo as people start and end it: clear faults, nothing left behind, one data set a folder."""

import asyncio
import os
import signal
import socket
from pathlib import Path

import psutil

from .demonstration import DEMO, demonstration
from .processes import ROOT, until


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


async def test_killed_it_leaves_no_process_and_a_second_one_keeps_the_data(tmp_path: Path) -> None:
    async with demonstration(tmp_path, ends_with=-signal.SIGKILL) as demo:
        pid = demo.process.running.pid
        family = psutil.Process(pid).children(recursive=True)
        names = {" ".join(each.cmdline()) for each in family}
        assert sum("connectors.vtex.sandbox" in name for name in names) == 1
        assert sum("connectors.shiphero.sandbox" in name for name in names) == 1
        other = ("--port", "0", "--data-dir", str(tmp_path / "demo"))
        code, told = await _run(*other)
        assert (code, "another demo uses" in told) == (1, True)
        code, told = await _run(*other, "--data", str(tmp_path))
        assert code == 1
        os.kill(pid, signal.SIGKILL)

        async def is_gone() -> bool:
            return not any(each.is_running() and _is_alive(each) for each in family)

        await until("every process has ended", is_gone)
    async with demonstration(tmp_path) as again:
        assert "Generating" not in again.printed
        found = await again.ask("{ orders(first: 1) { totalCount } }")
        assert found["data"] == {"orders": {"totalCount": 2998}}


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
