"""A partner's server that hangs, lies, sends too much, or leads somewhere else."""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address, ip_network

import pytest
from aiohttp import web

from gateway.connect.settings import Secret
from gateway.events.webhooks.addresses import Address, AddressRule
from gateway.events.webhooks.errors import UrlRefused
from gateway.events.webhooks.messages import test_message as message_of_nothing
from gateway.events.webhooks.secrets import new_secret
from gateway.events.webhooks.sending import Sender
from gateway.model.ids import uuid7
from gateway.model.time import SystemClock
from gateway.projection.webhooks.outcomes import Attempt

from .receiver import Answer, Receiver, answering, receiving

LOCAL = AddressRule((ip_network("127.0.0.0/8"),), allows_http=True)
CLOCK = SystemClock()


class Names:
    """A name server that answers one after the other, and then always the last."""

    def __init__(self, *answers: str) -> None:
        self.answers = [ip_address(each) for each in answers]
        self.asked = 0

    async def find(self, host: str, port: int) -> Sequence[Address]:
        self.asked += 1
        return [self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]]


async def sent(url: str, rule: AddressRule = LOCAL, names: Names | None = None,
               seconds: float = 20, secrets: Sequence[Secret] = ()) -> Attempt:  # fmt: skip
    """Answer what came of a message."""
    find = {} if names is None else {"find": names.find}
    sender = Sender(rule, CLOCK, timeout_seconds=seconds, **find)
    now = CLOCK.now()
    try:
        return (await sender.send(
            url, message_of_nothing(uuid7(now), now), secrets or [new_secret()], 1
        )).attempt  # fmt: skip
    finally:
        await sender.close()


async def told(answer: Answer, seconds: float = 20) -> tuple[int | None, str | None]:
    """Answer status and error where the server answers so."""
    async with receiving() as receiver:
        receiver.then = answer
        found = await sent(receiver.url, seconds=seconds)
        return found.status, found.error


async def _hang(_: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError


async def _hang_up(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def _flood(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(status=500)
    await response.prepare(request)
    while True:
        await response.write(b"x" * 65_536)


async def _begin_and_hang(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(status=200)
    await response.prepare(request)
    await asyncio.Event().wait()
    return response


async def test_each_bad_answer_has_its_name() -> None:
    assert await told(answering(200)) == (200, None)
    assert await told(answering(500, b"no")) == (500, "REFUSED")
    assert await told(answering(404)) == (404, "REFUSED")
    assert await told(answering(410)) == (410, "GONE")
    assert await told(answering(429, Retry_After="5")) == (429, "THROTTLED")
    assert await told(_hang_up) == (None, "UNREACHABLE")
    assert await told(_hang, seconds=0.2) == (None, "TIMED_OUT")
    assert (await sent("http://127.0.0.1:9/")).error == "UNREACHABLE"
    assert (await sent("https://127.0.0.1:9/")).error == "UNREACHABLE"


async def test_an_answer_without_end_is_read_no_further_than_its_beginning() -> None:
    assert await told(_flood) == (500, "REFUSED")
    assert await told(_begin_and_hang) == (200, None)


async def test_no_redirect_is_followed() -> None:
    async with receiving() as inner, receiving() as receiver:
        receiver.then = answering(307, Location=f"{inner.url}/private")
        found = await sent(receiver.url)
        assert (found.status, found.error, inner.received) == (307, "REDIRECTED", [])


async def test_of_an_answer_is_kept_what_cannot_hurt() -> None:
    async with receiving() as receiver:
        secret = new_secret()
        said = f"no {secret.reveal()} ana@example.com +55 11 95555-0001 \x1b[31m" + "x" * 999
        receiver.then = answering(500, said.encode())
        found = await sent(receiver.url, secrets=[secret])
        assert found.glimpse == "no *** *** +***  [***"


async def test_a_name_that_leads_to_a_private_address_is_refused_at_every_connection() -> None:
    async with receiving() as receiver:
        port = receiver.url.rpartition(":")[2]
        names = Names("8.8.8.8", "127.0.0.1")
        rule = AddressRule(ports=())
        sender = Sender(rule, CLOCK, timeout_seconds=5, find=names.find)
        url = f"https://partner.example:{port}/"
        await sender.check(url)
        assert (await sent(url, rule, names)).error == "ADDRESS_FORBIDDEN"
        assert (names.asked, receiver.received) == (2, [])
        with pytest.raises(UrlRefused):
            await sender.check(url)


async def test_what_was_checked_is_what_is_connected_to() -> None:
    async with receiving() as receiver:
        port = receiver.url.rpartition(":")[2]
        names = Names("127.0.0.1", "192.0.2.1")
        assert (await sent(f"http://partner.example:{port}/", LOCAL, names)).status == 204
        assert names.asked == 1
        assert receiver.received[0].headers["host"] == f"partner.example:{port}"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "127.1", "2130706433", "localhost",
             "0x7f.0.0.1", "017700000001", "localhost."],
)  # fmt: skip
async def test_this_machine_is_not_reached_by_any_of_its_names(host: str) -> None:
    async with receiving() as receiver:
        port = receiver.url.rpartition(":")[2]
        rule = AddressRule(allows_http=True, ports=())
        sender = Sender(rule, CLOCK, timeout_seconds=5)
        for scheme in ("http", "https"):
            url = f"{scheme}://{host}:{port}/"
            with pytest.raises(UrlRefused):
                await sender.check(url)
            assert (await sent(url, rule)).error in ("ADDRESS_FORBIDDEN", "UNREACHABLE")
        assert _nobody_came(receiver)


def _nobody_came(receiver: Receiver) -> bool:
    return receiver.received == []
