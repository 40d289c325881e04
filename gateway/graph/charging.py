"""What an operation costs its caller: told on request, and refused beyond the budget."""

from typing import Any

from gateway.graph.cost import MOST_TOLD, Formula, Variables, shown
from gateway.graph.refusals import OperationRefused
from gateway.graph.weights import POINTS

# What a caller may want to know: the price beside the answer, or instead of it.
REPORT, VALIDATE = "report", "validate"


def told_cost(price: Formula, variables: Variables, budget: int) -> dict[str, Any]:
    """Answer a price as `extensions.cost` has it, with the fields that weigh most."""
    parts = price.parts(variables)[:MOST_TOLD]
    return {
        "price": shown(price.points(variables)),
        "budget": budget,
        "byField": [each.shown for each in parts],
    }


def charge(price: Formula, variables: Variables, budget: int) -> None:
    """Refuse an operation that is beyond the budget; raises OperationRefused."""
    if price.points(variables) <= budget * POINTS:
        return
    told = told_cost(price, variables, budget)
    dearest = ", ".join(f"{each['field']} {each['price']}" for each in told["byField"][:2])
    message = f"this may cost {told['price']}, and {budget} are allowed; most of it is {dearest}"
    raise OperationRefused("COST_TOO_HIGH", message, **told)
