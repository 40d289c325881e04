"""How far a connector has been proven: computed by the conformance kit, kept beside the code."""

import json
from collections.abc import Iterable
from enum import StrEnum
from importlib.resources import files


class Tier(StrEnum):
    """The quality scale."""

    UNPROVEN = "UNPROVEN"
    BRONZE = "BRONZE"
    SILVER = "SILVER"
    GOLD = "GOLD"
    PLATINUM = "PLATINUM"


RULES_OF = {
    Tier.BRONZE: [f"K{n:02d}" for n in range(1, 11)],
    Tier.SILVER: [*(f"K{n:02d}" for n in range(11, 19)), "K25"],
    Tier.GOLD: [f"K{n:02d}" for n in range(19, 24)],
    Tier.PLATINUM: ["K24", "K26"],
}
EVIDENCE_ALLOWS = {
    "simulated": Tier.SILVER,
    "recorded": Tier.SILVER,
    "real-server": Tier.GOLD,
    "live": Tier.PLATINUM,
}


def compute_tier(kept: Iterable[str], evidence: str, *, is_documented: bool) -> Tier:
    """Answer the tier that kept rules and evidence amount to.

    Rules that a connector's capabilities do not imply count as kept, rules that are not built yet
    as not kept: give both accordingly.
    """
    known, reached = set(kept), Tier.UNPROVEN
    for tier, rules in RULES_OF.items():
        if not is_documented or not known.issuperset(rules):
            break
        reached = tier
        if tier is EVIDENCE_ALLOWS[evidence]:
            break
    return reached


def tier_of(package: str) -> Tier:
    """Answer a connector package's tier; UNPROVEN where nothing was computed."""
    try:
        text = files(package).joinpath("scale.json").read_text("utf-8")
        return Tier(json.loads(text)["tier"])
    except (FileNotFoundError, ModuleNotFoundError, KeyError, ValueError):
        return Tier.UNPROVEN
