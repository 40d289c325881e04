"""What every resolver is given: who asks, when, and the services that answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

import strawberry

from gateway.connect.deadline import Deadline
from gateway.federation.services import Services
from gateway.graph.batches import Batches
from gateway.graph.refusals import forbidden
from gateway.model.principal import Principal, PrincipalKind, Scope


@dataclass(slots=True)
class Context:
    """One request's context; `floors` are the least ages that each kind of caller may ask for."""

    principal: Principal
    services: Services
    now: datetime
    deadline: Deadline
    floor: timedelta
    batches: Batches = field(default_factory=Batches)

    def require(self, scope: Scope) -> None:
        """Refuse a caller without a scope; raises a FORBIDDEN error."""
        if not self.principal.may(scope):
            raise forbidden(scope)

    def is_one_of(self, kinds: Sequence[PrincipalKind]) -> bool:
        """Answer whether the caller is of one of these kinds."""
        return self.principal.kind in kinds


Info: TypeAlias = strawberry.Info[Context, None]
