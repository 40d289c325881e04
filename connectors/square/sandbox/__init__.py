"""A stand-in for one Square account, after Square's published documentation."""

from connectors.square.sandbox.access import SIGNATURE_KEY, TOKEN, TOKEN_WITHOUT_ORDERS
from connectors.square.sandbox.server import SquareSandbox

__all__ = ["SIGNATURE_KEY", "TOKEN", "TOKEN_WITHOUT_ORDERS", "SquareSandbox"]
