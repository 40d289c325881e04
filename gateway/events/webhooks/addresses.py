"""Where an endpoint may be: which addresses are anybody's, and which URLs are refused; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)

from yarl import URL

from gateway.events.webhooks.errors import UrlRefused

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
MOST_CHARACTERS = 2_000
MOST_HOST_CHARACTERS = 253
SCHEMES = ("https", "http")
# What is not of the public internet, as IANA's registries of special-purpose addresses have it
# (2026-11-25), and Azure's metadata address, which is public by its number alone.
_PRIVATE_4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
            "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15",
            "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
        ),
    )
)  # fmt: skip
_PUBLIC_6 = IPv6Network("2000::/3")
# 2001::/23 holds Teredo, 2002::/16 is 6to4: both hide an IPv4 address.
_PRIVATE_6 = tuple(
    map(
        IPv6Network,
        ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
    )
)


@dataclass(frozen=True, slots=True)
class AddressRule:
    """Public addresses, and those of the allowed networks."""

    allowed: tuple[Network, ...] = ()
    allows_http: bool = False
    ports: tuple[int, ...] = (443, 8443)

    def is_allowed(self, address: Address) -> bool:
        """Answer whether an address is one of an allowed network."""
        told = _plain(address)
        return any(told in network for network in self.allowed if network.version == told.version)

    def admits(self, address: Address, scheme: str, port: int) -> bool:
        """Answer whether an address may be connected to."""
        if self.is_allowed(address):
            return scheme == "https" or self.allows_http
        is_usual = not self.ports or port in self.ports
        return scheme == "https" and is_usual and is_public(address)


def is_public(address: Address) -> bool:
    """Answer whether an address is one of the public internet, and hides no other."""
    told = _plain(address)
    if isinstance(told, IPv4Address):
        return not any(told in network for network in _PRIVATE_4)
    return told in _PUBLIC_6 and not any(told in network for network in _PRIVATE_6)


def _plain(address: Address) -> Address:
    """Answer the IPv4 address that an IPv6 one stands for (`::ffff:0:0/96`), or the address."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def parse_address(text: str) -> Address | None:
    """Answer the address that a text is, None where it is a name."""
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None


def parse_url(text: str) -> URL:
    """Answer an endpoint's URL as it is then sent to; raises UrlRefused."""
    if len(text) > MOST_CHARACTERS or not text.isascii() or not text.isprintable() or " " in text:
        raise UrlRefused(f"a URL has at most {MOST_CHARACTERS} characters, all of ASCII")
    try:
        url = URL(text)
        host, port = url.raw_host or "", url.port
    except ValueError:
        raise UrlRefused("this is not a URL") from None
    if url.scheme not in SCHEMES or not 0 < len(host) <= MOST_HOST_CHARACTERS:
        raise UrlRefused("write a URL such as https://example.com/hooks")
    if "@" in url.raw_authority or "\\" in text:
        raise UrlRefused("no user and no password in the URL: the signature is the proof")
    if "#" in text or not port:
        raise UrlRefused("no fragment in the URL, and no port 0")
    return url


def check_addresses(url: URL, found: Sequence[Address], rule: AddressRule) -> None:
    """Refuse a URL that leads where it may not, were it only sometimes; raises UrlRefused."""
    if not found:
        raise UrlRefused("the URL's host cannot be found")
    if not all(rule.admits(each, url.scheme, url.port or 0) for each in found):
        raise UrlRefused(
            "the URL may not lead there: endpoints are reached by https, at public addresses and "
            "on the usual ports, unless the gateway's configuration allows more"
        )
