"""A run as it is kept beside its page: the page can be told anew without measuring again."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from benchmarks.findings import Findings
from benchmarks.machine import Machine

FILE = "results.json"


@dataclass(frozen=True)
class Run:
    """What was found, where, by which client, when, and by what command."""

    findings: Findings
    machine: Machine
    scale: str
    client: str
    at: datetime
    command: str


def keep(run: Run, folder: Path) -> None:
    """Write a run."""
    told = msgspec.json.format(msgspec.json.encode(run), indent=1)
    (folder / FILE).write_bytes(told + b"\n")


def recall(folder: Path) -> Run:
    """Answer the last run that was kept; raises OSError or msgspec.MsgspecError."""
    return msgspec.json.decode((folder / FILE).read_bytes(), type=Run)
