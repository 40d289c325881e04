"""The client that asks where wrk is not to be had."""

from collections import Counter
from pathlib import Path

from aiohttp import web

from benchmarks.clients.load import Target
from benchmarks.clients.plain import Plain

BODIES = [b'{"query":"{ a }"}', b'{"query":"{ b }"}']


async def _load(
    folder: Path, status: int, traces: list[str] | None = None
) -> tuple[int, Counter[bytes], set[str]]:
    """Answer how many failed, what was asked and by whom, at a server that answers so.

    Where traces are wished for, each request is one of its own.
    """
    asked: Counter[bytes] = Counter()
    told: set[str] = set()

    async def answer(request: web.Request) -> web.Response:
        asked[await request.read()] += 1
        told.add(request.headers["Authorization"])
        if traces is not None:
            traces.append(request.headers["traceparent"])
        return web.Response(status=status, body=b"x" * 100_000)

    app = web.Application()
    app.router.add_post("/graphql", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        url, is_traced = f"http://{host}:{port}/graphql", traces is not None
        target = Target(url, {"Authorization": "Bearer key"}, is_traced=is_traced)
        load = await Plain(folder).load(target, BODIES, 0.5, 3)
    finally:
        await runner.cleanup()
    return load.failed, asked, told


async def test_it_asks_the_bodies_in_turns_with_its_headers(tmp_path: Path) -> None:
    failed, asked, told = await _load(tmp_path, 200)
    assert (failed, set(asked), told) == (0, set(BODIES), {"Bearer key"})
    assert abs(asked[BODIES[0]] - asked[BODIES[1]]) <= 1


async def test_each_request_is_a_trace_of_its_own(tmp_path: Path) -> None:
    traces: list[str] = []
    failed, asked, _ = await _load(tmp_path, 200, traces)
    assert (failed, set(asked), len(set(traces))) == (0, set(BODIES), asked.total())
    assert sorted(traces)[0] == f"00-{1:032x}-{1:016x}-00"


async def test_an_answer_that_is_not_ok_has_failed(tmp_path: Path) -> None:
    failed, asked, _ = await _load(tmp_path, 503)
    assert 0 < asked.total() - 3 <= failed <= asked.total()
