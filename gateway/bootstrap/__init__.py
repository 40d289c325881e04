"""The only place where parts are put together."""

from gateway.bootstrap.gateway import Gateway, GatewayOptions, open_gateway
from gateway.bootstrap.problems import StartFailed

__all__ = ["Gateway", "GatewayOptions", "StartFailed", "open_gateway"]
