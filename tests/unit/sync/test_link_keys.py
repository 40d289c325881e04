"""What a record may be linked by follows from what its source proves."""

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.model.customer import CustomerRecord
from gateway.sync.identity import IdentityRules, identified

PROVEN = IdentityRules(verifies_emails=True, phone_region="BR")
NUMBER = ("PHONE", "+5511955550001")
EMAIL = ("VERIFIED_EMAIL", "ana@example.com")


def keys(rules: IdentityRules, **told: Any) -> set[tuple[str, str]]:
    record = CustomerRecord("c-1", datetime(2026, 11, 20, tzinfo=UTC), "Ana", **told)
    return {(key.reason.value, key.value) for key in identified(record, rules).keys}


def test_everything_that_is_proven_is_a_key() -> None:
    found = keys(
        PROVEN, emails=(" Ana@Example.com", "ana@example.com"),
        phones=("(11) 95555-0001", "+55 11 95555-0001"), tax_id="123.456.789-09",
    )  # fmt: skip
    assert found == {("TAX_ID", "12345678909"), EMAIL, NUMBER}


def test_an_address_that_its_source_does_not_prove_is_none() -> None:
    told = {"emails": ("ana@example.com",)}
    assert keys(IdentityRules(phone_region="BR"), **told) == set()
    assert keys(PROVEN, **told) == {EMAIL}


@pytest.mark.parametrize(
    "email",
    [
        "9f8e@ct.vtex.com.br", "x-1@marketplace.amazon.com.br", "y@mail.mercadolivre.com",
        "z@privaterelay.appleid.com", "a***@example.com", "not an address",
    ],
)  # fmt: skip
def test_a_relays_or_masked_address_is_none(email: str) -> None:
    assert keys(PROVEN, emails=(email,)) == set()


@pytest.mark.parametrize("phone", ["11 9****-0001", "12", "", "telefone", "+0551195555"])
def test_a_masked_or_impossible_number_is_none(phone: str) -> None:
    assert keys(PROVEN, phones=(phone,)) == set()


def test_a_number_without_a_country_counts_only_where_its_source_has_one() -> None:
    national = {"phones": ("11955550001",)}
    assert keys(IdentityRules(), **national) == set()
    assert keys(IdentityRules(phone_region="BR"), **national) == {NUMBER}
    assert keys(IdentityRules(phone_region="US"), **national) != {NUMBER}
    assert keys(IdentityRules(), phones=("+55 (11) 95555-0001",)) == {NUMBER}


@pytest.mark.parametrize("tax_id", ["***.456.789-**", "12345678900", "00000000000", "isento", ""])
def test_a_masked_or_invented_tax_id_is_none(tax_id: str) -> None:
    assert keys(PROVEN, tax_id=tax_id) == set()
