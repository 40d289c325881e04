"""A session calls with a token, and once more with another when the vendor refuses the first."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from gateway.connect.deadline import Deadline
from gateway.connect.definition import ConnectContext
from gateway.connect.errors import AuthenticationFailed, Throttled
from gateway.connect.http import HttpSession, Response
from gateway.connect.manifest import Limits
from gateway.model.time import SystemClock

CLOCK = SystemClock()


@dataclass
class Desk:
    """Gives out tokens in their order."""

    left: list[str]
    refused: list[str | None] = field(default_factory=list)

    async def token(self, deadline: Deadline, refused: str | None = None) -> str:
        self.refused.append(refused)
        return self.left.pop(0)


@dataclass
class Vendor:
    """Takes one token alone; keeps what was sent with the others."""

    good: str = "token-that-is-good"
    bodies: list[bytes] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.read())
        self.kinds.append(request.content_type)
        told = request.headers.get("Authorization", "")
        if request.path == "/busy":
            return web.Response(status=429, text=told)
        return web.Response(status=200 if told == f"Bearer {self.good}" else 401, text=told)


@pytest.fixture
async def vendor() -> AsyncIterator[tuple[Vendor, str]]:
    vendor, app = Vendor(), web.Application()
    app.router.add_route("*", "/{path:.*}", vendor.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield vendor, f"http://{host}:{port}"
    await runner.cleanup()


def context() -> ConnectContext:
    return ConnectContext("shop", CLOCK, Limits(1000.0, 100, 4))


async def send(session: HttpSession, path: str = "/well") -> Response:
    return await session.request(
        "POST", path, operation="Any", deadline=Deadline.after(30, CLOCK), form={"a": "b c"}
    )


async def test_a_refused_token_is_replaced_once_and_nobody_is_told_of_a_loss(
    vendor: tuple[Vendor, str],
) -> None:
    desk = Desk(["token-that-was", vendor[0].good])
    session = context().session(vendor[1], {}, authorization=desk)
    with capture_logs() as lines:
        answer = await send(session)
    await session.close()
    assert desk.refused == [None, "token-that-was"]
    assert vendor[0].bodies == [b"a=b+c"] * 2
    assert vendor[0].kinds == ["application/x-www-form-urlencoded"] * 2
    assert answer.body == b"Bearer ***"
    assert lines == []


async def test_two_refused_tokens_are_a_matter_for_a_person(vendor: tuple[Vendor, str]) -> None:
    desk = Desk(["token-one", "token-two", "token-three"])
    session = context().session(vendor[1], {}, authorization=desk)
    with capture_logs() as lines, pytest.raises(AuthenticationFailed):
        await send(session)
    await session.close()
    assert desk.left == ["token-three"]
    assert [line["event"] for line in lines] == ["source.lost"]


async def test_a_429_is_as_long_as_its_answer_says_and_holds_every_session_of_the_source(
    vendor: tuple[Vendor, str],
) -> None:
    shared = context()
    one = shared.session(vendor[1], {}, lambda response: 700.0 + response.status)
    other = shared.session(vendor[1], {})
    with pytest.raises(Throttled) as caught:
        await send(one, "/busy")
    assert caught.value.retry_after == 1129.0
    with pytest.raises(Throttled) as caught:
        await send(other)
    assert 1100 < caught.value.retry_after <= 1129
    assert len(vendor[0].bodies) == 1
    await one.close()
    await other.close()
