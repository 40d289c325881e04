"""Where an endpoint may be: nothing private, however it is written."""

from ipaddress import ip_address, ip_network

import pytest

from gateway.events.webhooks.addresses import (
    AddressRule,
    check_addresses,
    is_public,
    parse_address,
    parse_url,
)
from gateway.events.webhooks.errors import UrlRefused

PRIVATE = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254",
    "168.63.129.16", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255",
    "192.0.0.192", "192.0.2.1", "192.168.1.1", "198.18.0.1", "203.0.113.9", "224.0.0.1",
    "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe",
    "::127.0.0.1", "2002:7f00:1::", "2002:0a00:0001::1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1", "3fff::1", "fc00::1", "fd00:ec2::254",
    "fe80::1", "fec0::1", "ff02::1", "5f00::1", "100::1",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "8.8.8.8", "172.32.0.1", "2606:4700:4700::1111", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("text", PRIVATE)
def test_a_private_address_is_not_public(text: str) -> None:
    assert not is_public(ip_address(text))
    assert not AddressRule().admits(ip_address(text), "https", 443)


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_is_connected_to_by_https_on_the_usual_ports(text: str) -> None:
    rule, address = AddressRule(), ip_address(text)
    asked = [("https", 443), ("https", 8443), ("https", 25), ("http", 443), ("http", 80)]
    assert [rule.admits(address, *each) for each in asked] == [True, True, False, False, False]
    assert AddressRule(ports=()).admits(address, "https", 25)


def test_what_is_allowed_is_connected_to_though_it_is_private() -> None:
    rule = AddressRule((ip_network("10.0.0.0/8"), ip_network("fd00::/8")))
    for text, is_admitted in (
        ("10.9.9.9", True), ("::ffff:10.9.9.9", True), ("fd12::1", True), ("192.168.0.1", False),
    ):  # fmt: skip
        assert rule.admits(ip_address(text), "https", 9) is is_admitted
        assert not rule.admits(ip_address(text), "http", 80)
    free = AddressRule(rule.allowed, allows_http=True)
    assert free.admits(ip_address("10.9.9.9"), "http", 80)
    assert not free.admits(ip_address("8.8.8.8"), "http", 80)


@pytest.mark.parametrize(
    "url",
    [
        "", "hooks", "//example.com/", "ftp://example.com/", "javascript:alert(1)", "https://",
        "https:///hooks", "https://user@example.com/", "https://a:b@example.com/",
        "https://example.com:0/", "https://example.com:65536/", "https://example.com:x/",
        "https://example.com/#part", "https://example.com/a b", "https://exa\tmple.com/",
        "https://example.com\\@127.0.0.1/", "https://ex\u00e4mple.com/", "https://[::1/",
        f"https://{'a' * 64}.{'b' * 200}.com/", f"https://example.com/{'a' * 2000}",
    ],
)  # fmt: skip
def test_what_is_no_url_of_an_endpoint_is_refused(url: str) -> None:
    with pytest.raises(UrlRefused):
        parse_url(url)


def test_a_host_is_refused_where_one_of_its_addresses_is_private() -> None:
    url = parse_url("https://example.com/hooks?a=b")
    good, bad = ip_address("8.8.8.8"), ip_address("169.254.169.254")
    check_addresses(url, [good], AddressRule())
    for found in ([], [bad], [good, bad]):
        with pytest.raises(UrlRefused):
            check_addresses(url, found, AddressRule())


def test_an_address_is_told_from_a_name() -> None:
    assert parse_address("fe80::1%eth0") == ip_address("fe80::1")
    assert parse_address("example.com") is None
    assert parse_address("2130706433") is None
