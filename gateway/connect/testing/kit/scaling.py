"""Computes how far a connector is proven, and keeps the result beside its code."""

import ast
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from gateway.connect.scale import Tier, compute_tier
from gateway.connect.testing.kit.rules import RULES
from gateway.connect.testing.kit.running import RuleResult
from gateway.connect.testing.kit.subject import Subject


@dataclass(frozen=True)
class Scale:
    """What was found: the tier, the rules kept, and what else keeps it from a higher tier."""

    tier: Tier
    kept: tuple[str, ...]
    broken: dict[str, str]
    missing: tuple[str, ...]

    def text(self) -> str:
        """Answer the file that is kept beside the connector's code."""
        told = {"tier": self.tier.value, "kept": list(self.kept), "broken": sorted(self.broken),
                "missing": list(self.missing)}  # fmt: skip
        return json.dumps(told, indent=1) + "\n"


def scale_of(subject: Subject, results: Sequence[RuleResult]) -> Scale:
    """Answer the scale from the results of all rules that apply."""
    package = package_of(subject)
    broken = {each.rule.id: each.fault for each in results if each.fault is not None}
    missing = (*untyped(package), *undocumented(subject))
    implied = {each.rule.id for each in results}
    kept = tuple(sorted(set(RULES) - set(broken)))
    verified = subject.definition.manifest.verified.against
    tier = compute_tier(kept, verified, is_documented=not missing)
    return Scale(tier, tuple(key for key in kept if key in implied), broken, missing)


def package_of(subject: Subject) -> str:
    """Answer the connector's package."""
    return subject.definition.build.__module__.rpartition(".")[0]


def scale_path(package: str) -> Path:
    """Answer where the result is kept."""
    return Path(str(files(package).joinpath("scale.json")))


def undocumented(subject: Subject) -> list[str]:
    """Answer the fields that are read and that README's field table does not name."""
    path = Path(str(files(package_of(subject)).joinpath("README.md")))
    if not path.is_file():
        return ["README.md"]
    rows = [line for line in path.read_text("utf-8").splitlines() if line.startswith("|")]
    table = "\n".join(rows)
    streams = subject.definition.manifest.streams
    return [
        f"README.md: {stream}.{name}"
        for stream, told in streams.items()
        for name in told.fields_covered
        if f"`{name}" not in table
    ]


def untyped(package: str) -> list[str]:
    """Answer the functions of the package whose parameters or result have no type."""
    found = []
    for path in sorted(Path(str(files(package))).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                arguments = [*node.args.args, *node.args.kwonlyargs]
                names = [a for a in arguments if a.arg not in ("self", "cls")]
                if node.returns is None or any(a.annotation is None for a in names):
                    found.append(f"{path.name}: {node.name}")
    return found
