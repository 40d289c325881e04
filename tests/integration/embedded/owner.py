"""A program that owns a server until its input ends: `python -m tests.integration.embedded.owner`.

Arguments: the data folder, then the refuges. One line of JSON says how the start went.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from gateway.projection.embedded import EmbeddedPostgres, EmbeddedPostgresError
from gateway.projection.embedded.supervisor import Places


async def own(data_dir: Path, refuges: list[Path]) -> None:
    server = EmbeddedPostgres(data_dir, places=Places(data_dir, refuges=refuges))
    try:
        await server.start()
    except EmbeddedPostgresError as error:
        print(json.dumps({"error": type(error).__name__, "message": str(error)}), flush=True)
        return
    running = server.running
    said = {
        "dsn": server.dsn,
        "uid": os.geteuid(),
        "postmaster": server.pid,
        "watchdog": running.watchdog_pid,
        "socket_folder": str(running.socket_folder),
        "data": str(running.home.data),
    }
    print(json.dumps(said), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await server.stop()


if __name__ == "__main__":
    asyncio.run(own(Path(sys.argv[1]), [Path(argument) for argument in sys.argv[2:]]))
