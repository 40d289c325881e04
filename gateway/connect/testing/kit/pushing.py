"""K21, K22: a push is believed only as far as it is proven, and its order does not matter."""

import asyncio
from collections.abc import Sequence
from itertools import permutations
from typing import Any

import msgspec

from gateway.connect.errors import DeliveryRefused
from gateway.connect.manifest import Capability
from gateway.connect.protocols import WebhookSource
from gateway.connect.records import Notice, RawDelivery
from gateway.connect.testing.dataset import DataStock
from gateway.connect.testing.kit.acting import keys_named
from gateway.connect.testing.kit.retail import a_retailer, an_order
from gateway.connect.testing.kit.rules import Violation, hold, rule
from gateway.connect.testing.kit.subject import Subject
from gateway.connect.testing.kit.world import World, receiving, subscribe, world

_ORDERS = ("1000-01", "900001-01")


async def _pushed(made: World, hooks: Any) -> list[RawDelivery]:
    """Answer what the vendor really pushes when three things happen."""
    async with receiving(made) as url:
        await subscribe(made, hooks, url)
        await subscribe(made, hooks, url)
        made.deliveries.clear()
        now = made.clock.now().replace(microsecond=0)
        for ref in _ORDERS:
            order = an_order(ref, now, updated_at=now)
            await made.act("put_order", order=msgspec.to_builtins(order))
        if "put_stock" in made.sandbox.acts:
            stock = DataStock("SKU-00000", "dc-1", 99)
            await made.act("put_stock", stock=msgspec.to_builtins(stock))
        await made.sandbox.pushes.settle()
        await asyncio.sleep(0)
    return list(made.deliveries)


@rule("K21", "a push: one flipped byte in proof or body is refused", Capability.WEBHOOK_SOURCE)
async def proof(subject: Subject) -> None:
    async with world(subject, a_retailer(2)) as made:
        hooks = made.connector
        if not isinstance(hooks, WebhookSource):
            raise Violation("the connector takes no pushes")
        pushed = await _pushed(made, hooks)
        hold(pushed, "the vendor pushes nothing after subscribe()")
        ids = [hooks.verify(each) for each in pushed]
        hold(len(set(ids)) == len(ids), "two deliveries have one id")
        hold([hooks.verify(each) for each in pushed] == ids, "a delivery's id changes")
        for each in pushed:
            _is_refused(hooks, each, subject)


def _is_refused(hooks: WebhookSource, push: RawDelivery, subject: Subject) -> None:
    header = subject.hook_header or ""
    told = push.headers.get(header, "")
    hold(told, f"the push has no header {header!r}")
    flipped = ("A" if told[0] != "A" else "B") + told[1:]
    _refuses(hooks, push, {**push.headers, header: flipped}, push.body, "a flipped proof")
    without = {name: value for name, value in push.headers.items() if name != header}
    _refuses(hooks, push, without, push.body, "no proof")
    if subject.signs_body:
        for place in (0, len(push.body) // 2, len(push.body) - 1):
            body = push.body[:place] + bytes([push.body[place] ^ 1]) + push.body[place + 1 :]
            _refuses(hooks, push, push.headers, body, f"byte {place} of the body flipped")


def _refuses(
    hooks: WebhookSource, push: RawDelivery, headers: dict[str, str], body: bytes, what: str
) -> None:
    try:
        hooks.verify(RawDelivery(dict(headers), body, push.url, push.received_at))
    except DeliveryRefused:
        return
    except Exception as error:
        raise Violation(f"{what}: {type(error).__name__}: {error}") from error
    raise Violation(f"{what} is accepted")


@rule("K22", "any permutation of deliveries, with repeats, ends alike", Capability.WEBHOOK_SOURCE)
async def order(subject: Subject) -> None:
    async with world(subject, a_retailer(2)) as made:
        hooks = made.connector
        if not isinstance(hooks, WebhookSource):
            raise Violation("the connector takes no pushes")
        pushed = (await _pushed(made, hooks))[:4]
        wanted = _read(hooks, pushed)
        hold(wanted, "the pushes name nothing to read")
        refs = {ref for stream, ref in wanted if stream in ("orders", "fulfillments")}
        due = set(_ORDERS)
        if any(stream == "orders" for stream, _ in wanted):
            due |= await keys_named(made, "orders", _ORDERS)
        hold(refs <= due, f"the pushes name {sorted(refs)}")
        for turn in permutations(pushed):
            repeated = [*turn, *turn[:1]]
            hold(_read(hooks, repeated) == wanted, "another order of deliveries reads otherwise")
            ids = [hooks.verify(each) for each in repeated]
            hold(ids[0] == ids[-1], "a repeated delivery has another id")


def _read(hooks: WebhookSource, pushed: Sequence[RawDelivery]) -> set[tuple[str, str]]:
    """Answer what is to be read at the source, by stream: the end of any order of these."""
    notices: list[Notice] = [notice for each in pushed for notice in hooks.notices(each)]
    named = {(notice.stream, ref) for notice in notices for ref in notice.refs}
    return named | {
        ("stock", f"{at.item}@{at.location}") for notice in notices for at in notice.positions
    }
