"""How the gateway stands in a supergraph."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from gateway.settings.shape import Section


def _prefix(text: str) -> str:
    if text and not re.fullmatch(r"[A-Z][A-Za-z0-9]{0,19}", text):
        raise ValueError("write at most 20 letters and digits, the first a capital, e.g. Trama")
    return text


class FederationSettings(Section):
    """[federation]"""

    prefix: Annotated[str, AfterValidator(_prefix)] = Field(
        default="",
        description="Begins the name of every type and root field, e.g. `Trama`: `TramaOrder`, "
        "`tramaOrder`.",
    )
    router_enforces_scopes: bool = Field(
        default=False,
        description="Hand `@requiresScopes` on to the supergraph, for a router that knows the "
        "callers' scopes; Trama enforces them by itself either way.",
    )
