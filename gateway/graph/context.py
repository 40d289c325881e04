"""What every resolver is given: who asks, when, and the services that answer."""

from datetime import datetime, timedelta
from typing import TypeAlias

import msgspec
import strawberry

from gateway.connect.deadline import Deadline
from gateway.federation.allowance import Allowance
from gateway.graph.batches import Batches
from gateway.graph.moments import AtOnce
from gateway.graph.refusals import forbidden
from gateway.graph.services import Services
from gateway.model.principal import Principal, Scope


class Context(msgspec.Struct):
    """One request's context; `floor` is the least age that the caller may ask for.

    `resume_after` is the cursor that a subscriber's transport goes on from; `at_once` tells its
    moments where nothing has to be waited for.
    """

    principal: Principal
    services: Services
    now: datetime
    deadline: Deadline
    floor: timedelta
    allowance: Allowance = msgspec.field(default_factory=Allowance)
    resume_after: str | None = None
    at_once: AtOnce | None = None
    _batches: Batches | None = None

    @property
    def batches(self) -> Batches:
        """What the request has open under graphql-core."""
        if self._batches is None:
            self._batches = Batches()
        return self._batches

    async def close(self) -> None:
        """Give up what is still open."""
        if self._batches is not None:
            await self._batches.close()

    def require(self, scope: Scope) -> None:
        """Refuse a caller without a scope; raises a FORBIDDEN error."""
        if not self.principal.may(scope):
            raise forbidden(scope)


Info: TypeAlias = strawberry.Info[Context, None]
