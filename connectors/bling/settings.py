"""What a Bling source needs to be configured."""

from typing import Annotated

from msgspec import Meta, field

from gateway.connect.settings import ConnectorSettings, Secret
from gateway.model.order import ChannelState


class BlingSettings(ConnectorSettings, frozen=True, kw_only=True):
    """One Bling account, through an application that it has authorised.

    `refresh_token` is what the authorisation brought; its successors are kept by the gateway.
    `states` says what the account's own situations of sales orders amount to, by their id, where
    they inherit from none of Bling's.
    """

    client_id: Annotated[str, Meta(pattern="^[!-~]+$")]
    client_secret: Secret
    refresh_token: Secret
    endpoint: Annotated[str, Meta(pattern="^https?://.+")] | None = None
    states: dict[Annotated[str, Meta(pattern="^[0-9]+$")], ChannelState] = field(
        default_factory=dict
    )

    def __post_init__(self) -> None:
        if not self.client_secret.reveal().isascii():
            raise ValueError("Expected a secret of plain letters - at `$.client_secret`")

    @property
    def address(self) -> str:
        """Where the API is."""
        return self.endpoint or "https://api.bling.com.br/Api/v3"

    @property
    def token_address(self) -> str:
        """Where tokens are renewed."""
        return self.endpoint or "https://www.bling.com.br/Api/v3"
