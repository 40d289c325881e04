"""The Orders Hook of a key: one address, pinged before it is taken, told of every change."""

from typing import Any

import aiohttp
import msgspec

from connectors.vtex.sandbox.feed import Filter
from gateway.connect.testing.pushes import Push, Pushes

SECONDS = 5.0
_TRIES = 8


class HookTarget(msgspec.Struct):
    """Where to, and the headers that VTEX sends there."""

    url: str
    headers: dict[str, str]


class HookSettings(msgspec.Struct):
    """POST /api/orders/hook/config."""

    filter: Filter
    hook: HookTarget


def retry_after(speed: float, attempt: int) -> float | None:
    """Answer the wait before a try: VTEX says only that they are a geometric progression."""
    return 2.0**attempt / speed if attempt < _TRIES else None


async def answers_ping(target: HookTarget) -> bool:
    """Ask the address whether it is up, as VTEX does before it takes a hook.

    Whether VTEX sends the configured headers here is not documented: this ping has none.
    """
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as client,
            client.post(target.url, json={"hookConfig": "ping"}) as answer,
        ):
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return False


def push_change(settings: HookSettings, pushes: Pushes, body: dict[str, Any]) -> None:
    """Tell the address of a change."""
    headers = {"Content-Type": "application/json", **settings.hook.headers}
    pushes.send(Push(settings.hook.url, headers, msgspec.json.encode(body)))
