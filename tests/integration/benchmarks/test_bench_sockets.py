"""P10's bare sockets and its subscribers, in processes of their own: what is posted is read."""

import sys
import time
from pathlib import Path

import aiohttp

from benchmarks.clients.plain import Plain
from benchmarks.gateway import Partner
from benchmarks.processes import Cores, running
from benchmarks.retail import SCALES
from benchmarks.rows.crowds import Crowd, judge
from benchmarks.rows.listening import listening
from benchmarks.stage import Stage
from tests.conftest import Server

ANYWHERE: frozenset[int] = frozenset()


async def test_bare_sockets_are_told_what_is_posted_each_of_them_once(
    postgres: Server, tmp_path: Path
) -> None:
    cores = Cores(ANYWHERE, ANYWHERE)
    stage = Stage(
        SCALES["small"], 0.2, Plain(tmp_path), cores, postgres, tmp_path, tmp_path, lambda _: None
    )  # fmt: skip
    crowd, command = Crowd(7), [sys.executable, "-m", "benchmarks.peers.bare_sockets"]
    assert crowd.channels == {
        "channel-0": 1, "channel-1": 2, "channel-2": 3, "channel-3": 1,
    }  # fmt: skip
    async with (
        running("bare", command, cores=cores.server, log=stage.log("bare")) as peer,
        listening(stage, peer, crowd, "crowd") as opened,
        aiohttp.ClientSession() as client,
    ):
        for numbers in (range(40), range(40, 45)):
            began = dict.fromkeys(numbers, time.monotonic())
            told = [
                (f"Bearer {Partner(each.audience['channel']).key}", each.version)
                for each, _ in zip(crowd.events(numbers.start), numbers, strict=False)
            ]
            async with client.post(peer.url, json=told) as answer:
                answer.raise_for_status()
            wanted = sum(crowd.wanted(numbers).values())
            notes = await opened.received(wanted)
            found = judge(notes, crowd, began, 1.0)
            assert (len(notes.numbers), found.missing, found.doubled) == (wanted, 0, 0)
