"""K26: an access token is renewed once for all, and nothing that a renewal brings is lost."""

import asyncio

from gateway.connect.credentials import MemoryCredentials
from gateway.connect.errors import SourceError
from gateway.connect.protocols import Connector
from gateway.connect.settings import Secret
from gateway.connect.testing.kit.reading import views
from gateway.connect.testing.kit.retail import a_retailer
from gateway.connect.testing.kit.rules import Violation, hold, rule
from gateway.connect.testing.kit.subject import Subject
from gateway.connect.testing.kit.world import World, world

ACT = "expire_tokens"
_TURNS = 1000
_TURN_SECONDS = 0.005
_STEADY_TURNS = 20


class SlowCredentials(MemoryCredentials):
    """A store that takes its time to keep, when it is told so."""

    def __init__(self) -> None:
        super().__init__()
        self.is_asked = False
        self.may_keep = asyncio.Event()
        self.may_keep.set()

    async def keep(self, credential: Secret) -> None:
        """Keep another, once it may."""
        self.is_asked = True
        await self.may_keep.wait()
        await super().keep(credential)


@rule("K26", "a token is renewed once for all; the next one is kept before it is used", renews=True)
async def renewals(subject: Subject) -> None:
    await _happen_once(subject)
    await _are_kept_first(subject)
    await _outlive_their_asker(subject)


async def _happen_once(subject: Subject) -> None:
    name = subject.renews or ""
    hold(name, "Subject.renews does not name the operation that renews a token")
    async with world(subject, a_retailer(3)) as made:
        hold(ACT in made.sandbox.acts, f"the sandbox has no act {ACT}")
        gateways = [made.connector, made.another()]
        for each in gateways:
            await _reads(made, each, "at first")
        await made.act(ACT)
        made.sandbox.traffic.reset()
        asked = (_reads(made, each, "of many at once") for each in gateways * 4)
        await asyncio.gather(*asked)
        sent = made.sandbox.traffic.requests[name]
        hold(sent == 1, f"{len(gateways)} gateways renew one token {sent} times")
        await made.act(ACT)
        await _reads(made, made.another(), "after a restart")


async def _are_kept_first(subject: Subject) -> None:
    kept = SlowCredentials()
    async with world(subject, a_retailer(3), credentials=kept) as made:
        asking = await _renewal_that_waits(made, kept)
        before = _other_requests(made)
        for _ in range(_STEADY_TURNS):
            await asyncio.sleep(_TURN_SECONDS)
        is_used = asking.done() or _other_requests(made) > before
        kept.may_keep.set()
        await asyncio.gather(asking, return_exceptions=True)
        hold(not is_used, "a new token is used before it is kept")


async def _outlive_their_asker(subject: Subject) -> None:
    kept = SlowCredentials()
    async with world(subject, a_retailer(3), credentials=kept) as made:
        asking = await _renewal_that_waits(made, kept)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        kept.may_keep.set()
        await _reads(made, made.another(), "after who asked for its renewal has given up")


async def _renewal_that_waits(made: World, kept: SlowCredentials) -> "asyncio.Future[None]":
    """Answer a read that has a token renewed, which is just to be kept."""
    await _reads(made, made.connector, "at first")
    kept.is_asked = False
    kept.may_keep.clear()
    await made.act(ACT)
    asking = asyncio.ensure_future(_reads(made, made.connector, "of one"))
    for _ in range(_TURNS):
        if kept.is_asked:
            return asking
        if asking.done():
            break
        await asyncio.sleep(_TURN_SECONDS)
    kept.may_keep.set()
    await asyncio.gather(asking, return_exceptions=True)
    raise Violation("a renewed token is not kept")


def _other_requests(made: World) -> int:
    requests = made.sandbox.traffic.requests
    return sum(requests.values()) - requests[made.subject.renews or ""]


async def _reads(made: World, connector: Connector, when: str) -> None:
    try:
        await views(made, connector)[0].walk(None, made.soon)
    except SourceError as error:
        raise Violation(f"{when}: {type(error).__name__}: {error}") from error
