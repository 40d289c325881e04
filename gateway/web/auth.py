"""The one place that turns a request's credential into a principal."""

from collections.abc import Mapping, Sequence

from gateway.model.principal import PrincipalKind
from gateway.web.keys import KeyRing
from gateway.web.parts import Identity
from gateway.web.refusals import Unauthenticated
from gateway.web.tokens import CustomerTokens

LONGEST_CREDENTIAL = 8192


class GatewayAuthenticator:
    """Knows the configured keys and, if there is an issuer, the customers' tokens.

    A credential is `Authorization: Bearer <key or token>` or `X-Api-Key: <key>`.
    """

    def __init__(self, keys: KeyRing, customers: CustomerTokens | None = None) -> None:
        self._keys = keys
        self._customers = customers

    @property
    def known_origins(self) -> frozenset[str]:
        """Answer every site that any key allows."""
        return self._keys.known_origins

    async def identify(self, headers: Mapping[str, Sequence[str]]) -> Identity:
        """Answer whose request this is; raises Unauthenticated, or IssuerUnavailable."""
        credential, may_be_token = _credential(headers)
        if may_be_token and credential.count(".") == 2:
            return await self._customer(credential)
        return self._keys.identify(credential)

    def recall(self, identity: Identity) -> Identity:
        """Answer what a key is good for now; a customer is who it was for as long as it said."""
        if identity.principal.kind is PrincipalKind.CUSTOMER and self._customers is not None:
            return identity
        return self._keys.recall(identity)

    async def _customer(self, token: str) -> Identity:
        if self._customers is None:
            raise Unauthenticated("customers' tokens are not accepted here; send a key")
        return await self._customers.identify(token)


def _credential(headers: Mapping[str, Sequence[str]]) -> tuple[str, bool]:
    """Answer the one credential that is there, and whether it may be a token."""
    bearers, keys = headers.get("authorization", ()), headers.get("x-api-key", ())
    if len(bearers) + len(keys) > 1:
        raise Unauthenticated("send one credential: Authorization or X-Api-Key, once")
    if keys:
        return _bounded(keys[0].strip()), False
    if not bearers:
        raise Unauthenticated("send Authorization: Bearer <key or token>, or X-Api-Key: <key>")
    if bearers[0].startswith("Bearer "):
        return _bounded(bearers[0][7:].strip()), True
    scheme, _, credential = bearers[0].strip().partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated("send Authorization: Bearer <key or token>")
    return _bounded(credential.strip()), True


def _bounded(credential: str) -> str:
    if not credential or len(credential) > LONGEST_CREDENTIAL or not credential.isascii():
        raise Unauthenticated("the credential is not accepted")
    return credential
