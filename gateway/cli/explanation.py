"""An operation's explanation, as people and as programs read it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.tree import Tree

from gateway.cli.live_reads import ON_STALE, Asked, Live
from gateway.graph.explaining import Explanation
from gateway.graph.planning import How, Planned, Planning
from gateway.model.principal import PrincipalKind
from gateway.settings import LimitsSettings
from gateway.web.scopes import DEFAULT_SCOPES

WIDE = 160  # what is piped is not cut
LEFT = {
    "introspection": "it asks for the schema: graphql-core executes it",
}
_BELOW = "what is ready is called at once."
ORDER = {
    "query": f"Root fields are called at once; below, {_BELOW}",
    "mutation": f"Root fields are called one after another; below, {_BELOW}",
    "subscription": f"So is each event told, those that are there together; {_BELOW}",
}
HOW = {How.BATCH: "one call for all parents", How.EACH: "one call per parent"}


@dataclass(frozen=True, slots=True)
class Explained:
    """An explanation, the sources that may be asked, and the limits of callers."""

    told: Explanation
    live: tuple[Live, ...]
    limits: LimitsSettings

    def budget(self, kind: str) -> int:
        """Answer the highest price for a kind of caller."""
        return self.limits.of(kind).max_cost

    def fits(self, kind: str) -> bool:
        """Answer whether a kind of caller may spend the price."""
        return self.told.price <= self.budget(kind)

    def lacks(self, kind: PrincipalKind) -> list[str]:
        """Answer the scopes that a kind of caller has not, unless its key says otherwise."""
        return [each.value for each in self.told.scopes if each not in DEFAULT_SCOPES[kind]]


def print_explained(explained: Explained) -> None:
    """Print it for people."""
    console, told = Console(soft_wrap=True, highlight=False), explained.told
    if not console.is_terminal:
        console.width = WIDE
    console.print(f"{told.kind} {told.name or ''}".rstrip() + f", price {told.price}")
    console.print()
    _print_plan(console, told)
    scopes = ", ".join(each.value for each in told.scopes) or "none"
    console.print(f"\nScopes: {scopes}\n")
    _print_sources(console, explained.live)
    _print_price(console, told)
    _print_callers(console, explained)


def _print_plan(console: Console, told: Explanation) -> None:
    plan = told.planning
    if plan.left is not None:
        console.print(f"Plan: {LEFT.get(plan.left, f'left to graphql-core ({plan.left})')}")
        return
    if not plan.calls:
        console.print("Plan: nothing is fetched")
        return
    tree = Tree(f"Plan: {_counted(plan)}")
    _add(tree, plan.fields)
    console.print(tree)
    console.print(ORDER[told.kind])
    for name, value in (plan.conditions or {}).items():
        console.print(f"${name} is taken as {str(value).lower()}.", markup=False)


def _counted(plan: Planning) -> str:
    fetched = "1 field is" if plan.calls == 1 else f"{plan.calls} fields are"
    return f"{fetched} fetched, on {plan.levels} level{'' if plan.levels == 1 else 's'}"


def _add(tree: Tree, fields: Sequence[Planned]) -> None:
    for on in dict.fromkeys(each.on for each in fields):
        branch = tree if on is None else tree.add(f"on {on}")
        _add_of(branch, [each for each in fields if each.on == on])


def _add_of(tree: Tree, fields: Sequence[Planned]) -> None:
    read = [words for each in fields if (words := _read(each)) is not None]
    if read:
        tree.add(f"reads {' '.join(read)}")
    for each in fields:
        if _read(each) is None:
            _add(tree.add(_title(each)), each.within)


def _title(field: Planned) -> str:
    if field.how is How.READ:
        return field.key
    how = "one call" if field.level == 1 else HOW[field.how]
    function = f" ({field.function})" if field.function else ""
    return f"{field.key}: level {field.level}, {how}{function}"


def _read(field: Planned) -> str | None:
    """Answer a field that needs no call, with all that is within; None where a call is needed."""
    if field.calls:
        return None
    within = " ".join(words for each in field.within if (words := _read(each)) is not None)
    return f"{field.key} {{ {within} }}" if within else field.key


def _print_sources(console: Console, live: Sequence[Live]) -> None:
    if not live:
        console.print("Sources: none is asked; everything is answered from the projection.\n")
        return
    for each in live:
        console.print(
            f"Sources: {each.field} is answered from the projection while that is younger than "
            f"{each.max_age_seconds:g} s, or than `freshness` says;"
        )
        console.print(f"  else {ON_STALE[each.on_stale]}.")
        for asked in each.asked:
            console.print(f"  {asked.stream}: {_sizes(asked)}", markup=False)
        if not each.asked:
            console.print("  no source is configured that could be asked")
    console.print()


def _sizes(asked: Asked) -> str:
    if asked.batch_size is None:
        return asked.source
    return f"{asked.source}, {asked.batch_size} in a call, {asked.concurrency} calls at a time"


def _print_price(console: Console, told: Explanation) -> None:
    if told.unset:
        names = ", ".join(f"${name}" for name in told.unset)
        console.print(f"Priced without {names}: give --variables.", markup=False)
    table = Table("field", "times", "price", box=None)
    for each in told.parts:
        table.add_row(each.field, str(each.times), str(each.shown["price"]))
    table.add_row("price", "", str(told.price))
    console.print(table)
    console.print()


def _print_callers(console: Console, explained: Explained) -> None:
    table = Table("caller", "budget", "fits", "calls per source", "lacks", box=None)
    for kind in PrincipalKind:
        name = kind.value.lower()
        fits = "yes" if explained.fits(name) else "NO"
        calls = str(explained.limits.of(name).calls_per_source) if explained.live else "-"
        lacks = ", ".join(explained.lacks(kind)) or "-"
        table.add_row(name, str(explained.budget(name)), fits, calls, lacks)
    console.print(table)


def as_json(explained: Explained) -> dict[str, Any]:
    """Answer it for programs."""
    told = explained.told
    return {
        "operation": told.name,
        "kind": told.kind,
        "plan": {
            "left": told.planning.left,
            "levels": told.planning.levels,
            "calls": told.planning.calls,
            "conditions": dict(told.planning.conditions or {}),
            "fields": [_field(each) for each in told.planning.fields],
        },
        "scopes": [each.value for each in told.scopes],
        "sources": [_live(each) for each in explained.live],
        "cost": {
            "price": told.price,
            "byField": [each.shown for each in told.parts],
            "unset": list(told.unset),
        },
        "callers": list(_callers(explained)),
    }


def _field(field: Planned) -> dict[str, Any]:
    return {
        "key": field.key,
        "field": field.of,
        "on": field.on,
        "how": field.how.value,
        "level": field.level,
        "function": field.function,
        "fields": [_field(each) for each in field.within],
    }


def _live(live: Live) -> dict[str, Any]:
    asked = [
        {
            "stream": each.stream, "source": each.source, "batchSize": each.batch_size,
            "concurrency": each.concurrency,
        }
        for each in live.asked
    ]  # fmt: skip
    return {
        "field": live.field, "maxAgeSeconds": live.max_age_seconds, "onStale": live.on_stale,
        "asked": asked,
    }  # fmt: skip


def _callers(explained: Explained) -> Iterator[dict[str, Any]]:
    for kind in PrincipalKind:
        name = kind.value.lower()
        yield {
            "kind": name, "budget": explained.budget(name), "fits": explained.fits(name),
            "callsPerSource": explained.limits.of(name).calls_per_source,
            "lacks": explained.lacks(kind),
        }  # fmt: skip
