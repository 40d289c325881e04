"""Customers' tokens: JWTs of the retailer's OpenID Connect issuer (RFC 7519, RFC 8725)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwt import JWTClaimsRegistry, decode

from gateway.model.principal import Principal, PrincipalKind, Reach
from gateway.model.time import Clock
from gateway.settings import CustomersSettings
from gateway.web.jwks import IssuerKeys
from gateway.web.parts import Identity
from gateway.web.refusals import Unauthenticated
from gateway.web.scopes import DEFAULT_SCOPES

MOST_REFS = 100
LONGEST_CLAIM = 255


class CustomerTokens:
    """Verifies tokens; a customer's reach is what the token's claims prove, and nothing else."""

    def __init__(self, settings: CustomersSettings, keys: IssuerKeys, clock: Clock) -> None:
        self._settings = settings
        self._keys = keys
        self._clock = clock
        # Issuers add header parameters of their own; `crit` is still honoured.
        self._registry = jws.JWSRegistry(
            algorithms=list(settings.algorithms), strict_check_header=False
        )

    async def identify(self, token: str) -> Identity:
        """Answer the customer, until when; raises Unauthenticated or IssuerUnavailable."""
        key = await self._keys.key_of(self._key_id(token))
        if key is None:
            raise Unauthenticated("the token is signed with a key that its issuer does not publish")
        try:
            claims = decode(token, key, registry=self._registry).claims
            self._claims_registry().validate(claims)
        except (JoseError, ValueError, TypeError, KeyError, RecursionError):
            raise _refused() from None
        return Identity(_principal_of(claims), expires_at=self._end_of(claims))

    def _end_of(self, claims: dict[str, Any]) -> datetime:
        """Answer when the token is accepted no longer."""
        skew = timedelta(seconds=self._settings.clock_skew_seconds)
        try:
            return datetime.fromtimestamp(claims["exp"], UTC) + skew
        except (ValueError, OverflowError, OSError):
            return datetime.max.replace(tzinfo=UTC)

    def _key_id(self, token: str) -> str | None:
        try:
            header = jws.extract_compact(token.encode(), registry=self._registry).headers()
        except (JoseError, ValueError, TypeError, KeyError, RecursionError):
            raise _refused() from None
        key_id = header.get("kid")
        if header.get("alg") not in self._settings.algorithms:
            raise _refused()
        if key_id is not None and not isinstance(key_id, str):
            raise _refused()
        return key_id

    def _claims_registry(self) -> JWTClaimsRegistry:
        return JWTClaimsRegistry(
            now=int(self._clock.now().timestamp()),
            leeway=self._settings.clock_skew_seconds,
            iss={"essential": True, "value": self._settings.issuer},
            aud={"essential": True, "value": self._settings.audience},
            exp={"essential": True},
            sub={"essential": True},
        )


def _principal_of(claims: dict[str, Any]) -> Principal:
    subject = claims["sub"]
    if not _is_text(subject):
        raise _refused()
    kind = PrincipalKind.CUSTOMER
    reach = Reach(customer_refs=_refs(claims), verified_emails=_emails(claims))
    return Principal(f"customer:{subject}", kind, DEFAULT_SCOPES[kind], reach)


def _refs(claims: dict[str, Any]) -> frozenset[tuple[str, str]]:
    """Answer the claim `customer_refs`: a list of [source, the source's id of the customer]."""
    listed = claims.get("customer_refs", [])
    if not isinstance(listed, list) or len(listed) > MOST_REFS:
        raise Unauthenticated("the claim customer_refs must be a list of [source, id]")
    for pair in listed:
        if not isinstance(pair, list) or len(pair) != 2 or not all(map(_is_text, pair)):
            raise Unauthenticated("the claim customer_refs must be a list of [source, id]")
    return frozenset((source, ref) for source, ref in listed)


def _emails(claims: dict[str, Any]) -> frozenset[str]:
    """Answer the address in lower case, only where the issuer says that it has verified it."""
    email = claims.get("email")
    if claims.get("email_verified") is not True or not _is_text(email):
        return frozenset()
    return frozenset({str(email).strip().lower()})


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_CLAIM and value.isprintable()


def _refused() -> Unauthenticated:
    return Unauthenticated("the token is not accepted; get a new one from its issuer")
