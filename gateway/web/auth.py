"""The one place that turns a request's credential into a principal."""

from gateway.model.principal import PrincipalKind
from gateway.web.keys import KeyRing
from gateway.web.parts import Identity
from gateway.web.presented import Presented
from gateway.web.refusals import Unauthenticated
from gateway.web.tokens import CustomerTokens


class GatewayAuthenticator:
    """Knows the configured keys and, if there is an issuer, the customers' tokens."""

    def __init__(self, keys: KeyRing, customers: CustomerTokens | None = None) -> None:
        self._keys = keys
        self._customers = customers

    @property
    def known_origins(self) -> frozenset[str]:
        """Answer every site that any key allows."""
        return self._keys.known_origins

    async def identify(self, presented: Presented) -> Identity:
        """Answer whose request this is; raises Unauthenticated, or IssuerUnavailable."""
        if presented.is_token:
            return await self._customer(presented.text)
        return self._keys.identify(presented.digest)

    def recall(self, identity: Identity) -> Identity:
        """Answer what a key is good for now; a customer is who it was for as long as it said."""
        if identity.principal.kind is PrincipalKind.CUSTOMER and self._customers is not None:
            return identity
        return self._keys.recall(identity)

    async def _customer(self, token: str) -> Identity:
        if self._customers is None:
            raise Unauthenticated("customers' tokens are not accepted here; send a key")
        return await self._customers.identify(token)
