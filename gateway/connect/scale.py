"""How far a connector has been proven: computed by the conformance kit, kept beside the code."""

import json
from enum import StrEnum
from importlib.resources import files


class Tier(StrEnum):
    """The quality scale."""

    UNPROVEN = "UNPROVEN"
    BRONZE = "BRONZE"
    SILVER = "SILVER"
    GOLD = "GOLD"
    PLATINUM = "PLATINUM"


def tier_of(package: str) -> Tier:
    """Answer a connector package's tier; UNPROVEN where nothing was computed."""
    try:
        text = files(package).joinpath("scale.json").read_text("utf-8")
        return Tier(json.loads(text)["tier"])
    except (FileNotFoundError, ModuleNotFoundError, KeyError, ValueError):
        return Tier.UNPROVEN
