"""What proves who somebody is, and what only looks like it."""

import pytest

from gateway.model.identity import email_of, phone_of, tax_id_of


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ("123.456.789-09", "12345678909"),
        ("12345678909", "12345678909"),
        ("11.222.333/0001-81", "11222333000181"),
        ("12.ABC.345/01DE-35", "12ABC34501DE35"),
        ("12345678900", None),
        ("111.111.111-11", None),
        ("***.456.789-**", None),
        ("00000000000000", None),
        ("11222333000180", None),
        ("1234567890", None),
        ("", None),
        (None, None),
    ],
)
def test_a_tax_id_counts_only_with_its_check_digits(told: str | None, known: str | None) -> None:
    assert tax_id_of(told) == known


@pytest.mark.parametrize(
    ("told", "known"),
    [
        (" Ana@Example.COM ", "ana@example.com"),
        ("a***@example.com", None),
        ("abc123-45b.ct.vtex.com.br", None),
        ("9f8e-12b@ct.vtex.com.br", None),
        ("x@sub.privaterelay.appleid.com", None),
        ("nobody", None),
        ("a@b", None),
        ("", None),
    ],
)
def test_an_address_counts_unless_it_is_masked_or_a_relays(told: str, known: str | None) -> None:
    assert email_of(told) == known


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ("+55 11 95555-0001", "+5511955550001"),
        ("+55 (11) 95555.0001", "+5511955550001"),
        ("11955550001", None),
        ("+055119555", None),
        ("+55 11 9****-0001", None),
        ("+1234567890123456", None),
    ],
)
def test_a_number_counts_only_in_its_international_form(told: str, known: str | None) -> None:
    assert phone_of(told) == known
