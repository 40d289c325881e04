"""A stand-in for one ShipHero account, after ShipHero's published documentation."""

from connectors.shiphero.sandbox.access import HOOK_SECRET, TOKEN, TOKEN_WITHOUT_PERMISSION
from connectors.shiphero.sandbox.server import ShipHeroSandbox

__all__ = ["HOOK_SECRET", "TOKEN", "TOKEN_WITHOUT_PERMISSION", "ShipHeroSandbox"]
