"""Who may call: keys, and the issuer of the customers' tokens."""

from hashlib import sha256
from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints, model_validator

from gateway.settings.shape import Code, ConfidentialUrl, Origin, Section, Text

ScopeName = Literal[
    "availability:read",
    "stock:read",
    "locations:read",
    "orders:read",
    "order-status:read",
    "customers:read",
    "customers:link",
    "provenance:read",
    "sources:read",
    "sources:sync",
    "webhooks:manage",
    "schema:read",
]
KeyKind = Literal["storefront", "partner", "operator", "router"]
Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
LEAST_KEY_LENGTH = 16


class KeySettings(Section):
    """[[keys]]: a key that a caller presents."""

    id: Code = Field(description="Name of the key in logs; unique.")
    kind: KeyKind = Field(description="Whose key it is.")
    key: SecretStr | None = Field(
        default=None,
        description="The key (secret, by reference), at least 16 characters; or `sha256`.",
    )
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = Field(
        default=None, description="SHA-256 of the key in hex, instead of `key`."
    )
    scopes: tuple[ScopeName, ...] | None = Field(
        default=None, description="What the key may do; default by kind."
    )
    channels: tuple[Code, ...] = Field(default=(), description="Channels whose orders it reaches.")
    locations: tuple[Text, ...] = Field(
        default=(), description="Locations whose orders it reaches."
    )
    owners: tuple[Text, ...] = Field(default=(), description="Sellers whose orders it reaches.")
    quantity_cap: int | None = Field(
        default=None,
        ge=0,
        description="Most units that the key is shown, 0 for no cap; default 10 for storefronts.",
    )
    allowed_origins: tuple[Origin, ...] = Field(
        default=(), description="Sites whose pages may call with this key."
    )

    @property
    def digest(self) -> bytes:
        """SHA-256 of the key."""
        if self.key is not None:
            return sha256(self.key.get_secret_value().encode()).digest()
        return bytes.fromhex(self.sha256 or "")

    @model_validator(mode="after")
    def _is_usable(self) -> "KeySettings":
        if (self.key is None) == (self.sha256 is None):
            raise ValueError('give either key, e.g. { env = "NAME" }, or sha256')
        if self.key is not None and len(self.key.get_secret_value()) < LEAST_KEY_LENGTH:
            raise ValueError("the key is too short; use a random one of 16 characters or more")
        if self.kind == "partner" and not (self.channels or self.locations or self.owners):
            raise ValueError("a partner reaches nothing; give channels, locations or owners")
        return self


class CustomersSettings(Section):
    """[customers]: the OpenID Connect issuer of the retailer's shoppers."""

    issuer: Text = Field(description="The `iss` of their tokens, byte for byte.")
    audience: Text = Field(description="The `aud` of tokens that are meant for this gateway.")
    jwks_url: ConfidentialUrl = Field(description="Where the issuer publishes its keys.")
    clock_skew_seconds: int = Field(
        default=30, ge=0, le=300, description="How far the issuer's clock may be off."
    )
    algorithms: tuple[Algorithm, ...] = Field(
        default=("RS256", "ES256"), min_length=1, description="Signatures that are accepted."
    )
