"""What a VTEX source needs to be configured."""

from typing import Annotated, Literal

from msgspec import Meta

from gateway.connect.settings import ConnectorSettings, Secret


class VtexSettings(ConnectorSettings, frozen=True, kw_only=True):
    """One VTEX account, through one API key of its own: a key has one feed and one hook.

    `item_code` says which of an item's two names is its id here: `refId`, the merchant's own SKU
    code, or `id`, VTEX's number. `hook_secret` is any text; VTEX sends it back with every push.
    """

    account: Annotated[str, Meta(pattern="^[A-Za-z0-9-]+$")]
    app_key: Annotated[str, Meta(min_length=1)]
    app_token: Secret
    hook_secret: Secret | None = None
    endpoint: Annotated[str, Meta(pattern="^https?://.+")] | None = None
    item_code: Literal["refId", "id"] = "refId"
    feed_visibility_seconds: Annotated[int, Meta(ge=30, le=43200)] = 250

    @property
    def address(self) -> str:
        """Where the account's API is."""
        return self.endpoint or f"https://{self.account}.vtexcommercestable.com.br"
