"""A stand-in for one VTEX account, after VTEX's published documentation."""

from connectors.vtex.sandbox.access import APP_KEY, KEY_WITHOUT_ROLE, KEYS
from connectors.vtex.sandbox.server import ACCOUNT, VtexSandbox

__all__ = ["ACCOUNT", "APP_KEY", "KEYS", "KEY_WITHOUT_ROLE", "VtexSandbox"]
