"""What every resolver is given: who asks, when, and the services that answer."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

import strawberry

from gateway.connect.deadline import Deadline
from gateway.federation.allowance import Allowance
from gateway.graph.batches import Batches
from gateway.graph.refusals import forbidden
from gateway.graph.services import Services
from gateway.model.principal import Principal, Scope


@dataclass(slots=True)
class Context:
    """One request's context; `floor` is the least age that the caller may ask for.

    `resume_after` is the cursor that a subscriber's transport goes on from.
    """

    principal: Principal
    services: Services
    now: datetime
    deadline: Deadline
    floor: timedelta
    allowance: Allowance = field(default_factory=Allowance)
    batches: Batches = field(default_factory=Batches)
    resume_after: str | None = None

    def require(self, scope: Scope) -> None:
        """Refuse a caller without a scope; raises a FORBIDDEN error."""
        if not self.principal.may(scope):
            raise forbidden(scope)


Info: TypeAlias = strawberry.Info[Context, None]
