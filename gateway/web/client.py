"""What a request tells of its sender: an address, as far as proxies are trusted."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import structlog
from starlette.types import Scope

from gateway.web.heads import Heads
from gateway.web.remembering import remembered

Network = IPv4Network | IPv6Network

log = structlog.get_logger("trama.web")


class Addresses:
    """Whose address a request has; says once that somebody forwards who is not trusted to."""

    def __init__(self, trusted: Sequence[Network]) -> None:
        self._trusted = trusted
        self._has_warned = False

    def of(self, scope: Scope, heads: Heads) -> str:
        """Answer the client's address."""
        peer = peer_of(scope)
        if b"x-forwarded-for" not in heads.first:
            return peer
        forwarded = heads.all(b"x-forwarded-for")
        if not self._has_warned and not is_trusted(peer, self._trusted):
            self._has_warned = True
            log.warning("proxy.not_trusted", peer=peer, mend="server.trusted_proxies")
        return client_address(peer, forwarded, self._trusted)


def peer_of(scope: Scope) -> str:
    """Answer the address at the other end of the connection, where it is known."""
    told = scope.get("client")
    return told[0] if told else ""


def client_address(peer: str, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """Answer the last address in `X-Forwarded-For` that no trusted proxy has, else the peer's."""
    address = peer
    hops = [hop.strip() for hop in ",".join(forwarded).split(",")]
    for told in reversed([hop for hop in hops if hop]):
        if not is_trusted(address, trusted) or read_address(told) is None:
            break
        address = told
    return address


def is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    """Answer whether an address is of a network that is trusted."""
    told = read_address(address)
    return told is not None and any(told in network for network in trusted)


@remembered
def read_address(text: str) -> IPv4Address | IPv6Address | None:
    """Answer the address that a text is, if it is one."""
    try:
        return ip_address(text)
    except ValueError:
        return None
