"""One of several processes that hangs is killed and replaced, though it ended by no signal."""

import asyncio
import sys
from pathlib import Path

from structlog.testing import capture_logs

from gateway.bootstrap.crew.member import Orders, Post
from gateway.bootstrap.crew.supervisor import Supervisor
from gateway.model.time import SystemClock

# Speaks as a member does; the first of them hears nothing more once it is ready.
MEMBER = """
import json, signal, socket, sys, threading
from pathlib import Path

signal.signal(signal.SIGTERM, signal.SIG_IGN if not Path(sys.argv[1]).exists() else signal.SIG_DFL)
tie = socket.socket(fileno=int(sys.argv[sys.argv.index("--tie") + 1])).makefile("rwb", 0)
tie.readline()
tie.write(b'["ready",null]\\n')
if not Path(sys.argv[1]).exists():
    Path(sys.argv[1]).touch()
    threading.Event().wait()
beats = 0
for line in tie:
    if json.loads(line)[0] == "beat":
        beats += 1
        tie.write(b'["beat",null]\\n')
        if beats == 3:
            socket.create_connection(("127.0.0.1", int(sys.argv[2]))).close()
"""


async def test_a_member_that_hangs_is_killed_and_replaced(tmp_path: Path) -> None:
    (tmp_path / "member.py").write_text(MEMBER, "utf-8")
    post, stop = Post("reader", reads=True), asyncio.Event()

    def answered(_: asyncio.StreamReader, told: asyncio.StreamWriter) -> None:
        told.close()
        stop.set()

    async with await asyncio.start_server(answered, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        command = [sys.executable, str(tmp_path / "member.py"), str(tmp_path / "hung"), str(port)]
        orders = Orders(command, "", None)
        supervisor = Supervisor([post], orders, SystemClock(), 0, 2, on_ready=lambda: None)
        with capture_logs() as lines:
            async with asyncio.timeout(60):
                assert await supervisor.run(stop) == 0
    told = [(each["event"], each["pid"]) for each in lines]
    first, second = (pid for event, pid in told if event == "worker.ready")
    assert told == [
        ("worker.ready", first), ("worker.silent", first), ("worker.ended", first),
        ("worker.ready", second),
    ]  # fmt: skip
    assert [each["exit_code"] for each in lines if each["event"] == "worker.ended"] == [-9]
