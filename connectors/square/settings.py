"""What a Square source needs to be configured."""

from typing import Annotated, Literal

from msgspec import Meta

from gateway.connect.settings import ConnectorSettings, Secret

ItemCode = Literal["sku", "id"]


class SquareSettings(ConnectorSettings, frozen=True, kw_only=True):
    """One Square account.

    `item_code` says which of a variation's two names is an item's id here: `sku`, the retailer's
    own code, or `id`, Square's. `custom_item` is the item that amounts keyed in at a till stand
    for, which name nothing of the catalogue. `signature_key` is the webhook subscription's.
    """

    access_token: Secret
    signature_key: Secret | None = None
    item_code: ItemCode = "sku"
    custom_item: Annotated[str, Meta(min_length=1)] | None = None
    endpoint: Annotated[str, Meta(pattern="^https?://.+")] = "https://connect.squareup.com"

    def __post_init__(self) -> None:
        token = self.access_token.reveal()
        if not token.isascii() or not token.isprintable() or " " in token:
            raise ValueError(
                "Expected a token of letters without blanks or line ends - at `$.access_token`"
            )
