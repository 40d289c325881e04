"""A vendor that repeats our credentials is not repeated."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from gateway.connect.deadline import Deadline
from gateway.connect.definition import ConnectContext
from gateway.connect.http import HttpSession
from gateway.connect.manifest import Limits
from gateway.connect.settings import ConnectorSettings, Secret, secrets_of
from gateway.model.time import SystemClock

TOKEN = "canary-token-1"
HOOK = "canary-hook-1"
SAID = f'{{"message": "token {TOKEN}, hook {HOOK}, account short"}}'


class AccountSettings(ConnectorSettings, frozen=True, kw_only=True):
    account: str
    token: Secret
    pin: Secret
    hooks: tuple[Secret, ...] = ()


SETTINGS = AccountSettings(
    account="account-of-the-shop",
    token=Secret(TOKEN),
    pin=Secret("short"),
    hooks=(Secret(f"{HOOK} canary-hook-22"),),
)
CONTEXT = ConnectContext("shop", SystemClock(), Limits(100, 100, 4), secrets=secrets_of(SETTINGS))


@pytest.fixture
async def session() -> AsyncIterator[HttpSession]:
    """A session with a vendor that repeats the token."""

    async def echo(request: web.Request) -> web.Response:
        return web.Response(text=SAID, content_type="application/json")

    app = web.Application()
    app.router.add_get("/echo", echo)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made = CONTEXT.session(f"http://127.0.0.1:{runner.addresses[0][1]}", {"X-Token": TOKEN})
    yield made
    await made.close()
    await runner.cleanup()


def test_the_secrets_of_settings_are_its_secrets_and_the_parts_of_lists() -> None:
    assert secrets_of(SETTINGS) == (
        "canary-hook-1 canary-hook-22", "canary-hook-22", TOKEN, HOOK,
    )  # fmt: skip


def test_what_is_lent_to_a_connector_does_not_show_them() -> None:
    assert "canary" not in repr(CONTEXT)
    assert "canary" not in repr(SETTINGS)


async def test_what_was_sent_is_left_out_and_what_the_vendor_tells_is_not(
    session: HttpSession,
) -> None:
    assert await said(session, {}) == f"token ***, hook {HOOK}, account short"
    sent = {"X-Hook": f"{HOOK} canary-hook-22"}
    assert await said(session, sent) == "token ***, hook ***, account short"


async def said(session: HttpSession, headers: dict[str, str]) -> str:
    """Answer what the vendor says to these headers."""
    deadline = Deadline.after(5, CONTEXT.clock)
    answer = await session.request(
        "GET", "/echo", operation="Echo", deadline=deadline, headers=headers
    )
    message: str = answer.json()["message"]
    return message
