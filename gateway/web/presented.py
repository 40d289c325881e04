"""What a caller presents to say who it is: one key, or one token."""

from collections.abc import Mapping, Sequence
from hashlib import sha256

from gateway.web.heads import Heads
from gateway.web.refusals import Unauthenticated

LONGEST_CREDENTIAL = 8192


class Presented:
    """A credential as it was sent, its SHA-256, and whether it has a token's form."""

    __slots__ = ("digest", "is_token", "text")

    def __init__(self, text: str, *, may_be_token: bool) -> None:
        self.text = text
        self.digest = sha256(text.encode()).digest()
        self.is_token = may_be_token and text.count(".") == 2


def presented_in(heads: Heads) -> Presented:
    """Answer what a request's headers present; raises Unauthenticated.

    Those that are sent again were read before: whose it is, is asked by each request.
    """
    told = heads.presented
    if told is None:
        told = heads.presented = presented_of(heads.credentials())
    return told


def presented_of(headers: Mapping[str, Sequence[str]]) -> Presented:
    """Answer the one credential that is there; raises Unauthenticated.

    It is `Authorization: Bearer <key or token>` or `X-Api-Key: <key>`.
    """
    bearers, keys = headers.get("authorization", ()), headers.get("x-api-key", ())
    if len(bearers) + len(keys) > 1:
        raise Unauthenticated("send one credential: Authorization or X-Api-Key, once")
    if keys:
        return _read(keys[0], may_be_token=False)
    if not bearers:
        raise Unauthenticated("send Authorization: Bearer <key or token>, or X-Api-Key: <key>")
    scheme, _, credential = bearers[0].strip().partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated("send Authorization: Bearer <key or token>")
    return _read(credential, may_be_token=True)


def _read(credential: str, *, may_be_token: bool) -> Presented:
    text = credential.strip()
    if not text or len(text) > LONGEST_CREDENTIAL or not text.isascii():
        raise Unauthenticated("the credential is not accepted")
    return Presented(text, may_be_token=may_be_token)
