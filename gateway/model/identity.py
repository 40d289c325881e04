"""What proves that two records are of one customer: exact keys, and nothing that is masked."""

import re
from dataclasses import dataclass
from enum import StrEnum


class LinkReason(StrEnum):
    """Why a record belongs to a customer, the strongest first."""

    OPERATOR = "OPERATOR"
    TAX_ID = "TAX_ID"
    VERIFIED_EMAIL = "VERIFIED_EMAIL"
    PHONE = "PHONE"


@dataclass(frozen=True, slots=True, order=True)
class LinkKey:
    """A value that two records of one customer share, in its one form."""

    reason: LinkReason
    value: str


# Addresses that stand for somebody else's: each order or each shop gets another one.
RELAYS = frozenset({
    "ct.vtex.com.br", "marketplace.amazon.com", "marketplace.amazon.com.br",
    "mail.mercadolivre.com", "mail.mercadolibre.com", "privaterelay.appleid.com",
    "relay.firefox.com", "duck.com", "mozmail.com", "simplelogin.com", "users.noreply.github.com",
})  # fmt: skip

_SEPARATORS = re.compile(r"[\s./-]")
_CPF = re.compile(r"\d{11}")
_CNPJ = re.compile(r"[0-9A-Z]{12}\d{2}")
_EMAIL = re.compile(r"[^@\s*]+@[^@\s*]+\.[^@\s*.]+")
_E164 = re.compile(r"\+[1-9]\d{7,14}")


def tax_id_of(text: str | None) -> str | None:
    """Answer a CPF or CNPJ in its one form, None where its check digits are not right.

    A CNPJ may hold letters since July 2026 (Receita Federal, IN RFB 2.229/2024).
    """
    told = _SEPARATORS.sub("", text).upper() if text else ""
    if len(set(told)) < 2:
        return None
    if _CPF.fullmatch(told):
        return told if _has_check_digits(told, tuple(range(2, 12))) else None
    if _CNPJ.fullmatch(told):
        return told if _has_check_digits(told, (*range(2, 10), *range(2, 7))) else None
    return None


def email_of(text: str | None, relays: frozenset[str] = RELAYS) -> str | None:
    """Answer an address in its one form, None where it is masked, or a relay's."""
    told = (text or "").strip().casefold()
    if not _EMAIL.fullmatch(told):
        return None
    domain = told.rpartition("@")[2]
    is_relay = any(domain == relay or domain.endswith(f".{relay}") for relay in relays)
    return None if is_relay else told


def phone_of(text: str | None) -> str | None:
    """Answer a number in E.164 (ITU-T), None where it is anything else."""
    told = _SEPARATORS.sub("", text or "").replace("(", "").replace(")", "")
    return told if _E164.fullmatch(told) else None


def _has_check_digits(told: str, weights: tuple[int, ...]) -> bool:
    """Both registers weigh from the right, from 2 on; letters count as their code less 48."""
    for length in (len(told) - 2, len(told) - 1):
        weighed = zip(reversed(told[:length]), weights[:length], strict=True)
        rest = sum((ord(mark) - 48) * weight for mark, weight in weighed) % 11
        if told[length] != str(0 if rest < 2 else 11 - rest):
            return False
    return True
