"""Which room spends a request's time: what is built in counts for the room that calls it."""

import cProfile
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PACKAGES = "site-packages"
Place = tuple[str, int, str]


async def profiled(ask: Callable[[], Awaitable[Any]], count: int) -> dict[str, float]:
    """Answer the rooms' shares of so many calls, the largest first."""
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(count):
        await ask()
    profile.disable()
    profile.create_stats()
    return shares(profile.stats)


def shares(stats: dict[Place, tuple[Any, ...]]) -> dict[str, float]:
    """Answer the shares by room."""
    spent: Counter[str] = Counter()
    for place, (_, _, own, _, callers) in stats.items():
        if place[0] != "~":
            spent[room_of(place)] += own
            continue
        for caller, (_, _, of_caller, _) in callers.items():
            spent[room_of(place, caller)] += of_caller
    total = sum(spent.values()) or 1.0
    return {room: time / total for room, time in spent.most_common()}


def room_of(place: Place, caller: Place | None = None) -> str:
    """Answer where a function lies: a room of ours, a package, or Python itself."""
    if "orjson" in place[2]:
        return "orjson"
    path = place[0] if caller is None else caller[0]
    if path.startswith("<engine"):
        return "code made by gateway/engine"
    parts = Path(path).parts
    if PACKAGES in parts:
        return parts[parts.index(PACKAGES) + 1].removesuffix(".py")
    if Path(path).is_relative_to(ROOT):
        kept = Path(path).relative_to(ROOT).parts
        return "/".join(kept[:2]).removesuffix(".py")
    return "Python and asyncio"
