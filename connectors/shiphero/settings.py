"""What a ShipHero source needs to be configured."""

from typing import Annotated

from msgspec import Meta

from gateway.connect.settings import ConnectorSettings, Secret


class ShipHeroSettings(ConnectorSettings, frozen=True, kw_only=True):
    """One ShipHero account, through the access token of a developer user.

    `hook_secret` is what `webhook_create` answered as `shared_signature_secret`; several secrets,
    one per webhook, are separated by blanks.
    """

    token: Secret
    hook_secret: Secret | None = None
    endpoint: Annotated[str, Meta(pattern="^https?://.+")] = (
        "https://public-api.shiphero.com/graphql"
    )

    def __post_init__(self) -> None:
        token = self.token.reveal()
        if not token.isascii() or not token.isprintable() or " " in token:
            raise ValueError(
                "Expected a token of letters without blanks or line ends - at `$.token`"
            )

    @property
    def hook_secrets(self) -> tuple[str, ...]:
        """What a push may be signed with."""
        return tuple(self.hook_secret.reveal().split()) if self.hook_secret else ()
