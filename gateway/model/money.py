"""Money: a Decimal and an ISO 4217 code, never a float."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies cannot be added."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in the currency's major unit (reais, not centavos)."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal) or not self.amount.is_finite():
            raise TypeError("an amount is a finite Decimal")
        if not (len(self.currency) == 3 and self.currency.isascii() and self.currency.isupper()):
            raise ValueError(f"not an ISO 4217 code: {self.currency!r}")

    @classmethod
    def of_minor(cls, units: int, currency: str, digits: int = 2) -> "Money":
        """Answer the amount of an integer of minor units (cents)."""
        return cls(Decimal(units).scaleb(-digits), currency)

    def __add__(self, other: "Money") -> "Money":
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")
        return Money(self.amount + other.amount, self.currency)

    def times(self, quantity: int) -> "Money":
        """Answer the amount of `quantity` units."""
        return Money(self.amount * quantity, self.currency)


def total(amounts: Iterable[Money], currency: str) -> Money:
    """Sum amounts of one currency; 0 of `currency` when there are none."""
    result = Money(Decimal("0.00"), currency)
    for amount in amounts:
        result = result + amount
    return result
