"""Keeps what sources' vendors renew in the projection."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from gateway.connect.credentials import CredentialStore, HeldCredential
from gateway.connect.errors import Unreachable
from gateway.connect.settings import Secret
from gateway.projection.credentials import HeldCredential as HeldText
from gateway.projection.credentials import hold_credential
from gateway.projection.database import AWAY


class Credentials:
    """The credentials of every source, once the database is open."""

    def __init__(self) -> None:
        self._pool: Any = None

    def open(self, pool: Any) -> None:
        """Keep them in this database from now on."""
        self._pool = pool

    def of(self, source_id: str) -> CredentialStore:
        """Answer where one source's is kept."""
        return _Stored(self, source_id)

    @asynccontextmanager
    async def hold(self, source_id: str) -> AsyncIterator[HeldText]:
        """Wait for a turn at a source's; raises Unreachable without a database."""
        if self._pool is None:
            raise Unreachable("there is no database to keep the renewed credential in")
        try:
            async with hold_credential(self._pool, source_id) as held:
                yield held
        except AWAY as error:
            what = type(error).__name__
            raise Unreachable(f"the kept credential cannot be read or kept: {what}") from error


class _Stored:
    """One source's credential."""

    def __init__(self, credentials: Credentials, source_id: str) -> None:
        self._credentials = credentials
        self._source_id = source_id

    @asynccontextmanager
    async def hold(self) -> AsyncIterator[HeldCredential]:
        """Wait for a turn and answer the credential."""
        async with self._credentials.hold(self._source_id) as held:
            yield _Held(held)


class _Held:
    """The credential while it is held."""

    def __init__(self, held: HeldText) -> None:
        self._held = held

    @property
    def kept(self) -> Secret | None:
        """What was kept last."""
        return Secret(self._held.sealed) if self._held.sealed else None

    async def keep(self, credential: Secret) -> None:
        """Keep another."""
        await self._held.keep(credential.reveal())
