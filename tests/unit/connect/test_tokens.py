"""An access token is renewed once for all, kept sealed, and never lost on the way."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from gateway.connect.credentials import MemoryCredentials
from gateway.connect.deadline import Deadline
from gateway.connect.errors import AuthenticationFailed, DeadlineExceeded, Unreachable
from gateway.connect.settings import Secret
from gateway.connect.tokens import Grant, Tokens

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class StillClock:
    """A clock that moves only when told."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - NOW).total_seconds()

    async def sleep(self, seconds: float) -> None:
        if seconds > 0:
            await asyncio.Event().wait()


class Vendor:
    """Grants a token for each refresh token that it has given out, which is spent by it."""

    def __init__(self, *first: str) -> None:
        self.good = {"first", *first}
        self.asked: list[str] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def renew(self, refresh_token: str, deadline: Deadline) -> Grant:
        self.asked.append(refresh_token)
        await self.may_answer.wait()
        if refresh_token not in self.good:
            raise AuthenticationFailed("the refresh token is spent")
        self.good.remove(refresh_token)
        number = len(self.asked)
        self.good.add(f"refresh-{number}")
        return Grant(f"access-{number}", f"refresh-{number}", 3600)


CLOCK = StillClock()
SOON = Deadline.after(30, CLOCK)


def tokens(
    vendor: Vendor, store: MemoryCredentials, first: str = "first", client: str = "id:secret"
) -> Tokens:
    return Tokens(store, CLOCK, Secret(first), Secret(client), vendor.renew)


@pytest.fixture(autouse=True)
def _at_noon() -> None:
    CLOCK.at = NOW


async def test_whoever_needs_a_token_at_once_has_the_same() -> None:
    vendor, store = Vendor(), MemoryCredentials()
    one, other = tokens(vendor, store), tokens(vendor, store)
    found = await asyncio.gather(*(each.token(SOON) for each in (one, one, other, one, other)))
    assert found == ["access-1"] * 5
    assert vendor.asked == ["first"]


async def test_a_token_that_was_refused_is_renewed_with_the_next_refresh_token() -> None:
    vendor, store = Vendor(), MemoryCredentials()
    one, other = tokens(vendor, store), tokens(vendor, store)
    assert await one.token(SOON) == await other.token(SOON) == "access-1"
    assert await one.token(SOON, refused="access-1") == "access-2"
    assert await other.token(SOON, refused="access-1") == "access-2"
    assert vendor.asked == ["first", "refresh-1"]


async def test_a_token_is_renewed_a_minute_before_its_end() -> None:
    vendor, store = Vendor(), MemoryCredentials()
    made = tokens(vendor, store)
    await made.token(SOON)
    CLOCK.at = NOW + timedelta(seconds=3539)
    assert await made.token(Deadline.after(30, CLOCK)) == "access-1"
    CLOCK.at = NOW + timedelta(seconds=3540)
    assert await made.token(Deadline.after(30, CLOCK)) == "access-2"


async def test_what_is_kept_shows_no_token_and_outlives_the_process() -> None:
    vendor, store = Vendor(), MemoryCredentials()
    await tokens(vendor, store).token(SOON)
    assert store.kept is not None
    told = store.kept.reveal()
    assert not any(text in told for text in ("access-1", "refresh-1", "first", "secret"))
    assert await tokens(vendor, store).token(SOON) == "access-1"
    assert vendor.asked == ["first"]


@pytest.mark.parametrize(("first", "client"), [("second", "id:secret"), ("second", "id:other")])
async def test_another_authorisation_makes_void_what_was_kept(first: str, client: str) -> None:
    vendor, store = Vendor("second"), MemoryCredentials()
    await tokens(vendor, store).token(SOON)
    assert await tokens(vendor, store, first, client).token(SOON) == "access-2"
    assert vendor.asked == ["first", "second"]


async def test_what_was_kept_and_is_refused_gives_way_to_the_configured_one() -> None:
    vendor, store = Vendor(), MemoryCredentials()
    await tokens(vendor, store).token(SOON)
    vendor.good = {"first"}
    assert await tokens(vendor, store).token(SOON, refused="access-1") == "access-3"
    assert vendor.asked == ["first", "refresh-1", "first"]
    vendor.good = set()
    with pytest.raises(AuthenticationFailed):
        await tokens(vendor, store).token(SOON, refused="access-3")


async def test_a_renewal_goes_on_when_nobody_waits_for_it_any_more() -> None:
    vendor, store = Vendor(), MemoryCredentials()
    made = tokens(vendor, store)
    vendor.may_answer.clear()
    with pytest.raises(DeadlineExceeded):
        await made.token(Deadline.after(0, CLOCK))
    vendor.may_answer.set()
    await made.close()
    assert await made.token(SOON) == "access-1"
    assert vendor.asked == ["first"]


class FullStore(MemoryCredentials):
    """A store that cannot keep."""

    is_full = True

    async def keep(self, credential: Secret) -> None:
        if self.is_full:
            raise Unreachable("the database is away")
        await super().keep(credential)


async def test_a_token_that_cannot_be_kept_is_not_used_and_is_kept_later() -> None:
    vendor, store = Vendor(), FullStore()
    made = tokens(vendor, store)
    with pytest.raises(Unreachable):
        await made.token(SOON)
    store.is_full = False
    assert await made.token(SOON) == "access-1"
    assert vendor.asked == ["first"]
    assert await tokens(vendor, store).token(SOON) == "access-1"


async def test_what_was_kept_by_nobody_here_is_not_read() -> None:
    vendor, store = Vendor(), MemoryCredentials()
    store.kept = Secret("not what was sealed")
    made = tokens(vendor, store)
    assert await made.token(SOON) == "access-1"
    assert repr(made) == "Tokens(***)"
    assert repr(await vendor.renew("refresh-1", SOON)) == "Grant(seconds=3600)"
