"""A stand-in for one Bling account, after Bling's published documentation."""

from connectors.bling.sandbox.access import APP, WEAK_APP, App
from connectors.bling.sandbox.server import BlingSandbox

__all__ = ["APP", "WEAK_APP", "App", "BlingSandbox"]
