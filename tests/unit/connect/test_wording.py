"""A vendor's words are repeated without the people in them."""

import pytest

from gateway.connect.wording import words_of


@pytest.mark.parametrize(
    ("said", "repeated"),
    [
        ("Not enough credits: requires 101, 41 left", "Not enough credits: requires 101, 41 left"),
        ("no customer ana.souza+x@mail.example.com here", "no customer *** here"),
        ('email "ana@example.com" is taken', 'email "***" is taken'),
        ("CPF 123.456.789-09 is invalid", "CPF *** is invalid"),
        ("call +55 (11) 95555-0001", "call ***"),
        ("tax id 12345678909", "tax id ***"),
        ("order 1378463498 of 2026-11-24", "order *** of 2026-11-24"),
        ("x" * 300, "x" * 200),
        ("a@b " * 100, "*** " * 50),
        ("", ""),
    ],
)
def test_addresses_and_long_numbers_are_masked(said: str, repeated: str) -> None:
    assert words_of(said) == repeated
