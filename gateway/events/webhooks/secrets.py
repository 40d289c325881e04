"""The secrets that messages are signed with: made here, shown once, kept sealed."""

import base64
import os
from hashlib import sha256

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from gateway.connect.settings import Secret

PREFIX = "whsec_"
SECRET_BYTES = 32
# RFC 7518, sections 4.5 and 5.3: sealed with the key itself, AES-GCM of 256 bits.
_SEAL = {"alg": "dir", "enc": "A256GCM"}


class SecretLost(Exception):
    """A secret was sealed with another key; the endpoint's secret has to be rotated."""


class SecretSeal:
    """Seals secrets with a key of the configuration; without one they are kept as they are."""

    def __init__(self, key: str | None) -> None:
        digest = sha256(f"trama webhooks\n{key}".encode()).digest()
        self._key = None if key is None else OctKey.import_key(digest)

    def seal(self, secret: Secret) -> str:
        """Answer a secret as it is kept."""
        if self._key is None:
            return secret.reveal()
        return jwe.encrypt_compact(_SEAL, secret.reveal().encode(), self._key)

    def open(self, kept: str) -> Secret:
        """Answer a secret that was kept; raises SecretLost."""
        if kept.startswith(PREFIX):
            return Secret(kept)
        if self._key is None:
            raise SecretLost("the secret is sealed, and there is no key to open it")
        try:
            return Secret((jwe.decrypt_compact(kept, self._key).plaintext or b"").decode())
        except (JoseError, ValueError):
            raise SecretLost("the secret was sealed with another key") from None


def new_secret() -> Secret:
    """Answer a secret of Standard Webhooks, out of nothing but chance."""
    return Secret(PREFIX + base64.b64encode(os.urandom(SECRET_BYTES)).decode())
