"""The keys of storefronts, partners, operators and routers."""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.model.principal import Principal, PrincipalKind, Reach, Scope
from gateway.settings import KeySettings
from gateway.web.parts import Identity
from gateway.web.refusals import Unauthenticated
from gateway.web.scopes import DEFAULT_SCOPES

STOREFRONT_CAP = 10


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key by its SHA-256, and whose it is."""

    digest: bytes
    identity: Identity


class KeyRing:
    """Every key, found by its SHA-256.

    How long looking takes tells nothing of a key: it depends on the digest, and who does not know
    the key cannot choose a text whose digest begins as the key's does.
    """

    def __init__(self, keys: Iterable[KnownKey]) -> None:
        self._keys = tuple(keys)
        self._by_digest = {key.digest: key.identity for key in reversed(self._keys)}
        self.known_origins = frozenset(
            origin for key in self._keys for origin in key.identity.allowed_origins
        )

    @property
    def principals(self) -> tuple[Principal, ...]:
        """Whose the keys are."""
        return tuple(key.identity.principal for key in self._keys)

    def identify(self, digest: bytes) -> Identity:
        """Answer whose key it is, by its SHA-256; raises Unauthenticated."""
        found = self._by_digest.get(digest)
        if found is None:
            raise Unauthenticated("the credential is not accepted")
        return found

    def recall(self, identity: Identity) -> Identity:
        """Answer what a key is good for now, by whose it was; raises Unauthenticated."""
        known = (key.identity for key in self._keys)
        found = [each for each in known if each.principal.id == identity.principal.id]
        if not found:
            raise Unauthenticated("the credential is not accepted")
        return found[0]


def key_ring_of(settings: Iterable[KeySettings]) -> KeyRing:
    """Answer the ring of the configured keys."""
    return KeyRing(KnownKey(key.digest, _identity_of(key)) for key in settings)


def _identity_of(key: KeySettings) -> Identity:
    kind = PrincipalKind(key.kind.upper())
    scopes = DEFAULT_SCOPES[kind] if key.scopes is None else frozenset(map(Scope, key.scopes))
    principal = Principal(f"key:{key.id}", kind, scopes, _reach_of(key, kind), _cap_of(key, kind))
    return Identity(principal, frozenset(key.allowed_origins))


def _cap_of(key: KeySettings, kind: PrincipalKind) -> int | None:
    if key.quantity_cap is None:
        return STOREFRONT_CAP if kind is PrincipalKind.STOREFRONT else None
    return key.quantity_cap or None


def _reach_of(key: KeySettings, kind: PrincipalKind) -> Reach:
    if kind in (PrincipalKind.STOREFRONT, PrincipalKind.ROUTER):
        return Reach()
    is_bounded = bool(key.channels or key.locations or key.owners)
    return Reach(
        everything=kind is PrincipalKind.OPERATOR and not is_bounded,
        channels=frozenset(key.channels),
        locations=frozenset(key.locations),
        owners=frozenset(key.owners),
    )
