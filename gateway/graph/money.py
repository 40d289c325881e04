"""Money on the wire."""

from decimal import Decimal

import strawberry

from gateway.graph.scalars import CurrencyCode


@strawberry.type(description="An amount of money, exact.")
class Money:
    amount: Decimal = strawberry.field(description="In the currency's major unit, e.g. reais.")
    currency: CurrencyCode = strawberry.field(description="The currency.")

    @classmethod
    def of(cls, amount: Decimal, currency: str) -> "Money":
        """Answer an amount as the graph shows it."""
        return cls(amount=amount, currency=CurrencyCode(currency))
