"""What a request tells of its sender: headers, and an address as far as proxies are trusted."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

import structlog
from starlette.requests import HTTPConnection

Network = IPv4Network | IPv6Network

log = structlog.get_logger("trama.web")


class Addresses:
    """Whose address a request has; says once that somebody forwards who is not trusted to."""

    def __init__(self, trusted: Sequence[Network]) -> None:
        self._trusted = trusted
        self._has_warned = False

    def of(self, request: HTTPConnection) -> str:
        """Answer the client's address."""
        peer = request.client.host if request.client else ""
        if "x-forwarded-for" in request.headers and not self._has_warned:
            self._has_warned = not is_trusted(peer, self._trusted)
            if self._has_warned:
                log.warning("proxy.not_trusted", peer=peer, mend="server.trusted_proxies")
        return client_address(request, self._trusted)


def headers_of(request: HTTPConnection) -> dict[str, list[str]]:
    """Answer every header, its name in lower case, with all its values."""
    headers: dict[str, list[str]] = {}
    for name, value in request.headers.raw:
        headers.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
    return headers


def client_address(request: HTTPConnection, trusted: Sequence[Network]) -> str:
    """Answer the last address in `X-Forwarded-For` that no trusted proxy has, else the peer's."""
    peer = request.client.host if request.client else ""
    address = peer
    forwarded = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
    for told in reversed([hop.strip() for hop in forwarded if hop.strip()]):
        if not is_trusted(address, trusted) or not _is_address(told):
            break
        address = told
    return address


def is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    """Answer whether an address is of a network that is trusted."""
    return _is_address(address) and any(ip_address(address) in network for network in trusted)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
