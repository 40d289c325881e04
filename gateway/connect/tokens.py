"""Access tokens that a refresh token renews: once for all who need one, and kept before used."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated

import msgspec
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from msgspec import Meta

from gateway.connect.credentials import CredentialStore, HeldCredential
from gateway.connect.deadline import Deadline
from gateway.connect.errors import AuthenticationFailed
from gateway.connect.settings import Secret
from gateway.model.time import Clock

# A renewal goes on when nobody waits for it any more: what the vendor answers must be kept.
RENEWAL_SECONDS = 8.0
# An access token is given up so long before its end, or a tenth of its life where that is less.
_EARLY = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a vendor's token endpoint answers; `seconds` is how long the access token lives."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    seconds: float


Renew = Callable[[str, Deadline], Awaitable[Grant]]


class _Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The pair as it is kept."""

    access: str
    refresh: str
    usable_until: Annotated[datetime, Meta(tz=True)]


# RFC 7518, sections 4.5 and 5.3: sealed with the key itself, AES-GCM of 256 bits.
_SEAL = {"alg": "dir", "enc": "A256GCM"}


class Tokens:
    """The access token of one source.

    `renew` asks the vendor for a grant; it raises AuthenticationFailed where the refresh token is
    refused. `first` is the refresh token of the settings: it is used until one was kept, and again
    when the kept one is refused. What is kept is sealed with it and with `client`, the client's id
    and secret: whoever has the store alone has no token, and once a person has set another, what
    was kept before is void.
    """

    def __init__(
        self, store: CredentialStore, clock: Clock, first: Secret, client: Secret, renew: Renew
    ) -> None:
        self._store = store
        self._clock = clock
        self._first = first
        told = f"{client.reveal()}\n{first.reveal()}".encode()
        self._key = OctKey.import_key(sha256(told).digest())
        self._renew = renew
        self._current: _Kept | None = None
        self._unkept: _Kept | None = None
        self._renewing: asyncio.Task[str] | None = None

    def __repr__(self) -> str:
        return "Tokens(***)"

    async def token(self, deadline: Deadline, refused: str | None = None) -> str:
        """Answer a token to call with, another than the one that was refused; raises SourceError.

        Whoever waits may give up; the renewal goes on.
        """
        if self._current is not None and self._is_usable(self._current, refused):
            return self._current.access
        if self._renewing is None:
            self._renewing = asyncio.create_task(self._renewed(refused))
            self._renewing.add_done_callback(self._is_over)
        return await deadline.run(_outcome(self._renewing), "the renewal of the access token")

    async def close(self) -> None:
        """Wait until nothing is being renewed."""
        if self._renewing is not None:
            await asyncio.wait({self._renewing})

    async def _renewed(self, refused: str | None) -> str:
        async with self._store.hold() as held:
            kept = self._unkept or self._read(held)
            if kept is None or not self._is_usable(kept, refused):
                kept = self._unkept = self._of(await self._granted(kept))
            if self._unkept is not None:
                await held.keep(self._sealed(self._unkept))
                self._unkept = None
        self._current = kept
        return kept.access

    async def _granted(self, kept: _Kept | None) -> Grant:
        deadline = Deadline.after(RENEWAL_SECONDS, self._clock)
        if kept is not None:
            try:
                return await self._renew(kept.refresh, deadline)
            except AuthenticationFailed:
                if kept.refresh == self._first.reveal():
                    raise
        return await self._renew(self._first.reveal(), deadline)

    def _read(self, held: HeldCredential) -> _Kept | None:
        """Answer the kept pair, None for one that was sealed otherwise."""
        if held.kept is None:
            return None
        try:
            opened = jwe.decrypt_compact(held.kept.reveal(), self._key)
            return msgspec.json.decode(opened.plaintext or b"", type=_Kept)
        except (JoseError, ValueError):
            return None

    def _sealed(self, kept: _Kept) -> Secret:
        return Secret(jwe.encrypt_compact(_SEAL, msgspec.json.encode(kept), self._key))

    def _of(self, grant: Grant) -> _Kept:
        early = min(_EARLY, timedelta(seconds=grant.seconds / 10))
        until = self._clock.now() + timedelta(seconds=grant.seconds) - early
        return _Kept(grant.access, grant.refresh, until)

    def _is_usable(self, kept: _Kept, refused: str | None) -> bool:
        return kept.access != refused and self._clock.now() < kept.usable_until

    def _is_over(self, task: "asyncio.Task[str]") -> None:
        self._renewing = None
        if not task.cancelled():
            task.exception()


async def _outcome(renewing: "asyncio.Task[str]") -> str:
    return await asyncio.shield(renewing)
