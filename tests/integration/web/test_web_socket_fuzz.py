"""Whatever is said on a socket, it is closed with a code that says why; nothing is left of it."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.web.app import create_app
from gateway.web.server import new_event_loop
from gateway.web.subscribers import Subscribers
from tests.integration.web.serving import Backstage, logging_to, parts_of, running, settings_with
from tests.integration.web.sockets import BEARER, TICKS, Raw, raw_socket

LEAVES = st.none() | st.booleans() | st.integers() | st.text() | st.just("\x00\ud800")
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=6
)
DOCUMENTS = st.sampled_from([TICKS, "{greet}", "mutation { bump }", "{", "{unknown}", "{broken}"])
MESSAGES = st.fixed_dictionaries(
    {
        "type": st.sampled_from(
            ["connection_init", "subscribe", "complete", "ping", "pong", "next", "connection_ack"]
        )
        | VALUES
    },
    optional={
        "id": st.sampled_from(["a", "b"]) | VALUES,
        "payload": st.fixed_dictionaries(
            {},
            optional={
                "query": DOCUMENTS | VALUES,
                "variables": VALUES,
                "operationName": VALUES,
                "extensions": VALUES,
                "Authorization": st.just(BEARER["Authorization"]) | VALUES,
            },
        )
        | VALUES,
    },
)
Frame = tuple[int, bool, bytes]
ORDERLY = MESSAGES.map(lambda message: (Raw.TEXT, True, json.dumps(message).encode()))
WILD = st.tuples(
    st.integers(0, 15).filter(lambda opcode: opcode != Raw.CLOSE),
    st.booleans(),
    st.binary(max_size=200),
)
OURS = {1000, 1002, 1007, 1008, 1009, 4400, 4401, 4403, 4409, 4429}


@dataclass(frozen=True)
class Gateway:
    """A running gateway that plain functions can speak to, on the loop that it is served on."""

    runner: asyncio.Runner
    client: aiohttp.ClientSession
    subscribers: Subscribers

    def close_code(self, begins: bool, frames: Sequence[Frame]) -> int:
        """Send these frames and a goodbye; answer by which code the socket was closed."""
        return self.runner.run(self._close_code(begins, frames))

    async def _close_code(self, begins: bool, frames: Sequence[Frame]) -> int:
        before = asyncio.all_tasks()
        async with raw_socket(self.client) as socket, asyncio.timeout(60):
            if begins:
                await socket.say({"type": "connection_init", "payload": BEARER})
            for opcode, final, data in frames:
                await socket.frame(opcode, data, final)
            await socket.frame(Raw.CLOSE, (1000).to_bytes(2))
            code = await socket.closed()
        left = asyncio.all_tasks() - before
        if left:
            _, left = await asyncio.wait(left, timeout=10)
        assert left == set()
        return code


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with asyncio.Runner(loop_factory=new_event_loop) as runner, logging_to("json", level="ERROR"):
        stack = AsyncExitStack()
        free = {"requests_per_second": 0}
        parts = parts_of(Backstage(), settings_with(limits={"address": free, "partner": free}))
        client = runner.run(stack.enter_async_context(running(create_app(parts))))
        yield Gateway(runner, client, parts.subscribers)
        runner.run(stack.aclose())


@settings(max_examples=100)
@given(begins=st.booleans(), frames=st.lists(ORDERLY | WILD, max_size=6))
def test_no_frames_end_a_socket_without_a_reason(
    gateway: Gateway, begins: bool, frames: list[Frame]
) -> None:
    assert gateway.close_code(begins, frames) in OURS
    assert gateway.subscribers.connections.total() == 0
    assert gateway.subscribers.subscriptions.total() == 0


@settings(max_examples=40)
@given(messages=st.lists(MESSAGES, max_size=4))
def test_no_messages_make_the_gateway_fail(
    gateway: Gateway, messages: list[dict[str, Any]]
) -> None:
    frames = [(Raw.TEXT, True, json.dumps(message).encode()) for message in messages]
    assert gateway.close_code(True, frames) in OURS
