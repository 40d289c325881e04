"""wrk, which Debian and its kin carry: taken from the path, or unpacked into a folder of ours.

https://github.com/wg/wrk/blob/master/SCRIPTING (2026-11)
"""

import asyncio
import json
import os
import platform
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.clients.load import ClientFailed, Load, Target, keep_bodies

SCRIPT = Path(__file__).with_suffix(".lua")
PACKAGES = ("wrk", "libluajit-5.1-2")
FETCH_SECONDS = 60.0
TIMEOUT_SECONDS = 10


@dataclass(frozen=True)
class Wrk:
    """One thread, as many connections as told."""

    path: Path
    folder: Path
    name: str = "wrk, one thread"
    environ: Mapping[str, str] = field(default_factory=dict)

    async def load(
        self, target: Target, bodies: Sequence[bytes], seconds: float, connections: int
    ) -> Load:
        """Ask the bodies in turns; raises ClientFailed."""
        command = [
            str(self.path), "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s",
            f"--timeout={TIMEOUT_SECONDS}s", f"--script={SCRIPT}",
        ]  # fmt: skip
        for name, value in target.headers.items():
            command += ["-H", f"{name}: {value}"]
        command += [target.url, str(keep_bodies(bodies, self.folder))]
        command += ["traced"] if target.is_traced else []
        running = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, **self.environ},
        )  # fmt: skip
        said, _ = await running.communicate()
        if running.returncode != 0:
            raise ClientFailed(said.decode("utf-8", "replace")[-500:])
        return _load_of(json.loads(said.decode().splitlines()[-1]))


def _load_of(told: Mapping[str, float]) -> Load:
    return Load(
        told["requests"] / (told["microseconds"] / 1e6),
        told["p50"] / 1e3,
        told["p99"] / 1e3,
        int(told["failed"]),
    )


def find_wrk(cache: Path, folder: Path) -> Wrk | str:
    """Answer wrk, or why it is not to be had; nothing of the machine is changed."""
    found = shutil.which("wrk")
    if found is not None:
        return Wrk(Path(found), folder)
    kept = cache / f"wrk-{platform.machine()}"
    why = "" if (kept / "usr/bin/wrk").is_file() else _unpack(kept)
    if why:
        return f"wrk is neither on the path nor to be had as a Debian package ({why})"
    libraries = ":".join(str(each.parent) for each in kept.rglob("libluajit*.so.*"))
    return Wrk(kept / "usr/bin/wrk", folder, environ={"LD_LIBRARY_PATH": libraries})


def _unpack(kept: Path) -> str:
    """Fetch the packages and unpack them; answer what went wrong."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return "no apt-get here"
    draft = kept.with_name(f".{kept.name}-{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    (draft / "lists/partial").mkdir(parents=True)
    lists = ["-o", f"Dir::State::Lists={draft / 'lists'}", "-o", "APT::Sandbox::User="]
    try:
        for command in (["apt-get", *lists, "update"], ["apt-get", *lists, "download", *PACKAGES]):
            _run(command, draft)
        for package in draft.glob("*.deb"):
            _run(["dpkg-deb", "-x", str(package), str(draft / "root")], draft)
        _link_libraries(draft / "root")
        (draft / "root").rename(kept)
    except (OSError, subprocess.SubprocessError) as error:
        return type(error).__name__
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return ""


def _run(command: Sequence[str], folder: Path) -> None:
    subprocess.run(
        command, cwd=folder, check=True, timeout=FETCH_SECONDS,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def _link_libraries(root: Path) -> None:
    """Make the names by which a library is asked for, where its package left that to ldconfig."""
    for path in root.rglob("libluajit*.so.*"):
        short = path.with_name(".".join(path.name.split(".so.")[0:1]) + ".so.2")
        if not short.exists():
            short.symlink_to(path.name)
