"""Whose endpoints are delivered to: principals as the configuration has them now."""

from collections.abc import Iterable, Mapping

from gateway.model.principal import Principal, PrincipalKind, Scope

NEEDED = frozenset({Scope.WEBHOOKS_MANAGE, Scope.ORDERS_READ})


class Owners:
    """Every principal that may have endpoints, by its id."""

    def __init__(self, principals: Iterable[Principal]) -> None:
        self._found: Mapping[str, Principal] = {
            each.id: each for each in principals if each.scopes >= NEEDED
        }

    def find(self, principal_id: str) -> Principal | None:
        """Answer a principal; None where its key is gone, or may no longer have endpoints."""
        return self._found.get(principal_id)


def owner_of(principal: Principal) -> str | None:
    """Answer whose endpoints a principal sees: its own, or everybody's (None) as an operator."""
    is_free = principal.kind is PrincipalKind.OPERATOR and principal.reach.everything
    return None if is_free else principal.id
