"""A request is sent as often as its caller allows, on a kept connection too."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from gateway.connect.deadline import Deadline
from gateway.connect.errors import Unreachable
from gateway.connect.http import HttpSession
from gateway.connect.manifest import Limits
from gateway.model.time import SystemClock

CLOCK = SystemClock()


class Vendor:
    """Answers /well, and breaks the connection off elsewhere; keeps the paths that were asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        if request.path != "/well" and request.transport is not None:
            request.transport.abort()
        return web.json_response({})


@pytest.fixture
async def vendor() -> AsyncIterator[tuple[Vendor, HttpSession]]:
    vendor, app = Vendor(), web.Application()
    app.router.add_route("*", "/{path:.*}", vendor.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    session = HttpSession(f"http://{host}:{port}", {}, Limits(1000.0, 100, 4), CLOCK)
    await send(session, "GET", "/well")
    vendor.asked.clear()
    yield vendor, session
    await session.close()
    await runner.cleanup()


async def send(session: HttpSession, method: str, path: str, retry: bool | None = None) -> None:
    await session.request(
        method, path, operation="Any", deadline=Deadline.after(30, CLOCK), retry=retry
    )


@pytest.mark.parametrize(
    ("method", "retry", "times"),
    [
        ("GET", None, 2),
        ("GET", False, 1),
        ("POST", None, 1),
        ("POST", True, 2),
        ("PUT", None, 1),
        ("DELETE", None, 1),
    ],
)
async def test_a_request_whose_answer_is_lost_is_sent_so_often(
    vendor: tuple[Vendor, HttpSession], method: str, retry: bool | None, times: int
) -> None:
    server, session = vendor
    with pytest.raises(Unreachable):
        await send(session, method, "/ill", retry)
    assert server.asked == ["/ill"] * times


async def test_a_closed_session_stays_closed(vendor: tuple[Vendor, HttpSession]) -> None:
    server, session = vendor
    await session.close()
    with pytest.raises(Unreachable, match="closed"):
        await send(session, "GET", "/well")
    assert server.asked == []
