"""Where a credential is kept that its vendor renews, so that it outlives the process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from gateway.connect.settings import Secret


class HeldCredential(Protocol):
    """A source's credential while nobody else may renew it."""

    @property
    def kept(self) -> Secret | None:
        """What was kept last, None where nothing was."""

    async def keep(self, credential: Secret) -> None:
        """Keep another; it is durable when this returns. Called once, at the end."""


class CredentialStore(Protocol):
    """The one renewable credential of a source, shared by every process that speaks to it."""

    def hold(self) -> AbstractAsyncContextManager[HeldCredential]:
        """Wait for a turn and answer the credential; one process has it at a time."""


class MemoryCredentials:
    """A credential that lives as long as its process: for tests, and where nothing is kept."""

    def __init__(self) -> None:
        self.kept: Secret | None = None
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def hold(self) -> AsyncIterator[HeldCredential]:
        """Wait for a turn and answer the credential."""
        async with self._turn:
            yield self

    async def keep(self, credential: Secret) -> None:
        """Keep another."""
        self.kept = credential
